"""What numpy alone computes equals scikit-learn's own, fitted the same way here; features, gaps and all."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from artefact import Array
from checkpoints import Checkpoints
from csv_table import Column, Value
from faults import TrainingFaultError
from fitting import Job, fit, fit_pipeline, transformer_of
from inference import Model
from pipeline import EMPTY, Pipeline, expand
from settings import OWN
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR

TOLERANCE = 1e-9
MIXED = (
    Column("size", optional=True),
    Column("city", "category", optional=True),
    Column("pool", "boolean"),
    Column("built", "date", optional=True),
    Column("heating", "category"),
)


def mixed_columns(count: int, seed: int) -> list[list[Value]]:
    """Numbers, texts and dates with gaps; some cities are in few seeds only."""
    draw = np.random.default_rng(seed)
    cities = ["Basel", "Bern", "Chur", None, f"town {seed}"]
    return [
        [None if draw.random() < 0.1 else float(value) for value in draw.normal(100, 30, count)],
        [cities[index] for index in draw.integers(len(cities), size=count)],
        [float(value) for value in draw.integers(2, size=count)],
        [None if draw.random() < 0.1 else float(value) for value in draw.integers(-9000, 9000, count)],
        [("gas", "wood")[index] for index in draw.integers(2, size=count)],
    ]


def own(algorithm: str, **given: Any) -> dict[str, Any]:
    return {name: setting.default for name, setting in OWN[algorithm].items()} | given


def model_of(
    algorithm: str,
    features: Sequence[Column],
    columns: Sequence[Sequence[Value]],
    targets: Array,
    classes: tuple[str, ...] | None = None,
    **given: Any,
) -> Model:
    """Our model, with the classes of the targets when they are classes, fitted on the columns."""
    task = "regression" if classes is None else "classification"
    matrix, levels, steps = fit_pipeline(features, expand(features, columns), scaled=algorithm == "svm")
    job = Job(algorithm, task, 3, own(algorithm, **given), Checkpoints())
    objects = [{"name": item.name, "type": item.type, "optional": item.optional} for item in features]
    description = {
        "algorithm": algorithm,
        "task": task,
        "features": objects,
        "levels": levels,
        "target": "y",
        "classes": classes,
    }
    return Model(description, {**steps, **fit(job, matrix, targets)})


def numbers_of(data: Any) -> tuple[tuple[Column, ...], list[list[float]]]:
    return tuple(Column(f"x{index}") for index in range(data.data.shape[1])), data.data.T.tolist()


def difference(ours: Array, theirs: Any) -> float:
    return float(np.max(np.abs(ours - np.asarray(theirs)) / np.maximum(1, np.abs(theirs))))


@pytest.mark.parametrize("scaled", [False, True])
def test_the_matrix_is_the_one_of_scikit_learns_pipeline(scaled: bool) -> None:
    columns = mixed_columns(200, 1)
    rows = expand(MIXED, columns)
    transformer, cells = transformer_of(MIXED, rows, scaled=scaled)
    matrix, levels, steps = fit_pipeline(MIXED, rows, scaled=scaled)
    assert levels == [[EMPTY, "Basel", "Bern", "Chur", "town 1"], ["gas", "wood"]]
    ours = Pipeline(MIXED, levels, steps)
    assert difference(ours.of_columns(columns), transformer.fit_transform(cells)) == 0
    assert difference(ours.of_columns(columns), matrix) == 0
    others = mixed_columns(50, 2)
    _, other_cells = transformer_of(MIXED, expand(MIXED, others), scaled=scaled)
    assert difference(ours.of_columns(others), transformer.transform(other_cells)) == 0


def test_a_level_that_was_never_seen_is_zero_everywhere() -> None:
    pipeline = Pipeline((Column("city", "category"),), [["a", "b"]], {})
    assert pipeline.of_columns([["b", "c", None]]).tolist() == [[0, 1], [0, 0], [0, 0]]


def test_a_date_is_days_month_and_weekday() -> None:
    rows = expand((Column("day", "date", optional=True),), [[0.0, 59.0, -1.0, None]])
    # A Saturday, a Tuesday (2000-02-29), a Friday (1999-12-31), a gap.
    assert rows.numbers[:3].tolist() == [[0, 1, 5], [59, 2, 1], [-1, 12, 4]]
    assert np.isnan(rows.numbers[3]).all()


def test_an_identifier_is_no_category() -> None:
    feature = (Column("id", "category"),)
    with pytest.raises(TrainingFaultError, match="column 'id': 1001 different texts; allowed: 1000"):
        fit_pipeline(feature, expand(feature, [[str(index) for index in range(1001)]]), scaled=False)


@pytest.mark.parametrize("intercept", [True, False])
def test_linear_regression(intercept: bool) -> None:
    data = load_diabetes(scaled=False)
    features, columns = numbers_of(data)
    model = model_of("linear-regression", features, columns, data.target, fit_intercept=intercept)
    theirs = LinearRegression(fit_intercept=intercept).fit(data.data, data.target).predict(data.data)
    assert difference(model.answer(columns), theirs) < TOLERANCE


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"max_depth": 4, "min_samples_leaf": 3, "max_features": "sqrt"},
        {"n_estimators": 7, "max_features": 0.5},
    ],
)
def test_random_forest_of_a_regression(given: dict[str, Any]) -> None:
    data = load_diabetes(scaled=False)
    features, columns = numbers_of(data)
    model = model_of("random-forest", features, columns, data.target, **{"n_estimators": 20, **given})
    theirs = RandomForestRegressor(**{"n_estimators": 20, **given}, random_state=3)
    assert (
        difference(model.answer(columns), theirs.fit(data.data, data.target).predict(data.data)) < TOLERANCE
    )


@pytest.mark.parametrize("load", [load_iris, load_breast_cancer, load_digits])
def test_random_forest_of_a_classification(load: Any) -> None:
    data = load()
    features, columns = numbers_of(data)
    classes = tuple(map(str, range(len(data.target_names))))
    targets = data.target.astype(float)
    model = model_of("random-forest", features, columns, targets, classes, n_estimators=20)
    forest = RandomForestClassifier(n_estimators=20, random_state=3).fit(data.data, data.target)
    assert difference(model.answer(columns), forest.predict_proba(data.data)) < TOLERANCE
    predictions = model.predict(columns)
    assert predictions.values == [str(label) for label in forest.predict(data.data)]
    assert predictions.probabilities is not None
    assert list(predictions.probabilities[0]) == list(classes)


@pytest.mark.parametrize(
    ("given", "machine"),
    [
        ({}, SVR(epsilon=0.1)),
        ({"C": 2.0, "gamma": 0.05, "epsilon": 0.2}, SVR(C=2, gamma=0.05, epsilon=0.2)),
        # No row is a support vector.
        ({"epsilon": 10.0}, SVR(epsilon=10)),
        (
            {"kernel": "linear", "C": 0.5},
            LinearSVR(C=0.5, epsilon=0.1, max_iter=20_000, random_state=3, dual="auto"),
        ),
    ],
)
def test_svm_of_a_regression(given: dict[str, Any], machine: Any) -> None:
    data = load_diabetes(scaled=False)
    features, columns = numbers_of(data)
    model = model_of("svm", features, columns, data.target, **given)
    scaler = StandardScaler().fit(data.target.reshape(-1, 1))
    theirs = make_pipeline(StandardScaler(), machine)
    theirs.fit(data.data, scaler.transform(data.target.reshape(-1, 1)).ravel())
    expected = scaler.inverse_transform(theirs.predict(data.data).reshape(-1, 1)).ravel()
    assert difference(model.answer(columns), expected) < TOLERANCE


@pytest.mark.parametrize("gamma", [1e3, 1e6])
def test_a_machine_near_a_row_that_is_far_from_all_others(gamma: float) -> None:
    draw = np.random.RandomState(1)
    cells, targets = draw.randn(1500, 2), draw.randn(1500)
    cells[7:10, 0] = [1e6, 1e6 + 1, -1e6]
    features = [Column("a"), Column("b")]
    model = model_of("svm", features, cells.T.tolist(), targets, C=1000.0, gamma=gamma)
    center, scale = targets.mean(), targets.std()
    theirs = make_pipeline(StandardScaler(), SVR(C=1000, gamma=gamma, epsilon=0.1))
    theirs.fit(cells, (targets - center) / scale)
    asked = cells + draw.randn(1500, 2) * 1e-3
    expected = theirs.predict(asked) * scale + center
    assert difference(model.answer(asked.T.tolist()), expected) < TOLERANCE


@pytest.mark.parametrize("load", [load_breast_cancer, load_wine, load_iris])
@pytest.mark.parametrize(
    ("given", "machine"),
    [
        ({}, SVC()),
        ({"C": 3.0, "gamma": "auto"}, SVC(C=3, gamma="auto")),
        ({"kernel": "linear"}, LinearSVC(max_iter=20_000, random_state=3, dual="auto")),
    ],
)
def test_svm_of_a_classification(load: Any, given: dict[str, Any], machine: Any) -> None:
    data = load()
    features, columns = numbers_of(data)
    classes = tuple(map(str, range(len(data.target_names))))
    model = model_of("svm", features, columns, data.target.astype(float), classes, **given)
    scaler = StandardScaler()
    calibrated: Any = CalibratedClassifierCV(machine, ensemble=False)
    calibrated.fit(scaler.fit_transform(data.data), data.target)
    scaled = scaler.transform(data.data)
    assert difference(model.answer(columns), calibrated.predict_proba(scaled)) < TOLERANCE
    assert model.predict(columns).values == [str(label) for label in calibrated.predict(scaled)]


@pytest.mark.parametrize("algorithm", ["linear-regression", "random-forest", "svm"])
def test_features_of_all_types_with_gaps_and_unseen_levels(algorithm: str) -> None:
    columns, others = mixed_columns(300, 1), mixed_columns(100, 2)
    pairs = zip(*columns[:2], strict=True)
    targets = np.array([(size or 90) * 2 + (city == "Bern") * 40 for size, city in pairs])
    model = model_of(algorithm, MIXED, columns, targets)
    rows = expand(MIXED, columns)
    transformer, cells = transformer_of(MIXED, rows, scaled=algorithm == "svm")
    _, other_cells = transformer_of(MIXED, expand(MIXED, others), scaled=False)
    estimator: Any = {
        "linear-regression": LinearRegression(),
        "random-forest": RandomForestRegressor(random_state=3),
        "svm": SVR(),
    }[algorithm]
    scaler = StandardScaler().fit(targets.reshape(-1, 1))
    fitted = targets if algorithm != "svm" else scaler.transform(targets.reshape(-1, 1)).ravel()
    theirs = make_pipeline(transformer, estimator).fit(cells, fitted).predict(other_cells)
    if algorithm == "svm":
        theirs = scaler.inverse_transform(theirs.reshape(-1, 1)).ravel()
    assert difference(model.answer(others), theirs) < TOLERANCE
    assert difference(model.answer([values[:1] for values in others]), theirs[:1]) < TOLERANCE


def test_many_rows_are_computed_in_blocks_to_the_same_numbers() -> None:
    data = load_diabetes(scaled=False)
    features, columns = numbers_of(data)
    for algorithm in ("random-forest", "svm"):
        model = model_of(algorithm, features, columns, data.target)
        first = list(zip(*columns, strict=True))[:50]
        alone = [float(model.answer([[value] for value in row])[0]) for row in first]
        many = model.answer([values * 4 for values in columns])
        assert difference(many[:50], alone) < TOLERANCE
        assert difference(many[-442:-392], alone) < TOLERANCE


def test_numbers_beyond_the_precision_of_trees_are_no_prediction() -> None:
    data = load_diabetes(scaled=False)
    features, columns = numbers_of(data)
    model = model_of("random-forest", features, columns, data.target, n_estimators=3)
    answer = model.answer([[*values[:2], 1e39] for values in columns])
    assert np.isfinite(answer).tolist() == [True, True, False]


def test_fewer_rows_than_folds_take_fewer_folds() -> None:
    features, columns = (Column("x"),), [[0.0, 1.0, 5.0, 6.0]]
    model = model_of("svm", features, columns, np.array([0.0, 0, 1, 1]), ("a", "b"))
    assert model.answer(columns).shape == (4, 2)
