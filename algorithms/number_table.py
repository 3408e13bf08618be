"""CSV files of numbers alone, read at once; csv_table reads all others, and says what is wrong."""

import csv
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from artefact import Array
from csv_table import Column

# What numbers, and the lines of them, are written with. Not with blanks: numpy takes a cell of nothing else for
# a number.
_OF_NUMBERS = b"0123456789+-.eE,\n"


@dataclass(frozen=True)
class NumberTable:
    """columns: the wanted ones in the wanted order, a number a row. ignored: the columns of no use."""

    columns: list[Array]
    ignored: tuple[str, ...]


def read_numbers(path: Path, columns: Sequence[Column]) -> NumberTable | None:
    """The numbers that csv_table.read_table reads, to the last bit.

    None when it is not sure of that: a column that is no number, an empty cell, anything that is wrong.
    Raises OSError when the file cannot be read.
    """
    if any(column.type != "number" for column in columns):
        return None
    first, _, body = path.read_bytes().replace(b"\r\n", b"\n").partition(b"\n")
    header = _header(first)
    if any(header.count(column.name) != 1 for column in columns) or body.translate(None, _OF_NUMBERS):
        return None
    lines = [line for line in body.split(b"\n") if line]
    if {line.count(b",") for line in lines} != {len(header) - 1}:
        return None
    table = _numbers(b",".join(lines), len(lines) * len(header))
    if table is None:
        return None
    rows = table.reshape(len(lines), len(header))
    wanted = [rows[:, header.index(column.name)].copy() for column in columns]
    if not all(map(_allowed, columns, wanted)):
        return None
    names = {column.name for column in columns}
    return NumberTable(wanted, tuple(name for name in header if name not in names))


def _header(line: bytes) -> list[str]:
    try:
        return next(csv.reader([line.decode("utf-8-sig")], strict=True), [])
    except (UnicodeDecodeError, csv.Error):
        return []


def _numbers(text: bytes, count: int) -> Array | None:
    """All `count` numbers between the commas, rounded as float() does; None when one is none."""
    try:
        with warnings.catch_warnings():
            # How numpy says that it has come to something else, until it will be a ValueError.
            warnings.simplefilter("error", DeprecationWarning)
            numbers = np.fromstring(text, dtype=np.float64, sep=",")
    except (DeprecationWarning, ValueError):
        return None
    return numbers if len(numbers) == count else None


def _allowed(column: Column, numbers: Array) -> bool:
    low = column.minimum is None or bool(numbers.min() >= column.minimum)
    high = column.maximum is None or bool(numbers.max() <= column.maximum)
    return low and high and bool(np.isfinite(numbers).all())
