"""Reading a YAML file so that every later error can name a line."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sagemaker_lifecycle.spec.features import key_of_feature
from sagemaker_lifecycle.spec.problems import KeyPath, Problem, SpecError, dotted


class _Loader(yaml.SafeLoader):
    """Reads 1e6 as a number, as YAML 1.2 and the editors do; to YAML 1.1 that is text."""


_Loader.add_implicit_resolver(  # pyright: ignore[reportUnknownMemberType]
    "tag:yaml.org,2002:float", re.compile(r"[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$"), list("-+0123456789")
)


@dataclass(frozen=True)
class YamlFile:
    """A parsed mapping, the file it came from and the line of every key."""

    file: str
    content: dict[str, Any]
    lines: dict[KeyPath, int]

    def problem(self, path: KeyPath, message: str) -> Problem:
        """A problem at `path`, with the line of the nearest key that the file has.

        A feature's path is that of the long form, whichever form the file has.
        """
        path = known = key_of_feature(path, self.content.get("features"))
        while known and known not in self.lines:
            known = known[:-1]
        return Problem(self.file, self.lines.get(known, 0), dotted(path), message)


def read_yaml(path: Path, file: str) -> YamlFile:
    """Parse `path`; `file` is how errors call it.

    Raises SpecError when the file cannot be read, is no YAML, repeats a key, uses aliases, or is no mapping.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError([Problem(file, 0, "", f"cannot be read: {error}")]) from error
    walk = _Walk(file)
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        walk.visit(node, ())
        if walk.problems:
            raise SpecError(walk.problems)
        content = loader.construct_document(node) if node is not None else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise SpecError([Problem(file, line, "", f"is no valid YAML: {error.problem}")]) from error
    except SpecError:
        raise
    except RecursionError as error:
        raise SpecError([Problem(file, 0, "", "is no valid YAML: nested too deep")]) from error
    except (yaml.YAMLError, ValueError) as error:
        raise SpecError([Problem(file, 0, "", f"is no valid YAML: {error}")]) from error
    if not isinstance(content, dict):
        raise SpecError([Problem(file, 0, "", "is empty or no mapping; allowed: key: value lines")])
    return YamlFile(file, content, walk.lines)


class _Walk:
    """Collects the line of every key, and what YAML itself would swallow."""

    def __init__(self, file: str) -> None:
        self.lines: dict[KeyPath, int] = {}
        self.problems: list[Problem] = []
        self._file = file
        self._seen: set[int] = set()

    def visit(self, node: yaml.Node | None, path: KeyPath) -> None:
        """Refused: keys given twice, keys that are no text, aliases (one node in two places or in itself)."""
        if node is None:
            return
        if id(node) in self._seen:
            self._refuse(node, path, "is an alias; write the value out")
            return
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            self._visit_mapping(node, path)
        elif isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self.lines[(*path, index)] = item.start_mark.line + 1
                self.visit(item, (*path, index))

    def _visit_mapping(self, node: yaml.MappingNode, path: KeyPath) -> None:
        for key, value in node.value:
            at = (*path, str(key.value))
            if key.tag != "tag:yaml.org,2002:str":
                self._refuse(key, at, "YAML does not read this key as text; put it in quotes")
            elif at in self.lines:
                self._refuse(key, at, f"is given twice, first in line {self.lines[at]}")
            else:
                self.lines[at] = key.start_mark.line + 1
                self.visit(value, at)

    def _refuse(self, node: yaml.Node, path: KeyPath, message: str) -> None:
        line = node.start_mark.line + 1 if node.start_mark else 0
        self.problems.append(Problem(self._file, line, dotted(path), message))
