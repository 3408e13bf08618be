"""The metrics that the container computes itself: accuracy and f1, the plain mean over the classes.

Source: aws/sagemaker-xgboost-container, metrics/custom_metrics.py; its others (precision, recall and the
like) are not here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.floating[Any]]
HALF = 0.5


def _accuracy(labels: Numbers, predicted: Numbers) -> float:
    return float(np.mean(labels == predicted))


def _f1(labels: Numbers, predicted: Numbers) -> float:
    # Most jobs measure something else, and it takes as long to import as they take.
    from sklearn.metrics import f1_score

    return float(f1_score(labels, predicted, average="macro"))


CUSTOM: dict[str, Callable[[Numbers, Numbers], float]] = {"accuracy": _accuracy, "f1": _f1}


def measure(names: Sequence[str]) -> Callable[[Numbers, Any], list[tuple[str, float]]]:
    """What xgb.train takes as `custom_metric`: the named ones, of probabilities or of class numbers."""

    def measured(predictions: Numbers, data: Any) -> list[tuple[str, float]]:
        labels, predicted = data.get_label(), classes(predictions)
        return [(name, CUSTOM[name](labels, predicted)) for name in names]

    return measured


def classes(predictions: Numbers) -> Numbers:
    """Class numbers: the likeliest of a row of probabilities; of one probability a row, 1 above a half."""
    if predictions.ndim > 1:
        return predictions.argmax(axis=1).astype(float)
    inside = (predictions >= 0) & (predictions <= 1)
    return (predictions > HALF).astype(float) if inside.all() else predictions
