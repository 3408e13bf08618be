"""Training jobs run the real script under the container contract, and fail as SageMaker's do."""

from __future__ import annotations

import io
import json
import tarfile
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import BUCKET, IMAGE, archive, wait_for


def _refusal(call: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.fixture(scope="module")
def job(line: Any) -> dict[str, Any]:
    """One job that went well, described."""
    return line.trained(Tags=[{"Key": "model", "Value": "house-prices"}])


def _log(line: Any, job: str) -> list[str]:
    return line.log("/aws/sagemaker/TrainingJobs", f"{job}/algo-1-")


def test_the_artefact_is_what_the_script_left_in_the_model_folder(line: Any, job: dict[str, Any]) -> None:
    address = job["ModelArtifacts"]["S3ModelArtifacts"]
    assert address == f"s3://{BUCKET}/jobs/{job['TrainingJobName']}/output/model.tar.gz"
    body = line.s3.get_object(Bucket=BUCKET, Key=address.removeprefix(f"s3://{BUCKET}/"))["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        assert tar.getnames() == ["code", "code/wsgi.py", "factor.json"]


def test_two_runs_leave_identical_artefacts(line: Any) -> None:
    keys = [
        job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix(f"s3://{BUCKET}/")
        for job in (line.trained(), line.trained())
    ]
    first, second = (line.s3.head_object(Bucket=BUCKET, Key=key)["ETag"] for key in keys)
    assert first == second


def test_hyperparameters_reach_the_script_as_the_toolkit_passes_them(line: Any, job: dict[str, Any]) -> None:
    log = _log(line, job["TrainingJobName"])
    assert 'arguments ["--factor", "100", "--features", "[\'SquareFeet\']", "--seed", "7"]' in log
    assert 'hyperparameters {"factor":100,"features":["SquareFeet"],"seed":7}' in log


def test_the_last_value_of_a_metric_is_the_final_one(line: Any, job: dict[str, Any]) -> None:
    assert [(m["MetricName"], m["Value"]) for m in job["FinalMetricDataList"]] == [("validation:rmse", 1.25)]
    found = line.client("cloudwatch").list_metrics(
        Namespace="/aws/sagemaker/TrainingJobs",
        Dimensions=[{"Name": "TrainingJobName", "Value": job["TrainingJobName"]}],
    )
    assert [metric["MetricName"] for metric in found["Metrics"]] == ["validation:rmse"]


def test_the_description_echoes_the_request_and_tells_the_way(line: Any, job: dict[str, Any]) -> None:
    request = line.training_request(TrainingJobName=job["TrainingJobName"])
    assert {name: job[name] for name in request} == request
    assert [step["Status"] for step in job["SecondaryStatusTransitions"]] == [
        "Starting",
        "Downloading",
        "Training",
        "Uploading",
        "Completed",
    ]
    assert job["BillableTimeInSeconds"] >= 1
    assert line.sagemaker.list_tags(ResourceArn=job["TrainingJobArn"])["Tags"] == [
        {"Key": "model", "Value": "house-prices"}
    ]


def test_a_name_is_used_once(line: Any, job: dict[str, Any]) -> None:
    request = line.training_request(TrainingJobName=job["TrainingJobName"])
    code, message = _refusal(line.sagemaker.create_training_job, **request)
    assert code == "ResourceInUse"
    assert "Training job names must be unique within an AWS account and region" in message


def test_a_job_is_in_progress_until_it_is_done(line: Any) -> None:
    request = line.training_request()
    line.sagemaker.create_training_job(**request)
    described = line.sagemaker.describe_training_job(TrainingJobName=request["TrainingJobName"])
    assert (described["TrainingJobStatus"], described["SecondaryStatus"]) == ("InProgress", "Starting")
    listed = line.sagemaker.list_training_jobs(StatusEquals="InProgress")["TrainingJobSummaries"]
    assert request["TrainingJobName"] in [one["TrainingJobName"] for one in listed]


def test_the_script_says_why_it_failed(line: Any) -> None:
    source = line.training_request()["InputDataConfig"][0]
    source["DataSource"]["S3DataSource"]["S3Uri"] = line.put("wrong/text.csv", b"SquareFeet\ntext\n")
    job = line.trained(InputDataConfig=[source])
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"] == "AlgorithmError: row 2 has a text cell, exit code: 1"
    assert "ModelArtifacts" not in job


def test_a_crash_is_quoted_in_the_failure_reason(line: Any) -> None:
    parameters = line.training_request()["HyperParameters"]
    parameters["sagemaker_submit_directory"] = line.put(
        "code/crash.tar.gz", archive({"train.py": "raise RuntimeError('no rows')"})
    )
    job = line.trained(HyperParameters=parameters)
    assert job["FailureReason"].startswith("AlgorithmError: ExecuteUserScriptError:")
    assert "RuntimeError: no rows" in job["FailureReason"]
    assert job["FailureReason"].endswith(", exit code: 1")


def _hanging(line: Any, **changes: Any) -> dict[str, Any]:
    source = line.training_request()["InputDataConfig"][0]
    source["DataSource"]["S3DataSource"]["S3Uri"] = line.put("slow/hang.csv", b"hang\n")
    return line.training_request(InputDataConfig=[source], **changes)


def test_a_job_that_takes_too_long_is_stopped(line: Any) -> None:
    request = _hanging(line, StoppingCondition={"MaxRuntimeInSeconds": 1})
    line.sagemaker.create_training_job(**request)
    job = wait_for(
        lambda: line.sagemaker.describe_training_job(TrainingJobName=request["TrainingJobName"]),
        lambda one: one["TrainingJobStatus"] != "InProgress",
    )
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")


def test_a_job_can_be_stopped(line: Any) -> None:
    request = _hanging(line)
    name = request["TrainingJobName"]
    line.sagemaker.create_training_job(**request)
    wait_for(
        lambda: line.sagemaker.describe_training_job(TrainingJobName=name)["SecondaryStatus"],
        lambda status: status == "Training",
    )
    line.sagemaker.stop_training_job(TrainingJobName=name)
    job = wait_for(
        lambda: line.sagemaker.describe_training_job(TrainingJobName=name),
        lambda one: one["TrainingJobStatus"] == "Stopped",
    )
    assert [step["Status"] for step in job["SecondaryStatusTransitions"]][-2:] == ["Stopping", "Stopped"]
    code, message = _refusal(line.sagemaker.stop_training_job, TrainingJobName=name)
    assert code == "ValidationException"
    assert "Stopped" in message


def test_an_image_of_the_users_own_cannot_run(line: Any) -> None:
    algorithm = line.training_request()["AlgorithmSpecification"]
    algorithm["TrainingImage"] = IMAGE.replace("sagemaker-scikit-learn", "my-own")
    job = line.trained(AlgorithmSpecification=algorithm)
    assert job["TrainingJobStatus"] == "Failed"
    assert "the embedded AWS runs no containers" in job["FailureReason"]


def test_an_empty_source_is_refused(line: Any) -> None:
    source = line.training_request()["InputDataConfig"][0]
    source["DataSource"]["S3DataSource"]["S3Uri"] = f"s3://{BUCKET}/nothing/"
    code, message = _refusal(
        line.sagemaker.create_training_job, **line.training_request(InputDataConfig=[source])
    )
    assert code == "ValidationException"
    assert message.startswith(f'No S3 objects found under S3 URL "s3://{BUCKET}/nothing/"')


def test_an_instance_type_that_sagemaker_does_not_know_is_refused(line: Any) -> None:
    resources = {"InstanceType": "ml.m5.huge", "InstanceCount": 1, "VolumeSizeInGB": 10}
    code, message = _refusal(
        line.sagemaker.create_training_job, **line.training_request(ResourceConfig=resources)
    )
    assert code == "ValidationException"
    assert "'ml.m5.huge' at 'resourceConfig.instanceType' failed to satisfy constraint" in message


def test_spot_needs_a_waiting_time(line: Any) -> None:
    code, message = _refusal(
        line.sagemaker.create_training_job, **line.training_request(EnableManagedSpotTraining=True)
    )
    assert code == "ValidationException"
    assert "MaxWaitTimeInSeconds" in message


def test_an_unknown_job_is_not_found(line: Any) -> None:
    assert _refusal(line.sagemaker.describe_training_job, TrainingJobName="no-such-job") == (
        "ValidationException",
        "Requested resource not found.",
    )


def test_other_output_is_packed_beside_the_model(line: Any) -> None:
    script = (
        "import os, pathlib\n"
        "pathlib.Path(os.environ['SM_OUTPUT_DATA_DIR'], 'report.json').write_text('{}')\n"
        "pathlib.Path(os.environ['SM_MODEL_DIR'], 'm').write_text(os.environ['TRAINING_JOB_NAME'])\n"
    )
    parameters = line.training_request()["HyperParameters"]
    parameters["sagemaker_submit_directory"] = line.put("code/output.tar.gz", archive({"train.py": script}))
    job = line.trained(HyperParameters=parameters)
    key = f"jobs/{job['TrainingJobName']}/output/output.tar.gz"
    body = line.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        assert tar.getnames() == ["report.json"]


def test_the_configuration_files_are_the_containers(line: Any) -> None:
    script = (
        "import os, pathlib\n"
        "for path in sorted(pathlib.Path(os.environ['SM_INPUT_CONFIG_DIR']).iterdir()):\n"
        "    print(path.name, path.read_text())\n"
    )
    parameters = line.training_request()["HyperParameters"]
    parameters["sagemaker_submit_directory"] = line.put("code/config.tar.gz", archive({"train.py": script}))
    job = line.trained(HyperParameters=parameters)
    files = dict(text.split(" ", 1) for text in _log(line, job["TrainingJobName"]))
    assert json.loads(files["hyperparameters.json"]) == parameters
    assert json.loads(files["resourceconfig.json"])["hosts"] == ["algo-1"]
    assert json.loads(files["inputdataconfig.json"])["train"]["TrainingInputMode"] == "File"


def test_code_that_reaches_outside_its_folder_is_refused(line: Any) -> None:
    parameters = line.training_request()["HyperParameters"]
    parameters["sagemaker_submit_directory"] = line.put(
        "code/outside.tar.gz", archive({"../train.py": "print('never')"})
    )
    job = line.trained(HyperParameters=parameters)
    assert job["TrainingJobStatus"] == "Failed"
    assert "../train.py" in job["FailureReason"]
