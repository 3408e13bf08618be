"""Data uploaded, a training followed, its numbers told."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli import training
from cli.session import ROOT, CommandError, NotDeployed, Session
from tests.unit.cli.conftest import CALLER, PACKAGE, FakeAws, aws_error, with_outputs

ARN = "arn:aws:states:eu-west-1:123456789012:execution:m:1"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LIFECYCLE_MODELS", str(tmp_path / "models"))
    folder = tmp_path / "models" / "m" / "data"
    folder.mkdir(parents=True)
    return folder


def spec(kind: str = "local", path: str | None = "data") -> Any:
    return SimpleNamespace(name="m", source=SimpleNamespace(type=kind, path=path, local_path=path or "data"))


def test_each_csv_file_goes_to_the_models_own_prefix(session: Session, aws: FakeAws, data: Path) -> None:
    for name in ("b.csv", "a.csv", "notes.txt"):
        (data / name).write_text("x\n1\n")
    aws.says("cloudformation", "describe_stacks", with_outputs(DataBucketName="bucket"))
    aws.says("s3", "upload_file", {})
    assert training.upload(session, spec()) == [
        "s3://bucket/models/m/data/a.csv",
        "s3://bucket/models/m/data/b.csv",
    ]
    assert aws.asked("upload_file")[0] == {
        "Filename": str(data / "a.csv"),
        "Bucket": "bucket",
        "Key": "models/m/data/a.csv",
        "ExtraArgs": {"ContentType": "text/csv", "ChecksumAlgorithm": "SHA256"},
    }


def test_one_file_is_data_too(session: Session, aws: FakeAws, data: Path) -> None:
    (data / "a.csv").write_text("x\n1\n")
    (data / "b.csv").write_text("x\n1\n")
    aws.says("cloudformation", "describe_stacks", with_outputs(DataBucketName="bucket"))
    aws.says("s3", "upload_file", {})
    assert training.upload(session, spec(path="data/b.csv")) == ["s3://bucket/models/m/data/b.csv"]


def test_without_a_path_the_data_is_in_the_folder_data(session: Session, aws: FakeAws, data: Path) -> None:
    (data / "a.csv").write_text("x\n1\n")
    aws.says("cloudformation", "describe_stacks", with_outputs(DataBucketName="bucket"))
    aws.says("s3", "upload_file", {})
    assert training.upload(session, spec(path=None)) == ["s3://bucket/models/m/data/a.csv"]


def test_a_folder_without_data_is_named(session: Session, data: Path) -> None:
    with pytest.raises(CommandError, match=rf"^{data}: no \.csv file in it$"):
        training.upload(session, spec())


def test_data_that_is_elsewhere_is_not_uploaded(session: Session) -> None:
    with pytest.raises(CommandError, match="m: its data is in s3, there is nothing to upload"):
        training.upload(session, spec("s3", None))


def test_the_state_machine_is_that_of_the_account_and_region(session: Session, aws: FakeAws) -> None:
    aws.says("stepfunctions", "start_execution", {"executionArn": ARN})
    assert training.start(session, spec(), force=True) == ARN
    (asked,) = aws.asked("start_execution")
    assert (
        asked["stateMachineArn"] == "arn:aws:states:eu-west-1:123456789012:stateMachine:lifecycle-dev-train-m"
    )
    assert json.loads(asked["input"]) == {"force": True}


def test_a_model_that_is_not_deployed_is_told_as_such(session: Session, aws: FakeAws) -> None:
    aws.says("stepfunctions", "start_execution", aws_error("StateMachineDoesNotExist"))
    with pytest.raises(NotDeployed, match=r"^the training of m is not deployed: `make deploy-local`$"):
        training.start(session, spec())
    aws.says("stepfunctions", "start_execution", aws_error("ExecutionLimitExceeded"))
    with pytest.raises(ClientError, match="ExecutionLimitExceeded"):
        training.start(session, spec())


OUTPUT = {
    "training_job": "job",
    "data": {"objects": 1},
    "registration": {
        "package": PACKAGE,
        "status": "Rejected",
        "reason": "too far off",
        "metrics": {"validation:rmse": 0.5, "baseline:rmse": "inf"},
    },
}


def history(*states: str) -> Any:
    entered = [{"stateEnteredEventDetails": {"name": state}} for state in states]
    return {"events": [{"type": "ExecutionStarted"}, *entered]}


def test_a_training_is_followed_step_by_step_in_words(session: Session, aws: FakeAws) -> None:
    ended = {"status": "SUCCEEDED", "output": json.dumps(OUTPUT)}
    aws.says("stepfunctions", "describe_execution", {"status": "RUNNING"}, ended)
    waits = ("ExistingJob", "IsItRunning", "UntilItEnds", "ExistingJob", "IsItRunning", "NextAttempt")
    entered = history("Defaults", "Source"), history("Defaults", "Source", "Job", "Train", *waits, "Train")
    aws.says("stepfunctions", "get_execution_history", *entered)
    told: list[str] = []
    trained = training.follow(session, ARN, told.append)
    waiting = "waiting for the job of this data and code that is there already"
    assert told == ["looking at the stored data", "training", waiting, "training"]
    assert trained.__dict__ == {
        "fresh": True,
        "job": "job",
        "metrics": {"validation:rmse": 0.5, "baseline:rmse": float("inf")},
        "package": PACKAGE,
        "status": "Rejected",
        "reason": "too far off",
        "data": {"objects": 1},
    }


@pytest.mark.parametrize(
    ("ended", "message"),
    [
        ({"status": "FAILED", "cause": "a text cell"}, "training failed: a text cell"),
        ({"status": "TIMED_OUT", "error": "States.Timeout"}, "training timed_out: States.Timeout"),
        ({"status": "ABORTED"}, "training aborted: no reason was given"),
    ],
)
def test_a_training_that_does_not_succeed_is_an_error_with_its_reason(
    session: Session, aws: FakeAws, ended: Any, message: str
) -> None:
    aws.says("stepfunctions", "describe_execution", ended)
    aws.says("stepfunctions", "get_execution_history", history())
    with pytest.raises(CommandError, match=f"^{message}$"):
        training.follow(session, ARN, lambda _state: None)


def test_nothing_to_train_on_is_told_apart(session: Session, aws: FakeAws) -> None:
    cause = 'NoTrainingData: {"errorMessage": "no object below s3://b/", "stackTrace": []}'
    aws.says("stepfunctions", "describe_execution", {"status": "FAILED", "cause": cause})
    aws.says("stepfunctions", "get_execution_history", history())
    with pytest.raises(
        training.NoTrainingData, match=r"^training failed: NoTrainingData: no object below s3://b/$"
    ):
        training.follow(session, ARN, lambda _state: None)


BY_GATE = training.Trained(False, "job", {}, f"{PACKAGE}/3", "Rejected", "it passed", {})
BY_ADA = {
    "LastModifiedTime": 1,
    "LastModifiedBy": {"IamIdentity": {"Arn": CALLER}},
    "ApprovalDescription": "too bold",
}


@pytest.mark.parametrize(
    ("package", "reason"),
    [
        ({}, "it passed"),
        (
            {"LastModifiedTime": 1, "LastModifiedBy": {}},
            "v3 is of these data, and became Rejected later: no reason was given "
            "(the gate had said: it passed)",
        ),
        (
            BY_ADA,
            f"v3 is of these data, and became Rejected later by {CALLER}: too bold "
            "(the gate had said: it passed)",
        ),
    ],
)
def test_a_status_that_was_given_later_has_its_own_reason(
    session: Session, aws: FakeAws, package: Any, reason: str
) -> None:
    aws.says("sagemaker", "describe_model_package", package)
    assert training.decided_since(session, BY_GATE).reason == reason
    assert aws.asked("describe_model_package") == [{"ModelPackageName": f"{PACKAGE}/3"}]


def test_a_job_that_was_run_before_is_not_fresh(session: Session, aws: FakeAws) -> None:
    aws.says("stepfunctions", "describe_execution", {"status": "SUCCEEDED", "output": json.dumps(OUTPUT)})
    aws.says("stepfunctions", "get_execution_history", history("Source", "Train", "ExistingJob", "Register"))
    assert not training.follow(session, ARN, lambda _state: None).fresh


def test_a_training_with_more_events_than_a_page_is_followed_to_its_end(
    session: Session, aws: FakeAws
) -> None:
    aws.says("stepfunctions", "describe_execution", {"status": "SUCCEEDED", "output": json.dumps(OUTPUT)})
    pages = [history("Source", "Train", "ExistingJob"), history("NextAttempt", "Train", "Register")]
    aws.says("stepfunctions", "get_execution_history", pages)
    told: list[str] = []
    assert training.follow(session, ARN, told.append).fresh
    assert told[-1] == "judging the model and registering it"


def test_a_job_after_one_without_instances_is_fresh(session: Session, aws: FakeAws) -> None:
    aws.says("stepfunctions", "describe_execution", {"status": "SUCCEEDED", "output": json.dumps(OUTPUT)})
    states = ("Source", "Train", "ExistingJob", "NextAttempt", "Train", "Register")
    aws.says("stepfunctions", "get_execution_history", history(*states))
    assert training.follow(session, ARN, lambda _state: None).fresh


def test_the_state_machine_is_in_the_callers_partition(session: Session, aws: FakeAws) -> None:
    aws.says("sts", "get_caller_identity", {"Arn": "arn:aws-cn:sts::210987654321:assumed-role/r/s"})
    assert training.state_machine_arn(session, "m") == (
        "arn:aws-cn:states:eu-west-1:210987654321:stateMachine:lifecycle-dev-train-m"
    )


def test_the_states_that_tell_are_some_of_the_definitions() -> None:
    definition = (ROOT / "constructs/sagemaker_lifecycle/training_states.py").read_text()
    assert f'"{training.EXISTING_JOB}"' in definition
    assert f'"{training.TRAIN}"' in definition
