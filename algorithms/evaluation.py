"""Measuring a model on rows that it has not seen."""

import hashlib
import math

import numpy as np
from artefact import Array

# Two rows to fit, one to measure.
MINIMUM_ROWS = 3


def hold_out(count: int, fraction: float, seed: int) -> tuple[list[int], list[int]]:
    """Indices of the rows to fit on and of the rows held out, each ascending, of `count` rows (3 or more).

    round(count x fraction) rows are held out, but at least 1, and so few that 2 remain. Which ones depends on
    count and seed alone, through a hash: no version of a random generator can change it.
    """
    if count < MINIMUM_ROWS:
        raise ValueError(f"{count} rows cannot be split; allowed: {MINIMUM_ROWS} or more")
    held = min(max(1, round(count * fraction)), count - 2)
    order = sorted(range(count), key=lambda index: hashlib.sha256(f"{seed}:{index}".encode()).digest())
    return sorted(order[held:]), sorted(order[:held])


def metrics(actual: Array, predicted: Array) -> dict[str, float]:
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


def measure(fitted: Array, held: Array, predicted: Array) -> dict[str, float]:
    """All metrics by the names that the training job reports.

    fitted, held: targets of the rows fitted on and held out. predicted: the model's answers for the latter.
    `baseline:rmse` is what always answering the mean of the fitted targets would reach.
    """
    result = {f"validation:{name}": value for name, value in metrics(held, predicted).items()}
    baseline = np.full(len(held), np.mean(fitted), dtype=np.float64)
    return {**result, "baseline:rmse": metrics(held, baseline)["rmse"]}
