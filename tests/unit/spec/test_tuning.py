"""Ranges of hyperparameters, and how they are searched."""

from pathlib import Path

import pytest

from sagemaker_lifecycle.model_specs import load_model
from sagemaker_lifecycle.spec import ModelSpec, Range
from tests.unit.spec.conftest import write_scripts

FOREST = {"algorithm": "random-forest"}


def loaded(path: Path) -> ModelSpec:
    return load_model(path.parent)


def test_intervals_and_lists_are_ranges_and_the_rest_is_fixed(write_model) -> None:
    given = {
        "n_estimators": 200,
        "max_depth": {"min": 3, "max": 12},
        "max_features": ["sqrt", 0.5],
        "min_samples_leaf": {"min": 1, "max": 100, "scale": "logarithmic"},
    }
    spec = loaded(write_model(**FOREST, hyperparameters=given))
    assert spec.hyperparameters == {"n_estimators": 200}
    assert spec.ranges == (
        Range("max_depth", "integer", 3, 12),
        Range("max_features", "categorical", values=("sqrt", "0.5")),
        Range("min_samples_leaf", "integer", 1, 100, "logarithmic"),
    )
    assert spec.tuning is not None
    assert (spec.tuning.max_jobs, spec.tuning.max_parallel, spec.tuning.strategy) == (10, 2, "bayesian")


def test_whole_ends_of_a_number_that_need_not_be_whole_are_continuous(write_model) -> None:
    spec = loaded(write_model(algorithm="xgboost", hyperparameters={"gamma": {"min": 0, "max": 5}}))
    assert spec.ranges == (Range("gamma", "continuous", 0, 5),)


@pytest.mark.parametrize(("ends", "kind"), [((1, 5), "integer"), ((0.5, 5), "continuous")])
def test_a_scripts_range_is_whole_when_its_ends_are(write_model, ends: tuple, kind: str) -> None:
    given = {"depth": {"min": ends[0], "max": ends[1]}}
    path = write_model(algorithm="script", hyperparameters=given)
    write_scripts(path.parent)
    assert loaded(path).ranges[0].kind == kind


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"min": 5}, "lacks min or max; allowed: {min: ..., max: ..., scale: ...} or a list"),
        ({"min": 1, "max": 5, "step": 1}, "has the unknown key 'step'"),
        ({"min": 5, "max": 5}, "min 5 is not below max 5"),
        ({"min": 0, "max": 5}, "min 0 is not allowed; allowed: a whole number from 1"),
        ({"min": 1, "max": 2001}, "max 2001 is not allowed"),
        ({"min": "1", "max": 5}, "min '1' is no number"),
        ({"min": 1, "max": 10**400}, "max 1000000"),
        ({"min": 1, "max": 5, "scale": ["linear"]}, "scale ['linear'] is unknown; allowed: auto, linear"),
        ([100, 100.0], "names a value twice"),
        ({"min": 1, "max": 5, "scale": "log"}, "scale 'log' is unknown; allowed: auto, linear, logarithmic"),
        (
            {"min": 1, "max": 5, "scale": "reverse_logarithmic"},
            "a reverse logarithmic scale takes numbers from 0",
        ),
        ([5], "a list to choose from has 1 values; allowed: 2 to 30"),
        (list(range(1, 32)), "a list to choose from has 31 values"),
        ([5, 5], "names a value twice"),
        ([5, 0], "0 is not allowed"),
    ],
)
def test_a_range_that_is_none_is_refused(refusals, value: object, said: str) -> None:
    (message,) = refusals(**FOREST, hyperparameters={"n_estimators": value})
    assert f"hyperparameters.n_estimators: {said}" in message


def test_a_logarithmic_scale_starts_above_nought(refusals) -> None:
    given = {"gamma": {"min": 0, "max": 1, "scale": "logarithmic"}}
    (message,) = refusals(algorithm="xgboost", hyperparameters=given)
    assert "gamma: min 0 is too small for a logarithmic scale" in message


def test_an_interval_of_words_is_refused(refusals) -> None:
    (message,) = refusals(algorithm="svm", hyperparameters={"kernel": {"min": 1, "max": 2}})
    assert "kernel: is no number; allowed: a list of rbf or linear" in message


def test_what_aws_own_algorithm_does_not_tune_is_refused(refusals) -> None:
    (message,) = refusals(algorithm="linear-learner", hyperparameters={"epochs": [5, 10]})
    assert "epochs: cannot be tuned; allowed: one fixed value" in message


def test_tuning_without_a_range_is_refused(refusals) -> None:
    (message,) = refusals(training={"tuning": {"max_jobs": 5}})
    assert "training.tuning: there is nothing to search" in message


def test_more_trials_at_a_time_than_in_all_are_refused(refusals) -> None:
    tuning = {"max_jobs": 1, "max_parallel": 2}
    found = refusals(**FOREST, training={"tuning": tuning}, hyperparameters={"n_estimators": [1, 2]})
    assert "training.tuning.max_parallel: 2 is above max_jobs 1" in found[0]


def test_hyperband_needs_an_algorithm_that_reports_while_it_trains(refusals) -> None:
    training = {"tuning": {"strategy": "hyperband"}}
    (message,) = refusals(**FOREST, training=training, hyperparameters={"n_estimators": [1, 2]})
    assert "training.tuning.strategy: hyperband stops trials early" in message


def test_grid_search_takes_lists_and_all_their_combinations(refusals, write_model) -> None:
    given = {"n_estimators": [1, 2], "max_depth": [3, 4, 5]}
    training = {"tuning": {"strategy": "grid", "max_jobs": 6}}
    assert loaded(write_model(**FOREST, training=training, hyperparameters=given)).tuning
    few = {"tuning": {"strategy": "grid", "max_jobs": 5}}
    (message,) = refusals(**FOREST, training=few, hyperparameters=given)
    assert "training.tuning.max_jobs: the lists have 6 combinations; allowed: 6" in message
    given["max_depth"] = {"min": 3, "max": 5}  # type: ignore[assignment]
    (message,) = refusals(**FOREST, training=training, hyperparameters=given)
    assert "hyperparameters.max_depth: grid search takes no interval" in message


def test_whole_numbers_are_told_as_such(write_model) -> None:
    given = {"n_estimators": 200.0, "max_depth": {"min": 3.0, "max": 12.0}, "min_samples_leaf": [1.0, 5]}
    spec = loaded(write_model(**FOREST, hyperparameters=given))
    assert spec.training_hyperparameters()["n_estimators"] == "200"
    depth, leaf = spec.ranges
    assert (str(depth.minimum), str(depth.maximum), leaf.values) == ("3", "12", ("1", "5"))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([1, "1"], "names a value twice"),
        ([True, "true"], "names a value twice"),
        (["a", "b" * 257], "is too long; allowed in a list: 256 characters"),
    ],
)
def test_a_list_for_a_script_is_one_of_different_texts(refusals, values: list, said: str) -> None:
    found = refusals(algorithm="script", hyperparameters={"depth": values})
    assert any("hyperparameters.depth: " in message and said in message for message in found)
