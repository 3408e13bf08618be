"""What the columns of a CSV file hold: numbers, texts, booleans or dates, where gaps are, and what is odd."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path

from algorithms.csv_table import Column, Fault, read_table
from algorithms.learnable import LEVELS_LIMIT
from cli.column_kinds import Kind, Reading, reading
from cli.exit_codes import WrongWords
from cli.session import CommandError
from sagemaker_lifecycle.spec.problems import near_miss
from sagemaker_lifecycle.spec.section import COLUMN_PATTERN

NAME_LIMIT = 100
"""Longest name of a feature, as the specification has it."""
FEW_LEVELS = 100
"""Texts that differ in more than half of the rows, and are more than these, are no categories."""
ORDERED_ROWS = 20
"""In fewer rows, whole numbers that ascend may do so by chance, or in a small table that was sorted."""
_FAULT_LIMIT = 10
_SHOWN_LINES = 5


@dataclass(frozen=True)
class Surveyed:
    """One column: its type, the cells that are not empty, and why it is no feature ("" when it is one).

    remark: what is odd about a column that is a feature all the same. faulty: it is none because of cells
    that training would refuse. numbering: it is none because it may number the rows.
    """

    name: str
    kind: Kind
    cells: tuple[str, ...]
    rows: int
    unfit: str = ""
    remark: str = ""
    faulty: bool = False
    numbering: bool = False

    @property
    def gaps(self) -> int:
        """Rows whose cell is empty."""
        return self.rows - len(self.cells)

    @property
    def optional(self) -> bool:
        """Whether a cell is empty somewhere."""
        return self.gaps > 0


@dataclass(frozen=True)
class Survey:
    """The file's columns in its order; rows counts those of data, nameless the columns without a name."""

    file: Path
    columns: tuple[Surveyed, ...]
    rows: int
    nameless: int = 0

    def column(self, name: str) -> Surveyed:
        """The column of that name; the caller knows that it is there."""
        return next(column for column in self.columns if column.name == name)


def survey(file: Path, target: str) -> Survey:
    """Read all of the file.

    Raises WrongWords where no column is called as the target is, and CommandError, naming file, line and
    column: no such file, no UTF-8, no commas, no header, no row, a name that is there twice, a row of another
    length, a target with an empty cell.
    """
    header = _header(file)
    _check_header(file, header, target)
    # A column without a name, as pandas writes its index, cannot be a feature.
    names = list(dict.fromkeys(name for name in header if name.strip()))
    columns = [Column(name, "category", optional=True) for name in names]
    table = read_table(file, columns, fault_limit=_FAULT_LIMIT)
    if table.faults:
        told = [fault.text(str(file)) for fault in table.faults]
        more = [f"{file}: there may be more"] if len(told) >= _FAULT_LIMIT else []
        raise CommandError("\n".join([*told, *more]))
    rows = len(table.columns[0])
    cells = {
        name: tuple(cell for cell in column if isinstance(cell, str))
        for name, column in zip(names, table.columns, strict=True)
    }
    if len(cells[target]) < rows:
        raise CommandError(_empty_target(file, target, rows - len(cells[target]), rows))
    surveyed = tuple(_surveyed(file, name, cells[name], rows, is_target=name == target) for name in names)
    return Survey(file, surveyed, rows, sum(not name.strip() for name in header))


def _header(file: Path) -> list[str]:
    if file.is_dir():
        raise CommandError(f"{file}: is a folder; allowed: one CSV file")
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            header = next(reader, [])
            begun_blank = not header and any(reader)
    except csv.Error as error:
        # "a";"b" is no CSV of commas.
        with file.open(encoding="utf-8-sig") as stream:
            _check_separator(file, [stream.readline()], "")
        raise CommandError(Fault(0, "", f"is no CSV: {error}").text(str(file))) from error
    except UnicodeDecodeError as error:
        raise CommandError(Fault(0, "", f"is no UTF-8 CSV: {error}").text(str(file))) from error
    except OSError as error:
        raise CommandError(f"{file}: cannot be read: {error.strerror}") from error
    if begun_blank:
        raise CommandError(f"{file}:1: is a blank line; allowed: the header")
    if not any(map(str.strip, header)):
        raise CommandError(f"{file}: is empty; allowed: a header and at least one row")
    return header


def _check_header(file: Path, header: list[str], target: str) -> None:
    if target in header and target.strip():
        if re.fullmatch(COLUMN_PATTERN, target) is None:
            raise CommandError(
                f"{file}: column {target!r}: no white space is allowed around a name, and no line break in it"
            )
        return
    _check_separator(file, header, target)
    alike = [name for name in header if name.strip().casefold() == target.strip().casefold() and name.strip()]
    hint = f"; did you mean {alike[0]!r}?" if alike else near_miss(target, header)
    raise WrongWords(f"{file}: no column {target!r}; it has: {', '.join(header)[:500]}{hint}")


def _check_separator(file: Path, header: list[str], target: str) -> None:
    for separator, called in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        names = [name.strip(' "') for name in ",".join(header).split(separator)]
        if len(names) > 1 and (len(header) == 1 or target in names):
            raise CommandError(f"{file}: columns are separated by {called}; allowed: commas")


def _empty_target(file: Path, target: str, empty: int, rows: int) -> str:
    lines = [str(line) for line, _ in islice(_places(file, target, {""}), _SHOWN_LINES)]
    more = f" and {empty - len(lines)} more" if empty > len(lines) else ""
    return (
        f"{file}: the target {target!r} is empty in {empty} of {rows} rows, in line{'s' * (empty > 1)} "
        f"{', '.join(lines)}{more}: remove these rows, from which nothing can be learnt"
    )


def _places(file: Path, name: str, texts: Collection[str]) -> Iterator[tuple[int, str]]:
    """Lines of the cells of a column that hold one of the texts, and which."""
    with file.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream, strict=True)
        place = next(reader).index(name)
        for row in reader:
            if row and row[place].strip() in texts:
                yield reader.line_num, row[place].strip()


def _surveyed(file: Path, name: str, cells: tuple[str, ...], rows: int, *, is_target: bool) -> Surveyed:
    counts = Counter(cells)
    read = reading(counts)
    told = _told(file, name, counts, read, is_target=is_target) if read.odd else ""
    if told and read.kind != "category":
        return Surveyed(name, read.kind, cells, rows, f"{_MEANT[read.kind]}, but {told}", faulty=True)
    if read.kind == "category" or (is_target and read.kind == "boolean"):
        told = "; ".join(filter(None, (told, _alike(counts))))
    numbering = _numbering(name, cells, rows) if read.kind == "number" else ""
    unfit = _unfit(name, read.kind, cells, rows) or numbering
    remark = "" if unfit else told
    numbers_rows = bool(numbering) and unfit == numbering
    return Surveyed(name, read.kind, cells, rows, unfit, remark, numbering=numbers_rows)


_MEANT = {"number": "numbers", "date": "dates", "boolean": "true and false"}
_WRITE = {
    "number": "write a decimal point and no sign else, as in 1234.5",
    "date": "write dates as 2024-01-31",
}


def _told(file: Path, name: str, counts: Counter[str], read: Reading, *, is_target: bool) -> str:
    """Each sort of odd cells: an example, in how many rows, the first of them, and what to do."""
    if read.kind == "category":
        # Words for a gap and for a value are categories alike, until somebody says otherwise.
        mend = "remove these rows" if is_target else "empty these cells"
        gaps = f"a category of its own; {mend} if it means a gap"
        sorts = (
            (read.gap_words, gaps),
            (read.others, "all others are numbers or dates: taken for categories"),
        )
    else:
        gaps = "remove such rows" if is_target else "leave such cells empty"
        sorts = (
            (read.gap_words, gaps),
            (read.forms, _WRITE.get(read.kind, "")),
            (
                read.others,
                "mend such cells, or remove these rows" if is_target else "mend or empty such cells",
            ),
        )
    told: list[str] = []
    for texts, advice in sorts:
        if texts:
            line, text = next(_places(file, name, frozenset(texts)))
            rows = sum(counts[each] for each in texts)
            others = " and the like" if len(texts) > 1 else ""
            count = f"{rows} row{'s' * (rows > 1)}"
            told.append(f"{text[:40]!r}{others} in {count}, first at {file}:{line}: {advice}")
    return "; ".join(told)


def _alike(counts: Counter[str]) -> str:
    """An example of two categories that are one but for their case, "" when there is none."""
    seen: dict[str, str] = {}
    for text in counts:
        other = seen.setdefault(text.casefold(), text)
        if other != text:
            return f"{other[:40]!r} and {text[:40]!r} differ in case only, and are categories of their own"
    return ""


def _unfit(name: str, kind: Kind, cells: Sequence[str], rows: int) -> str:
    """Why the column is no feature, "" when it is one."""
    different = len(set(cells))
    if not cells:
        return "empty in every row"
    if different == 1 and len(cells) == rows:
        return f"{cells[0]!r} in every row, so it tells nothing"
    if different == 1 and kind != "category":
        # Gaps are filled with the median; of a category a gap is a level of its own.
        return f"{cells[0]!r} in every row that is not empty, so it tells nothing"
    if re.fullmatch(COLUMN_PATTERN, name) is None or len(name) > NAME_LIMIT:
        return (
            f"a feature's name has at most {NAME_LIMIT} characters, no line break, no white space around it"
        )
    if kind == "category" and different == len(cells):
        return "a text of its own in every row, as an identifier has"
    if kind == "category" and different > LEVELS_LIMIT:
        return f"{different} different texts; allowed: {LEVELS_LIMIT} of a category"
    if kind == "category" and different > FEW_LEVELS and different > rows / 2:
        return f"{different} different texts in {rows} rows: no categories"
    return ""


def _numbering(name: str, cells: Sequence[str], rows: int) -> str:
    """Why whole numbers seem to number the rows, "" when they do not."""
    if len(set(cells)) < max(rows, 3) or not all(re.fullmatch(r"[-+]?\d+", cell) for cell in cells):
        return ""
    numbers = [int(cell) for cell in cells]
    if {b - a for a, b in pairwise(numbers)} in ({1}, {-1}):
        return "counts the rows"
    if re.search(r"(?i:(^|_|\b)(id|index|no|nr|row))$|[a-z](Id|ID|No|Nr)$", name):
        return "a whole number of its own in every row, and the name of an identifier"
    ordered = sorted(numbers)
    if rows >= ORDERED_ROWS and numbers in (ordered, ordered[::-1]):
        return "whole numbers in order, each in one row, as an identifier has"
    if rows >= ORDERED_ROWS and len({b - a for a, b in pairwise(ordered)}) == 1:
        return "evenly spaced whole numbers, each in one row, as an identifier has"
    return ""
