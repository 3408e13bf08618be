"""The hold-out and the metrics."""

import numpy as np
import pytest
from evaluation import baseline, class_metrics, hold_out, metrics, regression_metrics, row_keys
from pipeline import Expanded
from sklearn.dummy import DummyClassifier
from sklearn.metrics import (
    accuracy_score,
    f1_score,
    log_loss,
    mean_absolute_error,
    r2_score,
    roc_auc_score,
    root_mean_squared_error,
)


def keys(count: int) -> list[bytes]:
    return [f"row {index}".encode() for index in range(count)]


@pytest.mark.parametrize(
    ("count", "fraction", "held"),
    [(3, 0.2, 1), (5, 0.2, 1), (10, 0.2, 2), (100, 0.25, 25), (3, 0.9, 1), (4, 0.9, 2)],
)
def test_how_many_rows_are_held_out(count: int, fraction: float, held: int) -> None:
    assert len(hold_out(keys(count), fraction, 0)[1]) == held


@pytest.mark.parametrize("count", [3, 5, 50])
def test_every_row_is_on_one_side(count: int) -> None:
    fitted, held = hold_out(keys(count), 0.2, 7)
    assert sorted(fitted + held) == list(range(count))


def test_the_split_depends_on_the_seed() -> None:
    assert hold_out(keys(100), 0.2, 1) == hold_out(keys(100), 0.2, 1)
    assert hold_out(keys(100), 0.2, 1) != hold_out(keys(100), 0.2, 2)


def test_the_split_is_the_same_for_ever() -> None:
    assert hold_out(keys(10), 0.3, 0)[1] == [1, 2, 8]


def test_a_row_is_held_out_wherever_it_stands() -> None:
    rows = keys(50)
    held = {rows[index] for index in hold_out(rows, 0.2, 0)[1]}
    turned = rows[::-1]
    assert {turned[index] for index in hold_out(turned, 0.2, 0)[1]} == held


def test_rows_held_out_before_are_mostly_held_out_when_others_come() -> None:
    few, many = keys(1000), keys(1200)
    before, after = set(hold_out(few, 0.2, 0)[1]), set(hold_out(many, 0.2, 0)[1])
    assert len(before & after) > 0.9 * len(before)


def test_too_few_rows_cannot_be_split() -> None:
    with pytest.raises(ValueError, match="cannot be split: 2 rows; allowed: 3 or more"):
        hold_out(keys(2), 0.2, 0)


@pytest.mark.parametrize(
    ("counts", "held"), [((50, 30), (10, 6)), ((98, 2), (20, 1)), ((2, 2), (1, 1)), ((3, 40, 2), (1, 8, 1))]
)
def test_each_class_is_on_both_sides(counts: tuple[int, ...], held: tuple[int, ...]) -> None:
    classes = np.repeat(np.arange(len(counts)), counts).astype(float)
    fitted, out = hold_out(keys(len(classes)), 0.2, 0, classes)
    assert tuple(np.bincount(classes[out].astype(int))) == held
    assert sorted(fitted + out) == list(range(len(classes)))


def test_a_row_is_known_by_all_that_it_holds() -> None:
    def key(number: float, text: str, target: float) -> bytes:
        return row_keys(Expanded(np.array([[number]]), np.array([[text]], object)), np.array([target]))[0]

    different = {key(1, "a", 2), key(1.5, "a", 2), key(1, "b", 2), key(1, "a", 3), key(np.nan, "a", 2)}
    assert len(different) == 5
    assert key(0.0, "a", 2) == key(-0.0, "a", 2)


def test_metrics_of_a_regression_are_those_of_scikit_learn() -> None:
    generator = np.random.default_rng(0)
    actual, predicted = generator.normal(size=50), generator.normal(size=50)
    assert regression_metrics(actual, predicted) == pytest.approx(
        {
            "rmse": root_mean_squared_error(actual, predicted),
            "mae": mean_absolute_error(actual, predicted),
            "r2": r2_score(actual, predicted),
        },
        rel=1e-12,
    )


@pytest.mark.parametrize("actual", [[1.0], [2.0, 2.0]])
def test_r2_is_left_out_where_it_is_undefined(actual: list[float]) -> None:
    assert set(metrics(np.array(actual), np.array(actual))) == {"rmse", "mae"}


@pytest.mark.parametrize("classes", [2, 3])
def test_metrics_of_a_classification_are_those_of_scikit_learn(classes: int) -> None:
    generator = np.random.default_rng(0)
    actual = generator.integers(classes, size=60).astype(float)
    answer = generator.dirichlet(np.ones(classes), size=60)
    scores = answer[:, 1] if classes == 2 else answer
    predicted = answer.argmax(axis=1)
    assert metrics(actual, answer) == pytest.approx(
        {
            "accuracy": accuracy_score(actual, predicted),
            "f1": f1_score(actual, predicted, average="macro"),
            "roc_auc": roc_auc_score(actual, scores, multi_class="ovr"),
            "log_loss": log_loss(actual, answer),
        }
    )


def test_a_class_that_is_never_predicted_lowers_f1_without_a_warning() -> None:
    measured = class_metrics(np.array([0.0, 1.0, 1.0]), np.array([[0.1, 0.9]] * 3))
    assert measured["f1"] == pytest.approx(0.4)
    assert measured["roc_auc"] == 0.5


def test_the_baseline_of_a_regression_answers_the_mean_of_the_fitted_targets() -> None:
    answer = baseline(np.array([1.0, 3.0]), 1, None)
    assert metrics(np.array([5.0]), answer) == {"rmse": 3, "mae": 3}


def test_the_baseline_of_a_classification_answers_the_shares_of_the_classes() -> None:
    fitted, actual = np.array([0.0, 1.0, 1.0, 2.0]), np.array([1.0, 0.0, 2.0])
    expected = (
        DummyClassifier(strategy="prior")
        .fit(fitted.reshape(-1, 1), fitted)
        .predict_proba(actual.reshape(-1, 1))
    )
    answer = baseline(fitted, 3, 3)
    assert answer.tolist() == expected.tolist()
    assert metrics(actual, answer)["accuracy"] == pytest.approx(1 / 3)
    assert metrics(actual, answer)["roc_auc"] == 0.5
