"""Data of the tests as the text of CSV files."""

from collections.abc import Iterable, Sequence

import numpy as np


def csv_text(names: Sequence[str], *columns: Iterable[object]) -> str:
    """The file of these columns; None is an empty cell."""
    rows = [["" if cell is None else str(cell) for cell in row] for row in zip(*columns, strict=True)]
    return "\n".join(",".join(row) for row in [list(names), *rows]) + "\n"


def cottages(count: int = 120, seed: int = 0) -> str:
    """Sizes with gaps, towns, dates, yes or no; a price, and a kind that depends on the size."""
    draw = np.random.default_rng(seed)
    sizes = draw.normal(100, 30, count).round(1)
    towns = draw.choice(["Basel", "Bern", "Chur"], count)
    days = [
        f"20{year:02}-{month:02}-15"
        for year, month in zip(draw.integers(24, size=count), [1, 6] * (count // 2), strict=True)
    ]
    pools = draw.choice(["true", "false"], count)
    prices = sizes * 3000 + (towns == "Bern") * 50000
    kinds = np.where(sizes > 110, "villa", np.where(sizes > 80, "house", "hut"))
    gaps = [None if index % 11 == 0 else size for index, size in enumerate(sizes)]
    names = ("Size", "Town", "Built", "Pool", "Note", "Price", "Kind")
    return csv_text(names, gaps, towns, days, pools, ["-"] * count, prices, kinds)
