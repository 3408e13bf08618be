"""Typed columns of a CSV file with a header, and all that can be wrong with it. Standard library only.

The training script reads its channel with it, the endpoint the cells of a request, and the loader of
model.yaml checks local data with it, so that all say the same.
"""

import csv
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import Any

# What a cell is read as: a number, the text of a category; None where an optional cell is empty.
Value = float | str | None

TYPES = ("number", "category", "boolean", "date")
BOOLEANS = {"true": 1.0, "false": 0.0, "1": 1.0, "0": 0.0}
# Dates are counted in days from here: near enough to today for numbers of a sound size.
DAY_ZERO = date(2000, 1, 1).toordinal()
# Rows that are held as text at a time.
CHUNK_ROWS = 10_000


@dataclass(frozen=True)
class Column:
    """A column by name, and which cells it may hold.

    type: of TYPES. optional: whether a cell may be empty. minimum, maximum: of a number, both allowed.
    values: of a category, all when empty.
    """

    name: str
    type: str = "number"
    optional: bool = False
    minimum: float | None = None
    maximum: float | None = None
    values: tuple[str, ...] = ()

    @classmethod
    def of(cls, feature: Mapping[str, Any]) -> "Column":
        """The column of a feature object: the same keys, all but `name` optional."""
        settings: dict[str, Any] = {**feature, "values": tuple(feature.get("values") or ())}
        return cls(**settings)

    def parse(self, text: str) -> Value:
        """What the cell holds; ValueError, saying what is wrong and what is allowed, for anything else.

        A date is read as days since 2000-01-01, a boolean as 1 or 0.
        """
        cell = text.strip()
        if not cell:
            if self.optional:
                return None
            raise ValueError(f"is empty; allowed: {self.allowed}")
        return self.check(_PARSERS[self.type](cell))

    def check(self, value: float | str) -> float | str:
        """The value itself; ValueError when it is out of bounds or none of the values."""
        if isinstance(value, str):
            if self.values and value not in self.values:
                raise ValueError(f"{value[:40]!r} is none of the values; allowed: {self.allowed}")
        elif self.minimum is not None and value < self.minimum:
            raise ValueError(f"{value:.15g} is below the minimum {self.minimum:.15g}")
        elif self.maximum is not None and value > self.maximum:
            raise ValueError(f"{value:.15g} is above the maximum {self.maximum:.15g}")
        return value

    @property
    def allowed(self) -> str:
        """What a cell may hold, in words."""
        if self.values:
            return ", ".join(self.values[:20]) + (", ..." if len(self.values) > 20 else "")
        return _ALLOWED[self.type]


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


@dataclass
class Table:
    """The wanted columns in the wanted order, each with a value a row; the faults in the order of lines.

    With a fault the columns are not complete. ignored: columns of the file that nobody asked for.
    """

    columns: list[list[Value]]
    faults: list[Fault] = field(default_factory=list[Fault])
    ignored: tuple[str, ...] = ()


def csv_files(path: Path) -> tuple[Path, ...]:
    """The file itself, or all `*.csv` below the folder in the order of paths; () when there is none.

    In capitals too: what lambda/snapshot_data counts to the data's version is trained on.
    """
    if path.is_file():
        return (path,)
    named = (file for file in path.rglob("*") if file.name.lower().endswith(".csv"))
    return tuple(sorted(file for file in named if file.is_file()))


def read_table(
    path: Path, columns: Sequence[Column], *, row_limit: int | None = None, fault_limit: int = 10
) -> Table:
    """Read `columns` of the file; the header says where each is, others are ignored.

    row_limit: data rows to read, all when None. Reading stops after fault_limit faults.
    Faults, never exceptions, for what a user can mend: no header, no row, a column missing or repeated,
    a cell that its column does not allow, a row of another length, bytes that are no UTF-8.
    Raises OSError when the file cannot be read.
    """
    table = Table([[] for _ in columns])
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            _fill(table, csv.reader(stream, strict=True), columns, row_limit, fault_limit)
    except (csv.Error, UnicodeDecodeError) as error:
        table.faults.append(Fault(0, "", f"is no UTF-8 CSV: {error}"))
    return table


def parse_number(text: str) -> float:
    """The finite number that a cell holds; ValueError, saying what is wrong, for anything else."""
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


def parse_text(text: str) -> str:
    """The text itself; ValueError for a null character, which numpy drops at the end of a text."""
    if "\0" in text:
        raise ValueError(f"{text[:40]!r} holds a null character")
    return text


def parse_boolean(text: str) -> float:
    """1 or 0 for true, false, 1, 0 in any case; ValueError for anything else."""
    if text.lower() not in BOOLEANS:
        raise ValueError(f"{text[:40]!r} is no boolean; allowed: {_ALLOWED['boolean']}")
    return BOOLEANS[text.lower()]


def parse_date(text: str) -> float:
    """Days since 2000-01-01 of an ISO 8601 date (2024-01-31); ValueError for anything else."""
    try:
        # fromisoformat() also takes 20240131 and 2024-W05-3.
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            raise ValueError
        return float(date.fromisoformat(text).toordinal() - DAY_ZERO)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is no date; allowed: {_ALLOWED['date']}") from None


_PARSERS: dict[str, Callable[[str], float | str]] = {
    "number": parse_number,
    "category": parse_text,
    "boolean": parse_boolean,
    "date": parse_date,
}
_ALLOWED = {
    "number": "a number",
    "category": "text",
    "boolean": "true, false, 1 or 0",
    "date": "a date such as 2024-01-31",
}


def _fill(
    table: Table, reader: Any, columns: Sequence[Column], row_limit: int | None, fault_limit: int
) -> None:
    header = next(reader, None)
    if not header:
        table.faults.append(Fault(0, "", "is empty; allowed: a header and at least one row"))
        return
    table.faults.extend(_header_faults(header, [column.name for column in columns]))
    if table.faults:
        return
    wanted = {column.name for column in columns}
    table.ignored = tuple(name for name in header if name not in wanted)
    places = [header.index(column.name) for column in columns]
    # A blank line is no row.
    lines = ((int(reader.line_num), cells) for cells in reader if cells)
    seen = 0
    for chunk in _chunks(islice(lines, row_limit)):
        seen += len(chunk)
        if not _add_quickly(table, chunk, columns, places, len(header)):
            _add_carefully(table, chunk, columns, places, len(header), fault_limit)
        if len(table.faults) >= fault_limit:
            return
    if not seen:
        table.faults.append(Fault(0, "", "has a header and no row; allowed: at least one row"))


def _chunks(lines: Iterable[tuple[int, list[str]]]) -> Iterator[list[tuple[int, list[str]]]]:
    iterator = iter(lines)
    while chunk := list(islice(iterator, CHUNK_ROWS)):
        yield chunk


def _add_quickly(
    table: Table, chunk: list[tuple[int, list[str]]], columns: Sequence[Column], places: list[int], width: int
) -> bool:
    """Add the rows a column at a time; False, with nothing added, when anything is wrong with them."""
    if any(len(cells) != width for _, cells in chunk):
        return False
    by_place = list(zip(*(cells for _, cells in chunk), strict=True))
    try:
        parsed = [_column(column, by_place[place]) for column, place in zip(columns, places, strict=True)]
    except ValueError:
        return False
    for values, more in zip(table.columns, parsed, strict=True):
        values += more
    return True


def _column(column: Column, cells: Sequence[str]) -> list[Value]:
    """All cells of a column, as Column.parse reads each, but faster for plain numbers."""
    joined = ",".join(cells)
    plain = column.type == "number" and column.minimum is None and column.maximum is None
    if plain and not column.optional and joined.isascii() and "_" not in joined:
        numbers: list[Value] = [*map(float, cells)]
        if not all(map(math.isfinite, numbers)):  # pyright: ignore[reportArgumentType]
            raise ValueError(column.name)
        return numbers
    known = {cell: column.parse(cell) for cell in set(cells)}
    return [known[cell] for cell in cells]


def _add_carefully(
    table: Table,
    chunk: list[tuple[int, list[str]]],
    columns: Sequence[Column],
    places: list[int],
    width: int,
    fault_limit: int,
) -> None:
    """Name what is wrong with each row, until there are fault_limit faults."""
    for line, cells in chunk:
        if len(table.faults) >= fault_limit:
            return
        if len(cells) != width:
            message = f"has {len(cells)} cells; allowed: {width} as in the header"
            table.faults.append(Fault(line, "", message))
            continue
        for column, place in zip(columns, places, strict=True):
            try:
                column.parse(cells[place])
            except ValueError as error:
                table.faults.append(Fault(line, column.name, str(error)))


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
