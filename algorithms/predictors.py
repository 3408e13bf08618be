"""What a fitted model computes, by algorithm: numpy alone, so that serving needs no scikit-learn."""

from collections.abc import Callable, Mapping

from artefact import Array

Predictor = Callable[[Mapping[str, Array], Array], Array]


def linear_regression(parameters: Mapping[str, Array], rows: Array) -> Array:
    """`rows` (n x features) times `coefficients` plus `intercept`: n predictions."""
    return rows @ parameters["coefficients"] + parameters["intercept"]


PREDICTORS: dict[str, Predictor] = {"linear-regression": linear_regression}
