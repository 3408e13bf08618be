"""The states run by an interpreter of the Amazon States Language, with the tasks' answers given."""

import copy
import json
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.unit.constructs.test_training_definition import definition
from tests.waiting import eventually

ANSWERS: dict[str, Any] = {
    "Source": {
        "job_suffix": "0123456789ab",
        "retry_suffix": "0123456789ab-01234",
        "data_version": "0123456789ab",
        "superseded": False,
    },
    "Train": {"TrainingJobStatus": "Completed"},
    "Register": {"status": "Approved"},
}
DESCRIPTION = json.dumps({"TrainingJobName": "x", "FailureReason": 'AlgorithmError: cell "n/a"', "Status": 1})


def answering(**failures: dict[str, str]) -> dict[str, Any]:
    """The graph with each task replaced by its answer, or by a jump to where its failure is caught."""
    graph = copy.deepcopy(definition())
    for name, answer in ANSWERS.items():
        task = graph["States"][name]
        graph["States"][name] = {
            "Type": "Pass",
            "Result": answer,
            # As the task has it: without one the answer would replace all that the execution knows.
            "ResultPath": task.get("ResultPath", "$"),
            "Next": task["Next"],
        }
        if name in failures:
            caught = task["Catch"][-1]
            graph["States"][name] |= {
                "Result": failures[name],
                "ResultPath": caught["ResultPath"],
                "Next": caught["Next"],
            }
    del graph["States"]["ExistingJob"]["Retry"]
    return json.loads(json.dumps(graph).replace("<AWS::Partition>", "aws"))


def execute(graph: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        client = boto3.client("stepfunctions", region_name="us-east-1")
        machine = client.create_state_machine(
            name="machine", definition=json.dumps(graph), roleArn="arn:aws:iam::123456789012:role/states"
        )
        started = client.start_execution(
            stateMachineArn=machine["stateMachineArn"], name="run", input=json.dumps(given)
        )
        return eventually(
            lambda: client.describe_execution(executionArn=started["executionArn"]),
            lambda execution: execution["status"] != "RUNNING",
        )


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")


@pytest.mark.parametrize("given", [{}, {"force": True}, {"source": "aws.s3", "detail": {}}])
def test_an_execution_names_the_job_after_the_data_and_gives_what_was_registered(
    given: dict[str, Any],
) -> None:
    execution = execute(answering(), given)
    assert execution["status"] == "SUCCEEDED", execution
    assert json.loads(execution["output"]) == {
        "model": "houses",
        "training_job": "dev-houses-0123abcd-0123456789ab",
        "data": ANSWERS["Source"],
        "registration": {"status": "Approved"},
    }


def test_a_failed_job_fails_the_execution_with_the_jobs_own_reason() -> None:
    execution = execute(answering(Train={"Error": "States.TaskFailed", "Cause": DESCRIPTION}), {})
    assert execution["status"] == "FAILED"
    assert execution["error"] == "TrainingJobFailed"
    assert execution["cause"] == 'AlgorithmError: cell "n/a"'


@pytest.mark.parametrize(
    ("described", "cause"),
    [
        (
            {"TrainingJobStatus": "Stopped", "SecondaryStatus": "MaxRuntimeExceeded"},
            "the job was stopped: MaxRuntimeExceeded",
        ),
        (
            {"TrainingJobStatus": "Stopped", "SecondaryStatus": "MaxWaitTimeExceeded"},
            "the job was stopped: MaxWaitTimeExceeded",
        ),
        ({"ProcessingJobStatus": "Stopped"}, "the job was stopped: by hand, or at its longest run time"),
        (
            {"HyperParameterTuningJobStatus": "Stopped"},
            "the job was stopped: by hand, or at its longest run time",
        ),
        (
            {"ProcessingJobStatus": "Stopped", "ExitMessage": "houses.csv: is empty"},
            "houses.csv: is empty",
        ),
    ],
)
def test_a_stopped_job_fails_the_execution_with_a_line_that_says_so(
    described: dict[str, str], cause: str
) -> None:
    text = json.dumps({"RoleArn": "r", **described, "StoppingCondition": {}}, separators=(",", ":"))
    execution = execute(answering(Train={"Error": "States.TaskFailed", "Cause": text}), {})
    assert execution["status"] == "FAILED"
    assert (execution["error"], execution["cause"]) == ("TrainingJobFailed", cause)


def test_a_job_that_never_gets_instances_fails_the_execution_after_six_waits() -> None:
    reason = "CapacityError: Unable to provision"
    cause = json.dumps({"FailureReason": reason, "Status": 1}, separators=(",", ":"))
    graph = answering(Train={"Error": "States.TaskFailed", "Cause": cause})
    graph["States"]["UntilTrainGetsInstances"] = {
        "Type": "Pass",
        "Parameters": {"told.$": "States.Format('{} {}', $.waited.told, $.job.waits.Train.seconds)"},
        "ResultPath": "$.waited",
        "Next": graph["States"]["UntilTrainGetsInstances"]["Next"],
    }
    graph["States"]["Job"]["Parameters"] |= {"name": "first"}
    del graph["States"]["Job"]["Parameters"]["name.$"]
    graph["States"]["Job"]["Next"], begin = "Begin", graph["States"]["Job"]["Next"]
    graph["States"]["Begin"] = {
        "Type": "Pass",
        "Result": {"told": "waited"},
        "ResultPath": "$.waited",
        "Next": begin,
    }
    graph["States"]["JobFailed"]["CausePath"] = (
        "States.Format('{}: {} for {}', $.waited.told, $.description.job.FailureReason, $.job.name)"
    )
    execution = execute(graph, {})
    last = "dev-houses-0123abcd-0123456789ab-01234105"
    assert execution["cause"] == f"waited 60 120 240 480 960 1920: {reason} for {last}"


@pytest.mark.parametrize("error", ["NoTrainingData", "States.Timeout"])
def test_any_other_failure_says_what_it_was(error: str) -> None:
    execution = execute(answering(Source={"Error": error, "Cause": "no object below s3://data/"}), {})
    assert execution["status"] == "FAILED"
    assert execution["error"] == "TrainingFailed"
    assert execution["cause"] == f"{error}: no object below s3://data/"
