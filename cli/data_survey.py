"""What the columns of a CSV file hold: numbers, texts, booleans or dates, and where there are gaps."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from algorithms.csv_table import Column, Fault, parse_boolean, parse_date, parse_number, read_table
from cli.session import CommandError
from sagemaker_lifecycle.spec.section import COLUMN_PATTERN

NAME_LIMIT = 100
"""Longest name of a feature, as the specification has it."""
LEVELS_LIMIT = 100
"""Texts that differ in more than half of the rows, and are more than these, are no categories."""
_TYPO_PART = 0.1
"""With up to this part of cells that are no numbers, a column is one of numbers with mistakes in it."""

Kind = str
"""number, boolean, date or category, as in model.yaml."""


@dataclass(frozen=True)
class Surveyed:
    """One column: its type, the cells that are not empty, and why it is no feature ("" when it is one)."""

    name: str
    kind: Kind
    cells: tuple[str, ...]
    rows: int
    unfit: str = ""

    @property
    def optional(self) -> bool:
        """Whether a cell is empty somewhere."""
        return len(self.cells) < self.rows


@dataclass(frozen=True)
class Survey:
    """The file's columns in its order; rows counts those of data."""

    columns: tuple[Surveyed, ...]
    rows: int

    def column(self, name: str) -> Surveyed:
        """The column of that name; the caller knows that it is there."""
        return next(column for column in self.columns if column.name == name)


def survey(file: Path, target: str) -> Survey:
    """Read all of the file.

    Raises CommandError, naming file, line and column: no such file or column, no UTF-8, no header, no row, a
    name that is there twice, a row of another length, a target with an empty cell.
    """
    header = _header(file)
    if target not in header:
        hint = (
            " (columns are separated by commas)"
            if len(header) == 1 and re.search(r"[;\t|]", header[0])
            else ""
        )
        raise CommandError(f"{file}: no column {target!r}; it has: {', '.join(header)[:500]}{hint}")
    # A column without a name, as pandas writes its index, cannot be a feature.
    names = [name for name in header if name]
    table = read_table(
        file, [Column(name, "category", optional=name != target) for name in dict.fromkeys(names)]
    )
    if table.faults:
        raise CommandError("\n".join(fault.text(str(file)) for fault in table.faults))
    rows = len(table.columns[0])
    columns = [
        _surveyed(name, [cell for cell in cells if isinstance(cell, str)], rows)
        for name, cells in zip(dict.fromkeys(names), table.columns, strict=True)
    ]
    return Survey(tuple(columns), rows)


def _header(file: Path) -> list[str]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            header = next(csv.reader(stream, strict=True), [])
    except (csv.Error, UnicodeDecodeError) as error:
        raise CommandError(Fault(0, "", f"is no UTF-8 CSV: {error}").text(str(file))) from error
    except OSError as error:
        raise CommandError(f"{file}: cannot be read: {error.strerror}") from error
    if not any(header):
        raise CommandError(f"{file}: is empty; allowed: a header and at least one row")
    return header


def _surveyed(name: str, cells: Sequence[str], rows: int) -> Surveyed:
    kind, unfit = _kind(cells)
    reason = unfit or _unfit(name, kind, cells, rows)
    return Surveyed(name, kind, tuple(cells), rows, reason)


def _kind(cells: Sequence[str]) -> tuple[Kind, str]:
    """The type, and what is wrong with a column of numbers that has a few other cells in it."""
    different = Counter(cells)
    for kind, parse in _TYPES:
        if all(_parses(parse, cell) for cell in different):
            return kind, ""
    odd = [cell for cell in different if not _parses(parse_number, cell)]
    part = sum(different[cell] for cell in odd) / len(cells)
    if len(different) > 10 and part <= _TYPO_PART:
        return "number", f"numbers, but for {', '.join(map(repr, odd[:3]))}: empty these cells, or mend them"
    return "category", ""


# 0 and 1 alone are numbers, which every algorithm takes; beside true and false they are booleans.
_TYPES: tuple[tuple[Kind, Callable[[str], float]], ...] = (
    ("number", parse_number),
    ("boolean", parse_boolean),
    ("date", parse_date),
)


def _parses(parse: Callable[[str], float], cell: str) -> bool:
    try:
        parse(cell)
    except ValueError:
        return False
    return True


def _unfit(name: str, kind: Kind, cells: Sequence[str], rows: int) -> str:
    """Why the column is no feature, "" when it is one."""
    different = len(set(cells))
    if not cells:
        return "empty in every row"
    if different == 1 and len(cells) == rows:
        return f"{cells[0]!r} in every row, so it tells nothing"
    if re.fullmatch(COLUMN_PATTERN, name) is None or len(name) > NAME_LIMIT:
        return f"a feature's name has at most {NAME_LIMIT} characters and no white space around it"
    if kind == "category" and different == len(cells):
        return "a text of its own in every row, as an identifier has"
    if kind == "category" and different > LEVELS_LIMIT and different > rows / 2:
        return f"{different} different texts in {rows} rows: no categories"
    if kind == "number" and _counts_rows(cells) and re.search(r"(?i)(^|_|\b)(id|index|no|nr|row)$", name):
        return "counts the rows"
    return ""


def _counts_rows(cells: Sequence[str]) -> bool:
    numbers = [float(cell) for cell in cells]
    return len(numbers) > 2 and all(b - a == 1 for a, b in pairwise(numbers))
