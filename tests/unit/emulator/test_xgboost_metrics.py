"""The metrics that the XGBoost container has and the library has not."""

from types import SimpleNamespace

import numpy as np
import pytest

from emulator.builtins.xgboost_metrics import measure

MANY = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.2, 0.5, 0.3]])


@pytest.mark.parametrize(
    ("predictions", "labels", "expected"),
    [
        (np.array([0.9, 0.4, 0.6, 0.2]), [1, 0, 0, 0], {"accuracy": 0.75, "f1": (2 / 3 + 4 / 5) / 2}),
        (MANY, [0, 1, 2], {"accuracy": 2 / 3, "f1": (1 + 2 / 3 + 0) / 3}),
        (np.array([0.0, 1.0, 2.0]), [0, 1, 1], {"accuracy": 2 / 3, "f1": (1 + 2 / 3 + 0) / 3}),
    ],
)
def test_probabilities_and_class_numbers_are_measured(
    predictions: np.ndarray, labels: list[int], expected: dict[str, float]
) -> None:
    data = SimpleNamespace(get_label=lambda: np.array(labels, dtype=float))
    measured = dict(measure(["accuracy", "f1"])(predictions, data))
    assert measured == pytest.approx(expected)
