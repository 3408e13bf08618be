"""People are told in words what an execution does: whatever state it is in."""

import pytest

from cli.training_progress import IN_WORDS
from tests.unit.constructs.test_training_request import model
from tests.unit.constructs.training_machines import definition_of, machine_template

TUNED = {
    "algorithm": "random-forest",
    "hyperparameters": {"max_depth": {"min": 3, "max": 12}},
    "training": {"tuning": {"max_jobs": 6, "max_parallel": 2}},
}
# They take moments only.
TOLD_OF_NONE = {
    "ChampionModel",
    "DeleteChampionModel",
    "NewestTrial",
    "TrialOfExistingJob",
}


@pytest.fixture(scope="module")
def slow() -> set[str]:
    """The states of all kinds of models that do something, or wait."""
    models = (model(algorithm="xgboost"), model(**TUNED), model(training={"on_new_data": True}))
    return {
        name
        for spec in models
        for name, state in definition_of(machine_template(spec))["States"].items()
        if state["Type"] in ("Task", "Wait")
    }


def test_every_state_that_takes_time_has_words(slow: set[str]) -> None:
    assert slow - IN_WORDS.keys() == TOLD_OF_NONE


def test_words_are_of_states_that_there_are(slow: set[str]) -> None:
    assert IN_WORDS.keys() - slow == set()
