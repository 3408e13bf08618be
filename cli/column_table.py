"""What `lifecycle init` shows of each column of the data, a row each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cli.data_survey import Surveyed

_SHOWN = 20


def rows(columns: Iterable[Surveyed], target: str) -> list[dict[str, Any]]:
    """Name, type, rows without a value, what values there are, and what the model makes of the column."""
    return [
        {
            "column": column.name,
            "type": column.kind if column.cells else None,
            "gaps": column.gaps,
            "values": _values(column),
            "note": _note(column, target),
        }
        for column in columns
    ]


def _values(column: Surveyed) -> str | None:
    """The range of numbers and dates; of others the texts where they are short, or how many differ."""
    different = list(dict.fromkeys(column.cells))
    if not different:
        return None
    if not column.faulty and column.kind == "number":
        numbers = [float(cell) for cell in different]
        return _range(f"{min(numbers):.6g}", f"{max(numbers):.6g}")
    if not column.faulty and column.kind == "date":
        return _range(min(different), max(different))
    listed = ", ".join(different)
    return listed if len(listed) <= _SHOWN else f"{len(different)} different"


def _range(least: str, greatest: str) -> str:
    return least if least == greatest else f"{least} to {greatest}"


def _note(column: Surveyed, target: str) -> str | None:
    """In few words; the notes below the table tell the rest."""
    if column.name == target:
        return "target"
    if column.unfit:
        return "left out"
    odd = "see note" if column.remark else None
    return ", ".join(filter(None, ("optional" if column.optional else None, odd))) or None
