"""Reading a request's numbers all at once against one by one, in process, without a server.

`python -m bench.request_text` prints the table.
"""

import importlib
import json
import sys
import timeit
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_diabetes

ALGORITHMS = Path(__file__).resolve().parents[1] / "algorithms"
CALLS = 100
ROUNDS = 7
ONE_BY_ONE = 1 << 40


def measure() -> str:
    """The table: microseconds of the best round; both ways answer the same, which is checked."""
    sys.path.insert(0, str(ALGORITHMS))
    try:
        instances, plain, table = map(importlib.import_module, ("instances", "plain_numbers", "csv_table"))
    finally:
        sys.path.remove(str(ALGORITHMS))
    data: Any = load_diabetes(scaled=False)
    long = np.random.default_rng(0).uniform(100, 1000, (100, data.data.shape[1]))
    reader = instances.Reader(tuple(map(table.Column, data.feature_names)))
    lines = [
        "| numbers, rows | JSON, one by one | JSON, at once | | CSV, one by one | CSV, at once | |",
        "|---|---|---|---|---|---|---|",
    ]
    cases = [(f"diabetes, {rows}", data.data[:rows]) for rows in (20, 100, 400)]
    for name, numbers in [*cases, ("16 digits and more, 100", long)]:
        figures: list[str] = []
        for read, body in ((reader.json, _json(numbers)), (reader.csv, _csv(numbers))):
            apart = _best(plain, ONE_BY_ONE, read, body, numbers)
            at_once = _best(plain, 0, read, body, numbers)
            figures.append(f"{apart:.0f} | {at_once:.0f} | {apart / at_once:.1f} x")
        lines.append(f"| {name} | {' | '.join(figures)} |")
    return "\n".join(lines)


def _json(numbers: Any) -> bytes:
    return json.dumps({"instances": numbers.tolist()}).encode()


def _csv(numbers: Any) -> bytes:
    return "\n".join(",".join(map(repr, row)) for row in numbers.tolist()).encode()


def _best(plain: Any, limit: int, read: Callable[[bytes], Any], body: bytes, expected: Any) -> float:
    plain.LONG_TEXT_BYTES = limit
    answer = read(body)
    # Columns, where no array was made.
    if not np.array_equal(answer if isinstance(answer, np.ndarray) else np.array(answer).T, expected):
        raise RuntimeError("the numbers were read wrong")
    return min(timeit.repeat(lambda: read(body), number=CALLS, repeat=ROUNDS)) / CALLS * 1e6


if __name__ == "__main__":
    print(measure())
