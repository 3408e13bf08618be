"""Fitting support vector machines, with scikit-learn, and the arrays that their predictors take."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from artefact import Array
from joblib import parallel_config
from sklearn.calibration import CalibratedClassifierCV
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR

CALIBRATION_FOLDS = 5
# Steps of liblinear until it gives up; scikit-learn's default of 1000 is often too few.
LINEAR_STEPS = 20_000


def fit_regression(matrix: Array, targets: Array, *, seed: int, own: Mapping[str, Any]) -> dict[str, Array]:
    """Of the standardised target: C and epsilon would mean something else for every unit otherwise."""
    scaler: Any = StandardScaler().fit(targets.reshape(-1, 1))
    standard = scaler.transform(targets.reshape(-1, 1)).ravel()
    if own["kernel"] == "linear":
        machine: Any = LinearSVR(
            C=own["C"], epsilon=own["epsilon"], max_iter=LINEAR_STEPS, random_state=seed, dual="auto"
        )
    else:
        machine = SVR(C=own["C"], gamma=own["gamma"], epsilon=own["epsilon"])
    return {
        **_decision(machine.fit(matrix, standard)),
        "target_center": _array(scaler.mean_[0]),
        "target_scale": _array(scaler.scale_[0]),
    }


def fit_classification(
    matrix: Array, targets: Array, *, seed: int, own: Mapping[str, Any]
) -> dict[str, Array]:
    """With probabilities by sigmoids that are fitted on folds which the machine did not see."""
    smallest = int(np.bincount(targets.astype(int)).min())
    if own["kernel"] == "linear":
        machine: Any = LinearSVC(C=own["C"], max_iter=LINEAR_STEPS, random_state=seed, dual="auto")
    else:
        machine = SVC(C=own["C"], gamma=own["gamma"])
    # The type hints of scikit-learn's parameters lag behind: ensemble takes a bool.
    calibration: Any = CalibratedClassifierCV
    folds = min(CALIBRATION_FOLDS, smallest)
    calibrated = calibration(machine, method="sigmoid", cv=folds, ensemble=False, n_jobs=-1)
    # The libraries behind the machines let other threads run: processes would only cost their start.
    with parallel_config(backend="threading"):
        calibrated.fit(matrix, targets)
    fitted: Any = calibrated.calibrated_classifiers_[0]
    arrays = _decision(fitted.estimator)
    classes = len(calibrated.classes_)
    if own["kernel"] == "rbf" and classes > 2:
        arrays["pairs"] = _pairs(classes)
    return {
        **arrays,
        "slope": _array([sigmoid.a_ for sigmoid in fitted.calibrators]),
        "offset": _array([sigmoid.b_ for sigmoid in fitted.calibrators]),
    }


def _decision(machine: Any) -> dict[str, Array]:
    """The arrays of a fitted machine's decision, which the predictors' documentation lists."""
    if isinstance(machine, LinearSVC | LinearSVR):
        return {
            "coefficients": np.atleast_2d(_array(machine.coef_)).T.copy(),
            "intercept": np.atleast_1d(_array(machine.intercept_)),
        }
    vectors = _array(machine.support_vectors_)
    return {
        "support_vectors": vectors,
        "weights": _weights(machine),
        "intercept": _array(machine.intercept_),
        # SVC computes what `scale` and `auto` mean, and tells it nowhere else.
        "gamma": _array(machine._gamma),
    }


def _weights(machine: Any) -> Array:
    """Support vectors x decisions.

    Of several classes, row j - 1 of dual_coef_ holds the weights of class i's vectors against class j for
    i < j, and row j for i > j (https://scikit-learn.org/stable/modules/svm.html, "Details on multi-class
    strategies").
    """
    dual = _array(machine.dual_coef_)
    if len(dual) == 1:
        return dual.T.copy()
    ends = np.cumsum(machine.n_support_)
    slices = [slice(end - count, end) for end, count in zip(ends, machine.n_support_, strict=True)]
    columns: list[Array] = []
    for first in range(len(slices)):
        for second in range(first + 1, len(slices)):
            column = np.zeros(dual.shape[1])
            column[slices[first]] = dual[second - 1, slices[first]]
            column[slices[second]] = dual[first, slices[second]]
            columns.append(column)
    return np.column_stack(columns)


def _pairs(classes: int) -> Array:
    signs = np.zeros((classes * (classes - 1) // 2, classes))
    pairs = [(first, second) for first in range(classes) for second in range(first + 1, classes)]
    for row, (first, second) in enumerate(pairs):
        signs[row, first], signs[row, second] = 1, -1
    return signs


def _array(values: Any) -> Array:
    return np.asarray(values, dtype=np.float64)
