"""What a training and a model take of memory follows from the algorithm, its hyperparameters and the data.

tests/unit/algorithms/test_memory_bounds.py holds the figures against real processes.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from cli import memory
from cli.memory import DataSize
from sagemaker_lifecycle.spec import ModelSpec
from tests.unit.cli.conftest import FOREST

MILLION = DataSize(10**6, 20, 19)
CLASSES: dict[str, Any] = {"task": "classification", "gate": {"metric": "accuracy", "threshold": 0.5}}
MACHINE: dict[str, Any] = {"algorithm": "svm"}


def changed(**changes: Any) -> ModelSpec:
    return ModelSpec.model_validate({**FOREST.model_dump(exclude_unset=True), **changes})


def with_own(**own: Any) -> ModelSpec:
    return changed(hyperparameters=own)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"algorithm": "linear-regression"}, "the model itself takes a few kB"),
        ({"algorithm": "linear-learner"}, "the model itself takes a few kB"),
        ({**MACHINE, "hyperparameters": {"kernel": "linear"}}, "the model itself takes a few kB"),
        (MACHINE, "a machine that keeps all of 1000000 rows takes at most 306 MiB"),
        (
            {**MACHINE, "hyperparameters": {"kernel": ["rbf", "linear"]}},
            "a machine that keeps all of 1000000 rows takes at most 306 MiB",
        ),
        ({"algorithm": "xgboost"}, "what the model itself takes is not estimated for xgboost"),
        (
            {},
            "a forest of 100 trees on 1000000 rows takes at most 4.6 GiB while it is loaded "
            "(max_depth and min_samples_leaf make it smaller)",
        ),
        (
            {"hyperparameters": {"max_depth": 10}},
            "a forest of 100 trees on 1000000 rows takes at most 10 MiB while it is loaded",
        ),
    ],
    ids=str,
)
def test_what_a_model_takes_follows_from_its_algorithm(changes: dict[str, Any], told: str) -> None:
    assert memory.of_a_loaded_model(changed(**changes), MILLION).words == told


@pytest.mark.parametrize(
    ("own", "share"),
    [
        ({"n_estimators": 50}, 0.5),
        ({"n_estimators": {"min": 10, "max": 400}}, 4),
        ({"n_estimators": [10, 200, 50]}, 2),
        ({"min_samples_leaf": 10}, 0.1),
        ({"min_samples_leaf": 10.0, "max_depth": 40.0, "n_estimators": 200.0}, 0.2),
        ({"n_estimators": [50.0, 300]}, 3),
        ({"min_samples_leaf": {"min": 10, "max": 20}}, 1),
        ({"max_depth": 9}, 2**10 / (1.28 * 800_000)),
        ({"max_depth": 40}, 1),
        ({"max_depth": {"min": 2, "max": 4}}, 1),
    ],
    ids=str,
)
def test_a_forest_is_as_large_as_its_hyperparameters_let_it_grow(own: dict[str, Any], share: float) -> None:
    usual, model = with_own(), with_own(**own)
    loaded = memory.of_a_loaded_model(model, MILLION).gib / memory.of_a_loaded_model(usual, MILLION).gib
    (_, ours), (_, theirs) = (memory.of_training(one, MILLION) for one in (model, usual))
    assert (loaded, ours.gib / theirs.gib) == pytest.approx((share, share))


def test_rows_that_are_held_out_grow_no_forest() -> None:
    halved = changed(training={"validation_fraction": 0.5})
    assert memory.of_a_loaded_model(halved, MILLION).gib / memory.of_a_loaded_model(
        FOREST, MILLION
    ).gib == pytest.approx(5 / 8)


def test_a_machine_of_many_classes_has_a_weight_for_every_two_of_them() -> None:
    machine = changed(**CLASSES, **MACHINE)
    two, ten = (memory.of_a_loaded_model(machine, DataSize(10**6, 20, 19, n)).gib for n in (2, 10))
    assert ten / two == (19 + 45) / (19 + 1)


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"algorithm": "linear-regression"}, [r" rows x 20 columns take 2\.2 GiB or so while they are read"]),
        ({"algorithm": "xgboost"}, [" rows x 20 columns take "]),
        (
            {"algorithm": "script"},
            [" rows x 20 columns take ", "the code itself .* not estimated for script"],
        ),
        (MACHINE, [" rows x 20 columns take ", r"folds that are fitted at a time take at most 2\.1 GiB"]),
        ({}, [" rows x 20 columns take ", r"100 trees on 1000000 rows takes at most 11\.4 GiB while it is"]),
    ],
    ids=str,
)
def test_what_a_training_takes_follows_from_the_algorithm(changes: dict[str, Any], parts: list[str]) -> None:
    told = memory.of_training(changed(**changes), MILLION)
    for part, expected in zip(told, parts, strict=True):
        assert re.search(expected, part.words), part.words


def test_categories_and_dates_take_columns_of_their_own_in_the_fitted_matrix() -> None:
    linear = changed(algorithm="linear-regression")
    (_, spread) = memory.of_training(linear, DataSize(10**6, 20, 220))
    assert spread.words == "220 columns of categories and dates spread out take 4.5 GiB"
    assert spread.gib == 10**6 * 200 * 24 / 2**30
