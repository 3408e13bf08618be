"""How tests of a challenger are judged, as model.yaml says it."""

from typing import Any

import pytest
from pydantic import ValidationError

from sagemaker_lifecycle.spec.experiment import Experiment
from tests.unit.constructs.test_training_request import model


def test_a_model_that_says_nothing_has_errors_for_numbers_and_conversions_for_classes() -> None:
    assert model().experiment.outcome_of("regression") == "squared-error"
    assert model().experiment.outcome_of("classification") == "conversion"
    assert Experiment(outcome="conversion").outcome_of("regression") == "conversion"


def test_nothing_is_done_about_a_verdict_unless_the_model_says_so() -> None:
    assert (model().experiment.auto_promote, model().experiment.thompson) == (False, None)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"outcome": "clicks"}, "Input should be 'conversion' or 'squared-error'"),
        ({"alpha": 0}, "greater than 0"),
        ({"alpha": 0.5}, "less than 0.5"),
        ({"minimum_samples": 1}, "greater than or equal to 2"),
        ({"loss_tolerance": -0.1}, "greater than or equal to 0"),
        ({"guardrails": {"latency_ratio": 0.5}}, "greater than or equal to 1"),
        ({"guardrails": {"error_margin": 1}}, "less than 1"),
        ({"thompson": {"min": 50, "max": 54}}, "54 is not 5 or more above min"),
        ({"thompson": {"min": 0}}, "greater than or equal to 1"),
        ({"promote": True}, "promote"),
    ],
)
def test_what_cannot_be_meant_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        model(experiment=given)
