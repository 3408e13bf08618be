"""Tuning jobs try points of their ranges by real training jobs, and name the best."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import archive, wait_for

PARABOLA = """
import os, sys, time
x = float(os.environ["SM_HP_X"])
if "--fail" in sys.argv or x < -2:
    sys.exit("too far")
time.sleep(float(os.environ.get("SM_HP_PAUSE", "0")))
print(f"metric validation:rmse={(x - 0.25) ** 2};", os.environ["SM_HP__TUNING_OBJECTIVE_METRIC"])
open(os.path.join(os.environ["SM_MODEL_DIR"], "x"), "w").write(str(x))
"""


def _request(line: Any, *, static: dict[str, str] | None = None, **config: Any) -> dict[str, Any]:
    training = line.training_request()
    definition = {
        name: value for name, value in training.items() if name not in ("TrainingJobName", "HyperParameters")
    }
    code = line.put(f"code/{line.name('tuned')}.tar.gz", archive({"train.py": PARABOLA}))
    definition["StaticHyperParameters"] = {
        "sagemaker_program": "train.py",
        "sagemaker_submit_directory": code,
        **(static or {}),
    }
    return {
        "HyperParameterTuningJobName": line.name("tuning"),
        "TrainingJobDefinition": definition,
        "HyperParameterTuningJobConfig": {
            "Strategy": "Random",
            "RandomSeed": 7,
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "validation:rmse"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 3, "MaxParallelTrainingJobs": 2},
            "ParameterRanges": {"ContinuousParameterRanges": [_between("x", "0", "1")]},
            **config,
        },
    }


def _between(name: str, low: str, high: str, scaling: str = "Linear") -> dict[str, str]:
    return {"Name": name, "MinValue": low, "MaxValue": high, "ScalingType": scaling}


def _ended(line: Any, request: dict[str, Any]) -> dict[str, Any]:
    name = request["HyperParameterTuningJobName"]
    return wait_for(
        lambda: line.sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name),
        lambda job: job["HyperParameterTuningJobStatus"] in ("Completed", "Failed", "Stopped"),
        seconds=60,
    )


def test_trials_run_and_the_best_is_named(line: Any) -> None:
    request = _request(line)
    line.sagemaker.create_hyper_parameter_tuning_job(**request)
    job = _ended(line, request)
    assert job["HyperParameterTuningJobStatus"] == "Completed", job
    assert job["TrainingJobStatusCounters"]["Completed"] == 3
    assert job["ObjectiveStatusCounters"] == {"Succeeded": 3, "Pending": 0, "Failed": 0}
    trials = line.sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=job["HyperParameterTuningJobName"], SortBy="FinalObjectiveMetricValue"
    )["TrainingJobSummaries"]
    assert trials[0]["TrainingJobName"] == job["BestTrainingJob"]["TrainingJobName"]
    for trial in trials:
        x, value = (
            float(trial["TunedHyperParameters"]["x"]),
            trial["FinalHyperParameterTuningJobObjectiveMetric"],
        )
        assert value["Value"] == pytest.approx((x - 0.25) ** 2)
    best = line.sagemaker.describe_training_job(TrainingJobName=trials[0]["TrainingJobName"])
    assert best["TuningJobArn"] == job["HyperParameterTuningJobArn"]
    assert best["HyperParameters"]["_tuning_objective_metric"] == "validation:rmse"
    starts = sorted(trial["TrainingStartTime"] for trial in trials)
    ends = sorted(trial["TrainingEndTime"] for trial in trials)
    assert starts[2] > ends[0], "three ran at a time"


def test_every_combination_of_a_grid_is_tried_and_failures_are_counted(line: Any) -> None:
    grid = {"CategoricalParameterRanges": [{"Name": "x", "Values": ["-3", "0.5"]}]}
    request = _request(
        line, Strategy="Grid", ParameterRanges=grid, ResourceLimits={"MaxParallelTrainingJobs": 2}
    )
    line.sagemaker.create_hyper_parameter_tuning_job(**request)
    job = _ended(line, request)
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert job["TrainingJobStatusCounters"]["NonRetryableError"] == 1
    assert job["BestTrainingJob"]["TunedHyperParameters"] == {"x": "0.5"}


def test_a_job_whose_trials_all_fail_has_failed(line: Any) -> None:
    far = {"ContinuousParameterRanges": [_between("x", "-9", "-8")]}
    request = _request(
        line,
        ParameterRanges=far,
        ResourceLimits={"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1},
    )
    line.sagemaker.create_hyper_parameter_tuning_job(**request)
    job = _ended(line, request)
    assert job["HyperParameterTuningJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("All training jobs failed.")


def test_stopping_stops_the_trials(line: Any) -> None:
    request = _request(line, static={"pause": "60"})
    name = request["HyperParameterTuningJobName"]
    line.sagemaker.create_hyper_parameter_tuning_job(**request)
    wait_for(
        lambda: line.sagemaker.list_training_jobs(NameContains=name, StatusEquals="InProgress"),
        lambda found: len(found["TrainingJobSummaries"]) == 2,
    )
    line.sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    job = _ended(line, request)
    assert job["HyperParameterTuningJobStatus"] == "Stopped"
    assert job["TrainingJobStatusCounters"]["Stopped"] == 2


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"ResourceLimits": {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 2}}, "MaxParallel"),
        ({"Strategy": "Hyperband"}, "Hyperband"),
        ({"Strategy": "Grid"}, "categorical"),
        ({"ParameterRanges": {}}, "at least one tunable"),
        ({"ParameterRanges": {"ContinuousParameterRanges": [_between("x", "2", "1")]}}, "MaxValue of x"),
        (
            {"ParameterRanges": {"ContinuousParameterRanges": [_between("pause", "1", "2")]}},
            "static and tunable",
        ),
        (
            {"HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "validation:nothing"}},
            r"\[validation:nothing\], isn't valid",
        ),
    ],
)
def test_what_cannot_be_tuned_is_refused(line: Any, config: dict[str, Any], said: str) -> None:
    with pytest.raises(ClientError, match=said) as caught:
        line.sagemaker.create_hyper_parameter_tuning_job(**_request(line, static={"pause": "0"}, **config))
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_names_of_tuning_jobs_are_short_and_used_once(line: Any) -> None:
    request: dict[str, Any] = _request(line) | {"HyperParameterTuningJobName": "n" * 33}
    with pytest.raises(ClientError, match="length less than or equal to 32"):
        line.sagemaker.create_hyper_parameter_tuning_job(**request)
    request = _request(line)
    line.sagemaker.create_hyper_parameter_tuning_job(**request)
    with pytest.raises(ClientError, match="names must be unique"):
        line.sagemaker.create_hyper_parameter_tuning_job(**request)
    line.sagemaker.stop_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=request["HyperParameterTuningJobName"]
    )
