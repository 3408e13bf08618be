"""Numeric columns of a CSV file with a header, and all that can be wrong with it. Standard library only.

The training script reads its channel with it; the loader of model.yaml checks local data with it, so that
both say the same.
"""

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: line is 1-based, 0 for the file as a whole; column "" for the whole line."""

    line: int
    column: str
    message: str

    def text(self, file: str) -> str:
        """`file:line: column 'x': message`."""
        place = f"{file}:{self.line}" if self.line else file
        return (
            f"{place}: column {self.column!r}: {self.message}" if self.column else f"{place}: {self.message}"
        )


@dataclass(frozen=True)
class Table:
    """The wanted columns of every good row, in the wanted order, and the faults in the order of lines."""

    rows: list[list[float]]
    faults: list[Fault]


def csv_files(path: Path) -> tuple[Path, ...]:
    """The file itself, or all `*.csv` below the folder in the order of paths; () when there is none."""
    if path.is_file():
        return (path,)
    return tuple(sorted(file for file in path.rglob("*.csv") if file.is_file()))


def read_table(
    path: Path, columns: Sequence[str], *, row_limit: int | None = None, fault_limit: int = 10
) -> Table:
    """Read `columns` of the file as finite numbers.

    row_limit: data rows to read, all when None. Reading stops after fault_limit faults.
    Faults, never exceptions, for what a user can mend: no header, no row, a column missing or repeated,
    a cell that is no finite number, a row of another length, bytes that are no UTF-8.
    Raises OSError when the file cannot be read.
    """
    table = Table([], [])
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            _fill(table, csv.reader(stream, strict=True), columns, row_limit, fault_limit)
    except (csv.Error, UnicodeDecodeError) as error:
        table.faults.append(Fault(0, "", f"is no UTF-8 CSV: {error}"))
    return table


def parse_number(text: str) -> float:
    """The finite number that a cell holds; ValueError, saying what is wrong, for anything else."""
    if not text.strip():
        raise ValueError("is empty; allowed: a number")
    # float() also takes digits of other scripts and underscores: 1_000.
    if not text.isascii() or "_" in text:
        raise ValueError(f"{text[:40]!r} is no number")
    try:
        number = float(text)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is no number") from None
    if not math.isfinite(number):
        raise ValueError(f"{text[:40]!r} is no finite number")
    return number


def _fill(
    table: Table,
    reader: Any,
    columns: Sequence[str],
    row_limit: int | None,
    fault_limit: int,
) -> None:
    header = next(reader, None)
    if not header:
        table.faults.append(Fault(0, "", "is empty; allowed: a header and at least one row"))
        return
    table.faults.extend(_header_faults(header, columns))
    if table.faults:
        return
    places = [(column, header.index(column)) for column in columns]
    seen = 0
    for cells in reader:
        if not cells:
            continue
        if seen == row_limit or len(table.faults) >= fault_limit:
            break
        seen += 1
        line = int(reader.line_num)
        if len(cells) != len(header):
            table.faults.append(
                Fault(line, "", f"has {len(cells)} cells; allowed: {len(header)} as in the header")
            )
            continue
        row = [_cell(table, line, column, cells[index]) for column, index in places]
        table.rows.append(row)
    if not seen:
        table.faults.append(Fault(0, "", "has a header and no row; allowed: at least one row"))


def _cell(table: Table, line: int, column: str, text: str) -> float:
    try:
        return parse_number(text)
    except ValueError as error:
        table.faults.append(Fault(line, column, str(error)))
        return math.nan


def _header_faults(header: list[str], columns: Sequence[str]) -> list[Fault]:
    faults: list[Fault] = []
    for column in columns:
        count = header.count(column)
        if count > 1:
            faults.append(Fault(1, column, f"is there {count} times; allowed: once"))
        elif count == 0:
            close = get_close_matches(column, header, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            shown = ", ".join(header[:20])
            faults.append(Fault(1, column, f"is missing; the file has: {shown}{hint}"))
    return faults
