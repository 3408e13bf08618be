"""How a model is fitted, with scikit-learn; pipeline.py and predictors.py compute with what comes out.

What one algorithm alone needs is imported when it is fitted: a small job is mostly imports.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from artefact import Array
from checkpoints import Checkpoints
from csv_table import Column
from faults import TrainingFaultError
from learnable import LEVELS_LIMIT
from pipeline import Expanded
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

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
    # Numbers that were left as the objects that they are among texts would make objects of the whole matrix.
    numbers: list[Any] = [FunctionTransformer(np.asarray, kw_args={"dtype": np.float64})]
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
    return _FITS[job.algorithm](job, matrix, targets)


def _linear_regression(job: Job, matrix: Array, targets: Array) -> dict[str, Array]:
    """Ordinary least squares."""
    model = LinearRegression(fit_intercept=job.own["fit_intercept"]).fit(matrix, targets)
    return {
        "coefficients": np.asarray(model.coef_, dtype=np.float64),
        "intercept": np.asarray(model.intercept_, dtype=np.float64),
    }


def _forest(job: Job, matrix: Array, targets: Array) -> dict[str, Array]:
    from forest_arrays import fit_forest

    return fit_forest(
        matrix,
        targets,
        classes=job.task == "classification",
        seed=job.seed,
        own=job.own,
        kept=job.checkpoints,
    )


def _svm(job: Job, matrix: Array, targets: Array) -> dict[str, Array]:
    import svm_arrays

    fit_task = svm_arrays.fit_classification if job.task == "classification" else svm_arrays.fit_regression
    return fit_task(matrix, targets, seed=job.seed, own=job.own)


_FITS: dict[str, Callable[[Job, Array, Array], dict[str, Array]]] = {
    "linear-regression": _linear_regression,
    "random-forest": _forest,
    "svm": _svm,
}
