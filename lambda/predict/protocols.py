"""How each kind of model is asked, and what it answers. Pure.

lifecycle: this project's own artefact, a script or a container. xgboost, linear-learner: AWS's own
algorithms, which read a CSV without header and answer scores
(https://docs.aws.amazon.com/sagemaker/latest/dg/LL-in-formats.html, xgboost.html).
"""

import json
from collections.abc import Sequence
from typing import Any, NoReturn

from predict.features import is_finite

LIFECYCLE = "lifecycle"
CLASSIFICATION = "classification"
PROTOCOLS = (LIFECYCLE, "xgboost", "linear-learner")
# From this probability on an answer is class 1.
HALF = 0.5


class BadAnswer(ValueError):
    """The model's answer is none that its protocol allows; the message goes after `the model's answer`."""


def content_type(protocol: str) -> str:
    """The Content-Type of a request's body."""
    return "application/json" if protocol == LIFECYCLE else "text/csv"


def body(protocol: str, rows: Sequence[Sequence[object]]) -> bytes:
    """Rows of checked values as the model takes them; null is an empty cell of a CSV."""
    if protocol == LIFECYCLE:
        return json.dumps({"instances": rows}).encode()
    return "\n".join(",".join("" if cell is None else repr(cell) for cell in row) for row in rows).encode()


def read(protocol: str, task: str, answer: bytes, rows: int) -> dict[str, list[Any]]:
    """`predictions`, and `probabilities` of classes when the model gives them; raises BadAnswer.

    A class of AWS's own algorithms is the text of its number, as every class is.
    """
    try:
        document = _JSON.decode(answer.decode())
    except (ValueError, RecursionError):
        raise BadAnswer("is not JSON") from None
    found = document if isinstance(document, dict) else {}
    predictions = _rows_of(found, "predictions", rows)
    if protocol != LIFECYCLE:
        return _scored(predictions, task)
    for prediction in predictions:
        if not (isinstance(prediction, str) or is_finite(prediction)):
            raise BadAnswer("holds a prediction that is no finite number and no label")
    if "probabilities" not in found:
        return {"predictions": predictions}
    probabilities = _rows_of(found, "probabilities", rows)
    for row in probabilities:
        if not isinstance(row, dict) or not all(map(is_finite, row.values())):
            raise BadAnswer("holds probabilities that are no finite numbers by label")
    return {"predictions": predictions, "probabilities": probabilities}


def _rows_of(document: dict[str, Any], key: str, rows: int) -> list[Any]:
    found = document.get(key)
    if not isinstance(found, list):
        raise BadAnswer(f"has no list `{key}`")
    if len(found) != rows:
        raise BadAnswer(f"has {len(found)} {key} for {rows} instances")
    return found


def _scored(predictions: list[Any], task: str) -> dict[str, list[Any]]:
    """Of `{"score": …}` a row: a number, the probability of class 1, or the probabilities of all classes."""
    scores: list[Any] = [
        prediction.get("score") if isinstance(prediction, dict) else None for prediction in predictions
    ]
    if not all(is_finite(score) or _is_list_of_numbers(score) for score in scores):
        raise BadAnswer("holds a score that is no finite number")
    if task != CLASSIFICATION:
        if not all(map(is_finite, scores)):
            raise BadAnswer("holds a score that is no finite number")
        return {"predictions": scores}
    by_class: list[list[float]] = [
        score if isinstance(score, list) else [1 - score, score] for score in scores
    ]
    labels = [
        _label(prediction.get("predicted_label"), row)
        for prediction, row in zip(predictions, by_class, strict=True)
    ]
    # The score of a linear model with another loss than the logistic one is no probability.
    if not all(0 <= part <= 1 for row in by_class for part in row):
        return {"predictions": labels}
    named = [{str(number): part for number, part in enumerate(row)} for row in by_class]
    return {"predictions": labels, "probabilities": named}


def _label(told: object, row: list[float]) -> str:
    if isinstance(told, int | float) and is_finite(told):
        return str(int(told))
    if len(row) == 2:
        return str(int(row[1] >= HALF))
    return str(row.index(max(row)))


def _is_list_of_numbers(score: object) -> bool:
    return isinstance(score, list) and len(score) > 1 and all(map(is_finite, score))


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


# Python's parser takes NaN, Infinity and -Infinity, which JSON does not have.
_JSON = json.JSONDecoder(parse_constant=_refuse_constant)
