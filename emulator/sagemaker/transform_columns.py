"""The columns of CSV rows that a transform job's InputFilter or OutputFilter names.

Source: the developer guide's "Associate Prediction Results with Input Records", JSONPath operators; of them
those for arrays, which is what a row of CSV is: `$`, `$[0]`, `$[-1]`, `$[1:]`, `$[0,5:]`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

_PART = re.compile(r"(-?\d+)|(-?\d*):(-?\d*)")


class Columns:
    """A parsed filter. Raises ValueError for what is none of the forms above."""

    def __init__(self, path: str) -> None:
        self._parts: list[int | slice] | None = None
        if path == "$":
            return
        if not (path.startswith("$[") and path.endswith("]")):
            raise ValueError("the emulator knows $, and $[...] with indexes and slices")
        self._parts = [_part(text.strip()) for text in path[2:-1].split(",")]

    @property
    def is_all(self) -> bool:
        """Whether it leaves rows as they are."""
        return self._parts is None

    def of(self, row: Sequence[str]) -> list[str]:
        """The row's columns that the filter names, in its order. Raises IndexError for one it has not."""
        if self._parts is None:
            return list(row)
        taken: list[str] = []
        for part in self._parts:
            taken += row[part] if isinstance(part, slice) else [row[part]]
        return taken


def _part(text: str) -> int | slice:
    match = _PART.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is neither an index nor a slice")
    index, start, end = match.groups()
    if index is not None:
        return int(index)
    return slice(int(start) if start else None, int(end) if end else None)


def read_row(line: str) -> list[str]:
    """The cells of a line of CSV."""
    return next(csv.reader([line]), [])


def write_row(cells: Sequence[str]) -> str:
    """A line of CSV, without its end."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()
