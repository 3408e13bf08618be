"""How a model is fitted, with scikit-learn; pipeline.py and predictors.py compute with what comes out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from artefact import Array
from checkpoints import Checkpoints
from csv_table import Column
from faults import TrainingFaultError
from forest_arrays import fit_forest
from joblib import parallel_config
from pipeline import Expanded
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR

# A column with more different texts is an identifier, not a category.
LEVELS_LIMIT = 1000
CALIBRATION_FOLDS = 5
# Steps of liblinear until it gives up; scikit-learn's default of 1000 is often too few.
LINEAR_STEPS = 20_000
# Algorithms that measure distances between rows, so that all numbers must be of one size.
SCALED = ("svm",)


@dataclass(frozen=True)
class Job:
    """What every fit is given. own: the algorithm's own hyperparameters by name."""

    algorithm: str
    task: str
    seed: int
    own: Mapping[str, Any]
    checkpoints: Checkpoints


def fit_pipeline(
    features: Sequence[Column], rows: Expanded, *, scaled: bool
) -> tuple[Array, list[list[str]], dict[str, Array]]:
    """The matrix of the rows, the levels of each category, and the arrays of pipeline.Pipeline.

    Raises TrainingFaultError for a category with too many levels.
    """
    transformer, cells = transformer_of(features, rows, scaled=scaled)
    names = [feature.name for feature in features if feature.type == "category"]
    for name, texts in zip(names, rows.texts.T, strict=True):
        if (count := len(set(texts))) > LEVELS_LIMIT:
            message = f"{count} different texts; allowed: {LEVELS_LIMIT} of a category"
            raise TrainingFaultError(f"channel train: column {name!r}: {message}")
    matrix = np.asarray(transformer.fit_transform(cells), dtype=np.float64)
    fitted: Any = transformer.named_transformers_
    arrays: dict[str, Array] = {}
    steps = getattr(fitted.get("numbers"), "named_steps", {})
    if "simpleimputer" in steps:
        arrays["fill"] = steps["simpleimputer"].statistics_
    if "standardscaler" in steps:
        arrays["center"], arrays["scale"] = steps["standardscaler"].mean_, steps["standardscaler"].scale_
    levels = [list(map(str, known)) for known in fitted["categories"].categories_] if names else []
    return matrix, levels, arrays


def transformer_of(
    features: Sequence[Column], rows: Expanded, *, scaled: bool
) -> tuple[ColumnTransformer, Any]:
    """The pipeline, not fitted, and the cells of `rows` as it takes them.

    Gaps are filled where a feature may have any, with the median; a column of gaps alone with 0.
    """
    numbers: list[Any] = [FunctionTransformer()]
    if any(feature.optional for feature in features if feature.type != "category"):
        numbers.append(SimpleImputer(strategy="median", keep_empty_features=True))
    if scaled:
        numbers.append(StandardScaler())
    width, categories = rows.numbers.shape[1], rows.texts.shape[1]
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    parts: list[Any] = []
    if width:
        parts.append(("numbers", make_pipeline(*numbers), slice(0, width)))
    if categories:
        parts.append(("categories", encoder, slice(width, width + categories)))
    # Sums over columns round by the order in memory, and some fits magnify it: always row after row.
    numeric = np.ascontiguousarray(rows.numbers)
    cells: Any = np.hstack([numeric.astype(object), rows.texts]) if categories else numeric
    return ColumnTransformer(parts, sparse_threshold=0), cells


def fit(job: Job, matrix: Array, targets: Array) -> dict[str, Array]:
    """The arrays of the algorithm's predictor.

    targets: numbers, or the classes as 0..k-1, each there at least once.
    Raises TrainingFaultError, or ValueError from scikit-learn, when the rows cannot be fitted.
    """
    return _FITS[job.algorithm, job.task](job, matrix, targets)


def _linear_regression(job: Job, matrix: Array, targets: Array) -> dict[str, Array]:
    """Ordinary least squares."""
    model = LinearRegression(fit_intercept=job.own["fit_intercept"]).fit(matrix, targets)
    return {"coefficients": _array(model.coef_), "intercept": _array(model.intercept_)}


def _forest(job: Job, matrix: Array, targets: Array) -> dict[str, Array]:
    return fit_forest(
        matrix,
        targets,
        classes=job.task == "classification",
        seed=job.seed,
        own=job.own,
        kept=job.checkpoints,
    )


def _svm_regression(job: Job, matrix: Array, targets: Array) -> dict[str, Array]:
    """Of the standardised target: C and epsilon would mean something else for every unit otherwise."""
    scaler: Any = StandardScaler().fit(targets.reshape(-1, 1))
    standard = scaler.transform(targets.reshape(-1, 1)).ravel()
    own = job.own
    if own["kernel"] == "linear":
        machine: Any = LinearSVR(
            C=own["C"], epsilon=own["epsilon"], max_iter=LINEAR_STEPS, random_state=job.seed, dual="auto"
        )
    else:
        machine = SVR(C=own["C"], gamma=own["gamma"], epsilon=own["epsilon"])
    return {
        **_decision(machine.fit(matrix, standard)),
        "target_center": _array(scaler.mean_[0]),
        "target_scale": _array(scaler.scale_[0]),
    }


def _svm_classification(job: Job, matrix: Array, targets: Array) -> dict[str, Array]:
    """With probabilities by sigmoids that are fitted on folds which the machine did not see."""
    smallest = int(np.bincount(targets.astype(int)).min())
    if smallest < 2:
        message = f"a class has {smallest} row to fit on; allowed: 2 or more, for svm's probabilities"
        raise TrainingFaultError(f"channel train: {message}")
    own = job.own
    if own["kernel"] == "linear":
        machine: Any = LinearSVC(C=own["C"], max_iter=LINEAR_STEPS, random_state=job.seed, dual="auto")
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


_FITS: dict[tuple[str, str], Callable[[Job, Array, Array], dict[str, Array]]] = {
    ("linear-regression", "regression"): _linear_regression,
    ("random-forest", "regression"): _forest,
    ("random-forest", "classification"): _forest,
    ("svm", "regression"): _svm_regression,
    ("svm", "classification"): _svm_classification,
}
