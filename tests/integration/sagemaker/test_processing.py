"""Processing jobs run the real program between S3 folders, and end as SageMaker's do."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import BUCKET, IMAGE, wait_for

PROGRAM = """
import os, pathlib, sys, time
base = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
text = (base / "processing/input/data/rows.csv").read_text()
print("arguments", sys.argv[1:], flush=True)
if "--hang" in sys.argv:
    time.sleep(600)
(base / "output/message").write_text("two rows")
if "--fail" in sys.argv:
    sys.exit(3)
pathlib.Path(os.environ["TARGET"], "copy.csv").write_text(text)
"""


def _request(line: Any, *words: str, **changes: Any) -> dict[str, Any]:
    request: dict[str, Any] = {
        "ProcessingJobName": line.name("processing"),
        "RoleArn": line.role,
        "AppSpecification": {
            "ImageUri": IMAGE,
            "ContainerEntrypoint": ["python3", "/opt/ml/processing/input/code/program.py"],
            "ContainerArguments": ["plain", *words],
        },
        "Environment": {"TARGET": "/opt/ml/processing/output/train"},
        "ProcessingResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
        },
        "ProcessingInputs": [
            _input("code", line.put("processing/program.py", PROGRAM.encode())),
            _input("data", line.put("processing/rows.csv", b"1,2\n3,4\n")),
        ],
        "ProcessingOutputConfig": {"Outputs": [_output(f"s3://{BUCKET}/prepared/train")]},
        "StoppingCondition": {"MaxRuntimeInSeconds": 180},
    }
    return request | changes


def _input(name: str, address: str) -> dict[str, Any]:
    source = {"S3Uri": address, "LocalPath": f"/opt/ml/processing/input/{name}", "S3DataType": "S3Prefix"}
    return {"InputName": name, "S3Input": {**source, "S3InputMode": "File"}}


def _output(address: str, path: str = "/opt/ml/processing/output/train") -> dict[str, Any]:
    target = {"S3Uri": address, "LocalPath": path, "S3UploadMode": "EndOfJob"}
    return {"OutputName": "train", "S3Output": target}


def _ended(line: Any, request: dict[str, Any]) -> dict[str, Any]:
    line.sagemaker.create_processing_job(**request)
    name = request["ProcessingJobName"]
    return wait_for(
        lambda: line.sagemaker.describe_processing_job(ProcessingJobName=name),
        lambda one: one["ProcessingJobStatus"] in ("Completed", "Failed", "Stopped"),
    )


def test_inputs_arrive_and_outputs_are_uploaded(line: Any) -> None:
    job = _ended(line, _request(line))
    assert (job["ProcessingJobStatus"], job.get("ExitMessage")) == ("Completed", "two rows")
    body = line.s3.get_object(Bucket=BUCKET, Key="prepared/train/copy.csv")["Body"].read()
    assert body == b"1,2\n3,4\n"
    log = line.log("/aws/sagemaker/ProcessingJobs", f"{job['ProcessingJobName']}/algo-1-")
    assert "arguments ['plain']" in log
    listed = line.sagemaker.list_processing_jobs(StatusEquals="Completed")["ProcessingJobSummaries"]
    assert job["ProcessingJobName"] in [one["ProcessingJobName"] for one in listed]


def test_a_job_without_an_instance_fails_for_want_of_capacity(line: Any) -> None:
    request = _request(line)
    line.disturb(request["ProcessingJobName"], "capacity")
    job = _ended(line, request)
    assert job["FailureReason"].startswith("CapacityError: Unable to provision")
    assert "ProcessingStartTime" not in job


def test_a_failed_program_leaves_its_message_and_no_outputs(line: Any) -> None:
    outputs = {"Outputs": [_output(f"s3://{BUCKET}/never")]}
    job = _ended(line, _request(line, "--fail", ProcessingOutputConfig=outputs))
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"] == "AlgorithmError: See job logs for more information"
    assert job["ExitMessage"] == "two rows"
    assert line.s3.list_objects_v2(Bucket=BUCKET, Prefix="never").get("KeyCount") == 0


def test_a_program_that_takes_too_long_is_stopped(line: Any) -> None:
    job = _ended(line, _request(line, "--hang", StoppingCondition={"MaxRuntimeInSeconds": 1}))
    assert job["ProcessingJobStatus"] == "Stopped"


def test_a_processing_job_can_be_stopped_once(line: Any) -> None:
    request = _request(line, "--hang")
    name = request["ProcessingJobName"]
    line.sagemaker.create_processing_job(**request)
    wait_for(
        lambda: line.sagemaker.describe_processing_job(ProcessingJobName=name),
        lambda one: "ProcessingStartTime" in one,
    )
    line.sagemaker.stop_processing_job(ProcessingJobName=name)
    wait_for(
        lambda: line.sagemaker.describe_processing_job(ProcessingJobName=name)["ProcessingJobStatus"],
        lambda status: status == "Stopped",
    )
    with pytest.raises(ClientError, match="is in status Stopped"):
        line.sagemaker.stop_processing_job(ProcessingJobName=name)


def test_a_missing_input_fails_the_job(line: Any) -> None:
    job = _ended(line, _request(line, ProcessingInputs=[_input("data", f"s3://{BUCKET}/no-such/")]))
    assert f'No S3 objects found under S3 URL "s3://{BUCKET}/no-such/"' in job["FailureReason"]


@pytest.mark.parametrize("path", ["/opt/ml/other/train", "/opt/ml/processing/../train"])
def test_a_folder_outside_of_processing_is_refused(line: Any, path: str) -> None:
    outputs = {"Outputs": [_output(f"s3://{BUCKET}/x", path)]}
    with pytest.raises(ClientError, match="LocalPath"):
        line.sagemaker.create_processing_job(**_request(line, ProcessingOutputConfig=outputs))


def test_a_processing_name_is_used_once(line: Any) -> None:
    request = _request(line)
    _ended(line, request)
    with pytest.raises(ClientError) as caught:
        line.sagemaker.create_processing_job(**request)
    assert caught.value.response["Error"]["Code"] == "ResourceInUse"
