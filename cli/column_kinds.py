"""What a column's texts are: a type of model.yaml, and the cells that training would not take as that type.

Training takes empty cells as gaps, decimal points, and dates such as 2024-01-31 (algorithms/csv_table.py).
People also write NA, 1,5 and 31.1.2024; a column of these is no text, though each cell is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from algorithms.csv_table import parse_boolean, parse_date, parse_number

GAP_WORDS = frozenset({"na", "n/a", "#n/a", "nan", "null", "none", "-", "--", "?"})
"""What is written for a gap, in lower case."""
MEANT_PART = 0.8
"""Above this part of the cells, gaps apart, a column is meant as a type, and the others are mistakes."""
FEW_TEXTS = 10
"""A column of at most these different cells, some of them words, is one of categories: 1, 2, 3, more."""

Kind = Literal["number", "boolean", "date", "category"]

_GAP_WORD, _FORM, _OTHER = "gap", "form", "other"


@dataclass(frozen=True)
class Reading:
    """The type of a column, and the cells that keep it from being one.

    kind: as in model.yaml, the type that is meant. gap_words, forms, others: different cells which training
    would refuse as that type: words for a gap, numbers or dates written in another way, anything else.
    """

    kind: Kind
    gap_words: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def odd(self) -> bool:
        """Whether any cell is not of the type, or may be meant as a gap."""
        return bool(self.gap_words or self.forms or self.others)


@dataclass(frozen=True)
class _Type:
    """A type: how training reads a cell, and how else people write one."""

    kind: Kind
    parse: Callable[[str], float]
    form: re.Pattern[str]

    def takes(self, cell: str) -> bool:
        """Whether training reads the cell as of this type."""
        try:
            self.parse(cell)
        except ValueError:
            return False
        return True

    def sort(self, cell: str) -> str:
        """Of a cell that it does not take: a word for a gap, the type in another form, or anything else."""
        if cell.lower() in GAP_WORDS:
            return _GAP_WORD
        return _FORM if self.form.fullmatch(cell) else _OTHER


_MONEY = r"(?:CHF|EUR|USD|GBP|[€$£])?"
# 0 and 1 alone are numbers, which every algorithm takes; beside true and false they are booleans.
_TYPES = (
    _Type(
        "number",
        parse_number,
        re.compile(rf"{_MONEY}\s?[-+−]?(?:\d{{1,3}}(?:[.,'’\s]\d{{3}})+|\d+)(?:[.,]\d+)?\s?(?:%|{_MONEY})"),
    ),
    _Type("boolean", parse_boolean, re.compile(r"(?!)")),
    _Type(
        "date",
        parse_date,
        re.compile(
            r"\d{1,2}([./-])\d{1,2}\1(?:\d{4}|\d{2})|\d{4}([./])\d{1,2}\2\d{1,2}"
            r"|\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}\S*"
        ),
    ),
)


def reading(cells: Mapping[str, int]) -> Reading:
    """What the column is; cells: how often each text is there, empty ones left out."""
    for known in _TYPES:
        if all(map(known.takes, cells)):
            return Reading(known.kind)
    for known in _TYPES:
        sorted_out = {cell: known.sort(cell) for cell in cells if not known.takes(cell)}
        told = [count for cell, count in cells.items() if sorted_out.get(cell) != _GAP_WORD]
        meant = sum(count for cell, count in cells.items() if sorted_out.get(cell, _FORM) == _FORM)
        if not told or meant <= MEANT_PART * sum(told):
            continue
        gap_words, forms, others = (
            tuple(cell for cell, sort in sorted_out.items() if sort == wanted)
            for wanted in (_GAP_WORD, _FORM, _OTHER)
        )
        if others and not forms and len(cells) <= FEW_TEXTS:
            return Reading("category", gap_words, (), others)
        return Reading(known.kind, gap_words, forms, others)
    return Reading("category", tuple(cell for cell in cells if cell.lower() in GAP_WORDS))
