"""CSV files of numbers alone, read at once; csv_table reads all others, and says what is wrong."""

import csv
import importlib
import importlib.util
import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from artefact import Array
from csv_table import Column

# What numbers and lines of them are written with. Not with blanks: numpy takes a cell of nothing else for a
# number.
_OF_NUMBERS = b"0123456789+-.eE,\n"
# AWS's image has it, and there scikit-learn has imported it already.
_PANDAS: Any = importlib.import_module("pandas") if importlib.util.find_spec("pandas") else None


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
    content = path.read_bytes()
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n")
    end = content.find(b"\n") + 1
    header = _header(content[:end].removesuffix(b"\n"))
    if any(header.count(column.name) != 1 for column in columns):
        return None
    # What is left of the whole file is what is left of its header, or there is a cell that is no number.
    if content.translate(None, _OF_NUMBERS) != content[:end].translate(None, _OF_NUMBERS):
        return None
    rows = (_numbers_by_pandas if _PANDAS else _numbers_by_numpy)(content, end)
    # pandas fills up a row that is too short.
    separators = content.count(b",", end)
    if rows is None or rows.shape[1] != len(header) or separators != len(rows) * (len(header) - 1):
        return None
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


def _numbers_by_pandas(content: bytes, start: int) -> Array | None:
    """Rows x columns from `start` on, rounded as float() does; NaN for an empty cell.

    None when a cell is no number.
    """
    rows = io.BytesIO(content)
    rows.seek(start)
    try:
        with warnings.catch_warnings():
            # From 3.1 on pandas rounds so by itself and warns of the argument; one day it will refuse it.
            warnings.simplefilter("ignore")
            frame = _PANDAS.read_csv(rows, header=None, dtype=np.float64, float_precision="round_trip")
    except (ValueError, TypeError):
        return None
    return frame.to_numpy()


def _numbers_by_numpy(content: bytes, start: int) -> Array | None:
    """The same, but None when a cell is empty, too."""
    lines = [line for line in content[start:].split(b"\n") if line]
    widths = {line.count(b",") + 1 for line in lines}
    if len(widths) != 1:
        return None
    try:
        with warnings.catch_warnings():
            # How numpy says that it has come to something else, until it will be a ValueError.
            warnings.simplefilter("error", DeprecationWarning)
            return np.fromstring(b",".join(lines), dtype=np.float64, sep=",").reshape(len(lines), *widths)
    except (DeprecationWarning, ValueError):
        return None


def _allowed(column: Column, numbers: Array) -> bool:
    low = column.minimum is None or bool(numbers.min() >= column.minimum)
    high = column.maximum is None or bool(numbers.max() <= column.maximum)
    return low and high and bool(np.isfinite(numbers).all())
