"""Reading a YAML file so that every later error can name a line."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sagemaker_lifecycle.spec.problems import KeyPath, Problem, SpecError, dotted


@dataclass(frozen=True)
class YamlFile:
    """A parsed mapping, the file it came from and the line of every key."""

    file: str
    content: dict[str, Any]
    lines: dict[KeyPath, int]

    def problem(self, path: KeyPath, message: str) -> Problem:
        """A problem at `path`, with the line of the nearest key that the file has."""
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        return Problem(self.file, self.lines.get(known, 0), dotted(path), message)


def read_yaml(path: Path, file: str) -> YamlFile:
    """Parse `path`; `file` is how errors call it.

    Raises SpecError when the file cannot be read, is no YAML, repeats a key, uses anchors, or is no mapping.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError([Problem(file, 0, "", f"cannot be read: {error}")]) from error
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        lines: dict[KeyPath, int] = {}
        problems = _walk(node, (), lines, file)
        if problems:
            raise SpecError(problems)
        content = loader.construct_document(node) if node is not None else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise SpecError([Problem(file, line, "", f"is no valid YAML: {error.problem}")]) from error
    except (yaml.YAMLError, ValueError) as error:
        raise SpecError([Problem(file, 0, "", f"is no valid YAML: {error}")]) from error
    finally:
        loader.dispose()
    if not isinstance(content, dict):
        raise SpecError([Problem(file, 0, "", "is empty or no mapping; allowed: key: value lines")])
    return YamlFile(file, content, lines)


def _walk(node: yaml.Node | None, path: KeyPath, lines: dict[KeyPath, int], file: str) -> list[Problem]:
    """Fill `lines`; return what YAML itself would swallow: repeated keys, keys that are no text."""
    problems: list[Problem] = []
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            line = key.start_mark.line + 1
            name = str(key.value)
            at = (*path, name)
            if key.tag != "tag:yaml.org,2002:str":
                problems.append(
                    Problem(file, line, dotted(at), "is read as no text by YAML; put it in quotes")
                )
            elif at in lines:
                problems.append(Problem(file, line, dotted(at), f"is given twice, first in line {lines[at]}"))
            else:
                lines[at] = line
                problems += _walk(value, at, lines, file)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            lines[(*path, index)] = item.start_mark.line + 1
            problems += _walk(item, (*path, index), lines, file)
    return problems
