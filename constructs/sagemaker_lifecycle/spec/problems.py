"""What can be wrong with a model.yaml, and the one exception that carries all of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from pydantic_core import PydanticCustomError

KeyPath = tuple[str | int, ...]

PROBLEMS_TYPE = "problems"


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong.

    file: path as the user gave it. line: 1-based, 0 when the file as a whole is meant.
    key: dotted, list items in brackets (`features[0].type`), or a column of a CSV; "" for the whole file.
    """

    file: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"


class SpecError(ValueError):
    """All that is wrong with the models, in the order of files and lines; `problems` holds them singly."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True)
class Finding:
    """Something wrong below a section, found by a check of meaning: `path` is relative to that section."""

    path: KeyPath
    message: str


def raise_findings(findings: Sequence[Finding]) -> None:
    """Inside a pydantic validator: fail with all findings at once; return when there is none."""
    if findings:
        text = "; ".join(f"{dotted(finding.path)}: {finding.message}" for finding in findings)
        # Braces would be taken for pydantic's template fields.
        template = text.replace("{", "(").replace("}", ")")
        raise PydanticCustomError(PROBLEMS_TYPE, template, {"findings": tuple(findings)})  # pyright: ignore[reportArgumentType]


def dotted(path: KeyPath) -> str:
    """`("features", 0, "type")` as `features[0].type`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


def near_miss(word: object, allowed: Iterable[str]) -> str:
    """`; did you mean 'x'?` when one of the allowed words is close to `word`, else ""."""
    matches = get_close_matches(str(word), list(allowed), n=1, cutoff=0.7)
    return f"; did you mean {matches[0]!r}?" if matches else ""
