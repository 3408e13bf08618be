"""The tuning job's request, checked against the service's own model, and its states."""

import json
from functools import cache
from typing import Any

import pytest

from tests.unit.constructs.test_training_execution import execute
from tests.unit.constructs.test_training_request import CLASSES, job, model, request_of, validated
from tests.unit.constructs.training_machines import definition_of, machine_template
from tests.unit.synthesis import statement_of, written

TUNED: dict[str, Any] = {
    "algorithm": "random-forest",
    "hyperparameters": {
        "n_estimators": 200,
        "max_depth": {"min": 3, "max": 12},
        "max_features": {"min": 0.1, "max": 1, "scale": "logarithmic"},
        "min_samples_leaf": [1, 5],
    },
    "training": {"tuning": {"max_jobs": 6, "max_parallel": 2}, "seed": 7, "spot": True},
}


def test_the_request_is_one_that_sagemaker_accepts() -> None:
    request = validated(request_of(model(**TUNED)), "CreateHyperParameterTuningJob")
    assert len(request["HyperParameterTuningJobName"]) == 32
    assert "HyperParameters" not in request["TrainingJobDefinition"]


def test_the_longest_names_are_still_short_enough() -> None:
    request = validated(request_of(model(**TUNED, name="a" * 63)), "CreateHyperParameterTuningJob")
    assert len(request["HyperParameterTuningJobName"]) == 32


def test_ranges_are_searched_and_the_rest_is_told_to_every_trial() -> None:
    request = request_of(model(**TUNED))
    assert request["HyperParameterTuningJobConfig"]["ParameterRanges"] == {
        "IntegerParameterRanges": [
            {"Name": "max_depth", "MinValue": "3", "MaxValue": "12", "ScalingType": "Auto"}
        ],
        "ContinuousParameterRanges": [
            {"Name": "max_features", "MinValue": "0.1", "MaxValue": "1", "ScalingType": "Logarithmic"}
        ],
        "CategoricalParameterRanges": [{"Name": "min_samples_leaf", "Values": ["1", "5"]}],
    }
    static = request["TrainingJobDefinition"]["StaticHyperParameters"]
    assert (static["n_estimators"], static["sagemaker_program"]) == ("200", "train.py")
    assert "max_depth" not in static


@pytest.mark.parametrize(
    ("changes", "objective"),
    [
        ({}, {"Type": "Minimize", "MetricName": "validation:rmse"}),
        (CLASSES, {"Type": "Maximize", "MetricName": "validation:accuracy"}),
    ],
)
def test_the_gate_says_what_is_best(changes: dict[str, Any], objective: dict[str, str]) -> None:
    config = request_of(model(**{**TUNED, **changes}))["HyperParameterTuningJobConfig"]
    assert config["HyperParameterTuningJobObjective"] == objective
    assert config["ResourceLimits"] == {"MaxNumberOfTrainingJobs": 6, "MaxParallelTrainingJobs": 2}
    assert (config["Strategy"], config["RandomSeed"]) == ("Bayesian", 7)


def test_trials_run_on_spot_capacity_and_share_no_checkpoints() -> None:
    trial = request_of(model(**TUNED))["TrainingJobDefinition"]
    assert trial["EnableManagedSpotTraining"] is True
    assert "CheckpointConfig" not in trial


def test_the_machine_waits_for_all_rounds_of_trials() -> None:
    assert job(model(**TUNED)).longest_seconds == 2 * 7200 * 3


@cache
def template() -> dict[str, Any]:
    return machine_template(model(**TUNED))


def state(name: str) -> dict[str, Any]:
    return definition_of(template())["States"][name]


def test_the_tuning_job_is_waited_for_and_its_best_trial_registered() -> None:
    assert state("Train")["Resource"].endswith(":states:::sagemaker:createHyperParameterTuningJob.sync")
    assert state("Register")["Parameters"] == {"tuning_job.$": "$.job.name", "data.$": "$.data"}
    assert state("Result")["Parameters"]["training_job.$"] == "$.registration.training_job"


def test_a_tuning_job_of_another_execution_is_waited_for() -> None:
    assert state("ExistingJob")["Parameters"] == {"HyperParameterTuningJobName.$": "$.job.name"}
    [running, failed] = state("IsItRunning")["Choices"]
    assert {each["Variable"] for each in running["Or"]} == {"$.existing.HyperParameterTuningJobStatus"}
    assert (failed["StringEquals"], failed["Next"]) == ("Failed", "TrialOfExistingJob")
    assert state("TrialOfExistingJob")["Next"] == "DidTrialGetInstances"
    [without] = state("DidTrialGetInstances")["Choices"]
    assert without["Next"] == "NextAttempt"
    assert state("DidTrialGetInstances")["Default"] == state("IsItRunning")["Default"] == "Register"


def after_a_failure(trials: list[dict[str, str]]) -> str:
    """Where the execution goes on when the tuning job has failed, with those trials."""
    asked = state("NewestTrial")
    looked_up: dict[str, Any] = {
        "Type": "Pass",
        "InputPath": "$.answer",
        "Parameters": asked["ResultSelector"],
        "ResultPath": asked["ResultPath"],
        "Next": asked["Next"],
    }
    given = {"answer": {"TrainingJobSummaries": trials}, "job": {"waits": {"Train": {"seconds": 1920}}}}
    ends = {
        name: {"Type": "Pass", "Parameters": {"went": name}, "End": True}
        for name in ("UntilTrainGetsInstances", "DidTheJobFail")
    }
    states = {"NewestTrial": looked_up, "DidTrainGetInstances": state("DidTrainGetInstances"), **ends}
    execution = execute({"StartAt": "NewestTrial", "States": states}, given)
    return json.loads(execution["output"])["went"]


@pytest.mark.parametrize(
    ("trials", "went"),
    [
        ([{"FailureReason": "CapacityError: Unable to provision"}], "UntilTrainGetsInstances"),
        ([{"FailureReason": "AlgorithmError: exit code: 1"}], "DidTheJobFail"),
        ([{"TrainingJobStatus": "Completed"}], "DidTheJobFail"),
        ([], "DidTheJobFail"),
    ],
)
def test_the_newest_trial_says_whether_a_tuning_job_got_no_instances(
    trials: list[dict[str, str]], went: str
) -> None:
    assert state("Train")["Catch"][-1]["Next"] == "NewestTrial"
    assert state("NewestTrial")["Next"] == "DidTrainGetInstances"
    asked = state("NewestTrial")["Parameters"]
    assert asked.pop("HyperParameterTuningJobName.$") == "$.job.name"
    validated({**asked, "HyperParameterTuningJobName": "t"}, "ListTrainingJobsForHyperParameterTuningJob")
    assert after_a_failure(trials) == went


def test_the_role_may_run_the_models_tuning_jobs_only() -> None:
    statement = statement_of(template(), "sagemaker:CreateHyperParameterTuningJob")
    assert "sagemaker:ListTrainingJobsForHyperParameterTuningJob" in statement["Action"]
    arn = written(statement["Resource"][0])
    assert ":hyper-parameter-tuning-job/t" in arn
    assert arn.endswith("?????-*")
