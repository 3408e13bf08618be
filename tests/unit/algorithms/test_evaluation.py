"""The hold-out and the metrics."""

import numpy as np
import pytest
from evaluation import hold_out, measure, metrics
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error


@pytest.mark.parametrize(
    ("count", "fraction", "held"),
    [(3, 0.2, 1), (5, 0.2, 1), (10, 0.2, 2), (100, 0.25, 25), (3, 0.9, 1), (4, 0.9, 2)],
)
def test_how_many_rows_are_held_out(count: int, fraction: float, held: int) -> None:
    assert len(hold_out(count, fraction, 0)[1]) == held


@pytest.mark.parametrize("count", [3, 5, 50])
def test_every_row_is_on_one_side(count: int) -> None:
    fitted, held = hold_out(count, 0.2, 7)
    assert sorted(fitted + held) == list(range(count))


def test_the_split_depends_on_the_seed_alone() -> None:
    assert hold_out(100, 0.2, 1) == hold_out(100, 0.2, 1)
    assert hold_out(100, 0.2, 1) != hold_out(100, 0.2, 2)


def test_the_split_is_the_same_for_ever() -> None:
    assert hold_out(10, 0.3, 0)[1] == [4, 7, 9]


def test_too_few_rows_cannot_be_split() -> None:
    with pytest.raises(ValueError, match="2 rows cannot be split; allowed: 3 or more"):
        hold_out(2, 0.2, 0)


def test_metrics_are_those_of_scikit_learn() -> None:
    generator = np.random.default_rng(0)
    actual, predicted = generator.normal(size=50), generator.normal(size=50)
    assert metrics(actual, predicted) == pytest.approx(
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


def test_the_baseline_answers_the_mean_of_the_fitted_targets() -> None:
    measured = measure(np.array([1.0, 3.0]), np.array([5.0]), np.array([4.0]))
    assert measured == {"validation:rmse": 1, "validation:mae": 1, "baseline:rmse": 3}
