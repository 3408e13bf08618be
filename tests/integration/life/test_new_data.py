"""New data that nobody asks to train on."""

from __future__ import annotations

from typing import Any

from cli import training
from cli.session import Session
from emulator import clock
from sagemaker_lifecycle import names
from tests.integration.walking import ignore, packages
from tests.waiting import eventually

MODEL = "arriving"
FILES = 10
# AWS seconds after the first file: enough for a training that would not wait for more.
PAUSE = 180


def executions(life: Session) -> list[dict[str, Any]]:
    client = life.client("stepfunctions")
    [machine] = [
        each["stateMachineArn"]
        for each in client.list_state_machines()["stateMachines"]
        if each["name"] == names.state_machine_name("dev", MODEL)
    ]
    return client.list_executions(stateMachineArn=machine)["executions"]


def test_ten_files_within_the_debounce_train_once_on_all(life: Session) -> None:
    bucket = life.output("foundation", "DataBucketName")
    for number in range(FILES):
        feet = 1000 + 100 * number
        life.client("s3").put_object(
            Bucket=bucket,
            Key=f"{names.data_prefix(MODEL)}{number}.csv",
            Body=f"SquareFeet,Price\n{feet},{50000 + 100 * feet}\n".encode(),
        )
        if number == 0:
            clock.sleep(PAUSE)
    ended = eventually(
        lambda: [each["status"] for each in executions(life)],
        lambda status: len(status) == FILES and "RUNNING" not in status,
    )
    assert ended == ["SUCCEEDED"] * FILES
    sagemaker = life.client("sagemaker")
    [job] = sagemaker.list_training_jobs(NameContains=f"dev-{MODEL}")["TrainingJobSummaries"]
    [package] = packages(life, MODEL)
    described = sagemaker.describe_model_package(ModelPackageName=package["ModelPackageArn"])
    metadata = described["CustomerMetadataProperties"]
    assert metadata["training_job"] == job["TrainingJobName"]
    assert job["TrainingJobName"].endswith(f"-{metadata['data_version']}")
    again = training.follow(life, training.start(life, life.model(MODEL)), ignore)
    assert (again.job, again.fresh) == (job["TrainingJobName"], False), "it was not trained on all ten files"
