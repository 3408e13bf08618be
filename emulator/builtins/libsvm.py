"""Rows of ``label index:value …``; indices as they are, as XGBoost's own reader takes them."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from emulator.builtins.contract import UserError


def parse(text: str, has_labels: bool = True) -> tuple[Any, Any]:
    """(labels, sparse features). Raises UserError naming the row that is none."""
    labels: list[float] = []
    rows: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    lines = [line for line in text.splitlines() if line.strip()]
    for number, line in enumerate(lines):
        words = line.split()
        try:
            if has_labels or ":" not in words[0]:
                labels.append(float(words.pop(0)))
            for word in words:
                column, _, value = word.partition(":")
                rows.append(number)
                columns.append(int(column))
                values.append(float(value))
        except ValueError as error:
            raise UserError(f"Row {number + 1} is not in libsvm format: {line[:100]!r}") from error
    width = max(columns, default=-1) + 1
    return np.array(labels), csr_matrix((values, (rows, columns)), shape=(len(lines), width))
