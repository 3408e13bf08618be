"""What a function and the templates must both know; each spells it, as functions ship without names.py."""

from collections.abc import Callable
from types import ModuleType

import pytest

from analyse_test import experiment, trial
from handler_common.names import package_group, parked_parameter, releases_parameter
from predict import trials
from sagemaker_lifecycle import names
from sagemaker_lifecycle.handler_function import LAMBDA_ROOT
from sagemaker_lifecycle.spec.experiment import LEAST_CHANGE


def test_releases_are_counted_where_the_dashboard_looks() -> None:
    # Read, not imported: the module makes its clients when it is.
    source = (LAMBDA_ROOT / "release_check" / "aws.py").read_text()
    assert f'METRIC_NAMESPACE = "{names.METRIC_NAMESPACE}"\n' in source
    assert f'"{names.RELEASES_METRIC}"' in source


def test_predictions_become_the_metric_that_the_alarm_looks_at() -> None:
    source = (LAMBDA_ROOT / "predict" / "metrics.py").read_text()
    assert f'NAMESPACE = "{names.METRIC_NAMESPACE}"\n' in source
    assert f'PREDICTION = "{names.PREDICTION_METRIC}"\n' in source


def test_outcomes_count_only_after_every_caller_has_the_new_share() -> None:
    assert trial.SETTLING_SECONDS >= trials.SECONDS


def test_the_share_moves_by_what_the_specification_promises() -> None:
    assert experiment.LEAST_CHANGE == LEAST_CHANGE


def test_verdicts_are_told_as_the_rule_expects_them() -> None:
    source = (LAMBDA_ROOT / "analyse_test" / "aws.py").read_text()
    assert f'EVENT_SOURCE = "{names.TRIAL_EVENT_SOURCE}"\n' in source
    assert f'EVENT_TYPE = "{names.TRIAL_EVENT_TYPE}"\n' in source


def test_a_file_of_outcomes_is_counted_for_the_model_in_its_key(load: Callable[[str], ModuleType]) -> None:
    feedback = load("feedback.handler")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(load("feedback.aws"), "lines", lambda *_: iter([]))
        file = {"key": f"{names.feedback_prefix('churn')}a.jsonl"}
        event = {"source": "aws.s3", "detail": {"bucket": {"name": "b"}, "object": file}}
        assert "wrong" in feedback.handler(event, None)


@pytest.mark.parametrize("model", ["houses", "a-model-of-" + "x" * 52])
def test_a_models_group_has_one_name(model: str) -> None:
    assert package_group(f"{names.prefix('prod')}-", model) == names.model_package_group_name("prod", model)


def test_a_models_memory_has_one_name() -> None:
    prefix = names.parameter_prefix("prod")
    assert releases_parameter(prefix, "houses") == names.releases_parameter("prod", "houses")
    assert parked_parameter(prefix, "houses") == names.parked_parameter("prod", "houses")
