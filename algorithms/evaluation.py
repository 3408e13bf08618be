"""Measuring a model on rows that it has not seen."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from artefact import Array
from faults import TrainingFaultError
from learnable import held_out, rows_fault
from pipeline import Expanded

TOO_LARGE = "channel train: the numbers are too large to compute with"


def row_keys(rows: Expanded, targets: Array) -> list[bytes]:
    """What each row holds, its target included, in bytes."""
    # Adding 0 makes one zero of two.
    numbers = np.ascontiguousarray(np.column_stack([rows.numbers, targets]) + 0.0, dtype="<f8")
    keys: list[bytes] = numbers.view(f"V{numbers.shape[1] * numbers.itemsize}").ravel().tolist()
    if not rows.texts.shape[1]:
        return keys
    return [key + "\x1f".join(texts).encode() for key, texts in zip(keys, rows.texts, strict=True)]


def hold_out(
    keys: Sequence[bytes], fraction: float, seed: int, classes: Array | None = None
) -> tuple[list[int], list[int]]:
    """Indices of the rows to fit on and of the rows held out, each ascending, of 3 rows or more.

    Which ones are held out depends on what they hold and on the seed, through a hash: no version of a random
    generator changes it, and a row that is held out stays so when others come, so that a champion is measured
    on rows that it has not seen either. It is round(count x fraction) of them, at least 1, and 2 remain.
    classes: of each row; each class is split by itself, then, at least 1 on either side.
    """
    if fault := rows_fault(len(keys)):
        raise ValueError(f"cannot be split: {fault}")
    start = f"{seed}:".encode()
    ranks = np.frombuffer(b"".join([hashlib.sha256(start + key).digest() for key in keys]), dtype=">u8")[::4]
    held = np.zeros(len(keys), dtype=bool)
    if classes is None:
        held[_lowest(np.arange(len(keys)), ranks, fraction, remain=2)] = True
    else:
        for name in np.unique(classes):
            held[_lowest(np.flatnonzero(classes == name), ranks, fraction, remain=1)] = True
    return np.flatnonzero(~held).tolist(), np.flatnonzero(held).tolist()


def _lowest(indices: Array, ranks: Array, fraction: float, remain: int) -> Array:
    count = held_out(len(indices), fraction, remain)
    return indices[np.argsort(ranks[indices], kind="stable")[:count]]


def regression_metrics(actual: Array, predicted: Array) -> dict[str, float]:
    """rmse, mae and r2 of predictions; r2 is left out when it is undefined: one row, or equal targets."""
    errors = predicted - actual
    result = {
        "rmse": math.sqrt(float(np.mean(errors**2))),
        "mae": float(np.mean(np.abs(errors))),
    }
    spread = float(np.sum((actual - np.mean(actual)) ** 2))
    if len(actual) > 1 and spread > 0:
        result["r2"] = 1 - float(np.sum(errors**2)) / spread
    return result


def class_metrics(actual: Array, probabilities: Array) -> dict[str, float]:
    """accuracy, f1 (macro), roc_auc and log_loss of probabilities (n x k) for the classes 0..k-1.

    roc_auc: of the second of two classes; of more, the mean over one against the rest. Every class is there.
    """
    # A second of a job's time, which one that predicts numbers need not take.
    from sklearn.metrics import f1_score, log_loss, roc_auc_score

    predicted = np.argmax(probabilities, axis=1)
    labels = np.arange(probabilities.shape[1])
    scores = probabilities[:, 1] if len(labels) == 2 else probabilities
    # A class that is never predicted has the score 0, which is no cause for a warning.
    never: Any = 0
    return {
        "accuracy": float(np.mean(predicted == actual)),
        "f1": float(f1_score(actual, predicted, average="macro", labels=labels, zero_division=never)),
        "roc_auc": float(roc_auc_score(actual, scores, multi_class="ovr", labels=labels)),
        "log_loss": float(log_loss(actual, probabilities, labels=labels)),
    }


def metrics(actual: Array, answer: Array) -> dict[str, float]:
    """The metrics of an answer: n numbers of a regression, n x classes probabilities of a classification."""
    if answer.ndim == 2:
        return class_metrics(actual, answer)
    with np.errstate(over="ignore", invalid="ignore"):
        return regression_metrics(actual, answer)


def baseline(fitted: Array, count: int, classes: int | None) -> Array:
    """What is answered for `count` rows without looking at them: the mean of the fitted targets.

    classes: number of classes, whose shares of the fitted rows are answered: the majority is predicted.
    """
    if classes is None:
        with np.errstate(over="ignore"):
            return np.full(count, np.mean(fitted), dtype=np.float64)
    shares = np.bincount(fitted.astype(int), minlength=classes) / len(fitted)
    return np.tile(shares, (count, 1))


def require_finite(measured: Mapping[str, float]) -> None:
    """Raises TrainingFaultError where a metric is no finite number."""
    if not all(map(math.isfinite, measured.values())):
        raise TrainingFaultError(TOO_LARGE)


def print_metrics(measured: Mapping[str, float]) -> None:
    """A line each, in the form that the training job's MetricDefinitions look for.

    Raises TrainingFaultError, and prints none, where one is no finite number.
    """
    require_finite(measured)
    for name, value in measured.items():
        print(f"metric {name}={value!r};")
