"""How a model is fitted, by algorithm, with scikit-learn; predictors.py computes with what comes out."""

from collections.abc import Callable, Mapping

import numpy as np
from artefact import Array
from sklearn.linear_model import LinearRegression

Estimator = Callable[[Array, Array, Mapping[str, str]], dict[str, Array]]


def linear_regression(rows: Array, targets: Array, settings: Mapping[str, str]) -> dict[str, Array]:
    """Ordinary least squares. Setting: `fit-intercept`, "true" (the default) or "false"."""
    model = LinearRegression(fit_intercept=settings.get("fit-intercept", "true") == "true")
    model.fit(rows, targets)
    return {
        "coefficients": np.asarray(model.coef_, dtype=np.float64),
        "intercept": np.asarray(model.intercept_, dtype=np.float64),
    }


ESTIMATORS: dict[str, Estimator] = {"linear-regression": linear_regression}
