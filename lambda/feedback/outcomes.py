"""What feedback must be: outcomes of predictions, checked. Pure.

`{"outcomes": [{"inference_id": …, "row": 0, "converted": true}, …]}`, or `"predicted"` and `"actual"` instead
of `"converted"` for a model whose outcomes are squared errors. `row` (0 when left out) is the instance of the
request that the outcome is about.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from handler_common import api, inference_id
from handler_common.api import ApiError
from handler_common.inference_id import Receipt

# One transaction takes 100 actions: an outcome needs two at most, the trial's record one.
MAX_OUTCOMES = 40
MAX_ROW = 99
FIELDS = {"conversion": ("converted",), "squared-error": ("predicted", "actual")}
# Fourth powers of errors must fit into DynamoDB's numbers: 1e-130 to 1e125.
LARGEST_ERROR = 1e30
_SMALLEST_ERROR = 1e-30


@dataclass(frozen=True)
class Outcome:
    """What became of one prediction. value: 1.0 or 0.0 of a conversion, or the squared error."""

    receipt: Receipt
    row: int
    value: float

    @property
    def place(self) -> str:
        """What it is the outcome of: there is one of each."""
        return f"{self.receipt.request}/{self.row}"


def read(document: object, kind: str) -> list[Outcome]:
    """The outcomes in the body of a request; raises ApiError 400 that names every field that is wrong."""
    entries = (
        document.get("outcomes") if isinstance(document, dict) and set(document) == {"outcomes"} else None
    )
    if not isinstance(entries, list) or not 1 <= len(entries) <= MAX_OUTCOMES:
        raise ApiError(
            400,
            "BadRequest",
            f'the body must be {{"outcomes": […]}} of 1 to {MAX_OUTCOMES} objects',
            "outcomes",
        )
    problems: list[tuple[str, str]] = []
    found = [read_one(entry, kind, f"outcomes[{i}]", problems) for i, entry in enumerate(entries)]
    if problems:
        raise api.bad_fields("BadOutcome", problems)
    return [outcome for outcome in found if outcome is not None]


def read_one(entry: object, kind: str, where: str, problems: list[tuple[str, str]]) -> Outcome | None:
    """The outcome; None, with what is wrong added to `problems`, when it is none."""
    if not isinstance(entry, dict):
        problems.append((where, "must be an object"))
        return None
    given = cast(Mapping[str, Any], entry)
    before = len(problems)
    fields = FIELDS[kind]
    problems += [
        (f"{where}.{name}", f"is no field; there is: inference_id, row, {', '.join(fields)}")
        for name in given
        if name not in ("inference_id", "row", *fields)
    ]
    receipt = inference_id.read(given.get("inference_id"))
    if receipt is None:
        problems.append((f"{where}.inference_id", "must be the inference_id of a prediction's answer"))
    row = given.get("row", 0)
    if not _is_whole(row) or not 0 <= row <= MAX_ROW:
        problems.append((f"{where}.row", f"must be a whole number from 0 to {MAX_ROW}"))
    value = _converted(given, where, problems) if kind == "conversion" else _error(given, where, problems)
    if receipt is None or len(problems) > before:
        return None
    return Outcome(receipt, row, value)


def _converted(given: Mapping[str, Any], where: str, problems: list[tuple[str, str]]) -> float:
    if not isinstance(given.get("converted"), bool):
        problems.append((f"{where}.converted", "must be true or false"))
        return 0.0
    return float(given["converted"])


def _error(given: Mapping[str, Any], where: str, problems: list[tuple[str, str]]) -> float:
    wrong = [
        (f"{where}.{name}", "must be a number")
        for name in ("predicted", "actual")
        if not _is_number(given.get(name))
    ]
    problems += wrong
    if wrong:
        return 0.0
    error = abs(float(given["predicted"]) - float(given["actual"]))
    if not error <= LARGEST_ERROR:
        problems.append((f"{where}.actual", f"must be within {LARGEST_ERROR:g} of predicted"))
        return 0.0
    return error * error if error >= _SMALLEST_ERROR else 0.0


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False
