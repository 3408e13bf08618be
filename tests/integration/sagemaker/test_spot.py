"""Spot instances that are taken away, and capacity that is missing."""

from __future__ import annotations

import urllib.error
from typing import Any

import pytest

from .conftest import BUCKET, archive, wait_for

COUNTING = """
import os, pathlib, signal, sys, time
model = pathlib.Path(os.environ["SM_MODEL_DIR"])
kept = model.parent / "checkpoints" / "count"
count = start = int(kept.read_text()) if kept.exists() else 0
print("starts at", start, flush=True)
def leave(*_):
    print("asked to leave", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
while count < int(os.environ["SM_HP_LIMIT"]):
    count += 1
    kept.write_text(str(count))
    time.sleep(0.1)
    if start == 0 and count == int(os.environ.get("SM_HP_PAUSE", "0")):
        signal.pause()
(model / "count").write_text(str(count))
"""


def _request(
    line: Any, script: str = COUNTING, limit: int = 25, pause: int = 0, **changes: Any
) -> dict[str, Any]:
    """Counts to ``limit``; from 0, it stops at ``pause`` until it is interrupted."""
    parameters = line.training_request()["HyperParameters"] | {"limit": str(limit), "pause": str(pause)}
    files = {"train.py": script}
    parameters["sagemaker_submit_directory"] = line.put(f"code/{line.name('c')}.tar.gz", archive(files))
    return line.training_request(HyperParameters=parameters, **changes)


def _spot(line: Any, **changes: Any) -> dict[str, Any]:
    return _request(
        line,
        EnableManagedSpotTraining=True,
        StoppingCondition={"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 90},
        CheckpointConfig={"S3Uri": f"s3://{BUCKET}/checkpoints/{line.name('c')}"},
        **changes,
    )


def _ended(line: Any, request: dict[str, Any]) -> dict[str, Any]:
    return wait_for(
        lambda: line.sagemaker.describe_training_job(TrainingJobName=request["TrainingJobName"]),
        lambda job: job["TrainingJobStatus"] in ("Completed", "Failed", "Stopped"),
    )


def test_an_interrupted_job_goes_on_from_its_checkpoint(line: Any) -> None:
    request = _spot(line, pause=5)
    name = request["TrainingJobName"]
    line.sagemaker.create_training_job(**request)
    prefix = request["CheckpointConfig"]["S3Uri"].removeprefix(f"s3://{BUCKET}/")
    wait_for(
        lambda: line.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("KeyCount"), lambda found: found
    )
    assert line.disturb(name, "interrupt") == {"hit": 1}
    job = _ended(line, request)
    assert [step["Status"] for step in job["SecondaryStatusTransitions"]] == [
        *("Starting", "Downloading", "Training", "Interrupted"),
        *("Starting", "Downloading", "Training", "Uploading", "Completed"),
    ]
    starts = [text for text in line.log("/aws/sagemaker/TrainingJobs", name) if "starts at" in text]
    assert starts[0] == "starts at 0"
    assert int(starts[1].rsplit(" ", 1)[1]) > 0
    assert "asked to leave" in line.log("/aws/sagemaker/TrainingJobs", name)
    assert job["BillableTimeInSeconds"] < job["TrainingTimeInSeconds"]


def test_nothing_to_interrupt_is_said(line: Any) -> None:
    with pytest.raises(urllib.error.HTTPError, match="400"):
        line.disturb("no-such-job", "interrupt")


def test_a_job_without_instances_fails_for_want_of_capacity(line: Any) -> None:
    request = _request(line, limit=1)
    line.disturb(request["TrainingJobName"], "capacity")
    line.sagemaker.create_training_job(**request)
    assert _ended(line, request)["FailureReason"].startswith("CapacityError: Unable to provision")


def test_spot_instances_that_never_come_are_waited_for_no_longer_than_allowed(line: Any) -> None:
    limits = {"MaxRuntimeInSeconds": 1, "MaxWaitTimeInSeconds": 1}
    request: dict[str, Any] = _spot(line) | {"StoppingCondition": limits}
    line.disturb(request["TrainingJobName"], "capacity")
    line.sagemaker.create_training_job(**request)
    job = _ended(line, request)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxWaitTimeExceeded")
    steps = [step["Status"] for step in job["SecondaryStatusTransitions"]]
    assert steps == ["Starting", "MaxWaitTimeExceeded"]


@pytest.mark.parametrize(("retries", "status"), [(1, "Completed"), (0, "Failed")])
def test_an_internal_error_is_retried_as_asked(line: Any, retries: int, status: str) -> None:
    request = _request(line, script="")
    if retries:
        request["RetryStrategy"] = {"MaximumRetryAttempts": retries}
    line.disturb(request["TrainingJobName"], "internal")
    line.sagemaker.create_training_job(**request)
    job = _ended(line, request)
    assert job["TrainingJobStatus"] == status
    restarted = "Restarting" in [step["Status"] for step in job["SecondaryStatusTransitions"]]
    assert restarted is bool(retries)


def test_every_instance_runs_the_script(line: Any) -> None:
    script = "import os, pathlib\nprint(os.environ['SM_CURRENT_HOST'], os.environ['SM_HOSTS'], flush=True)\n"
    script += "pathlib.Path(os.environ['SM_MODEL_DIR'], os.environ['SM_CURRENT_HOST']).touch()\n"
    resources = {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 1}
    request = _request(line, script, ResourceConfig=resources)
    line.sagemaker.create_training_job(**request)
    _ended(line, request)
    log = line.log("/aws/sagemaker/TrainingJobs", request["TrainingJobName"])
    assert sorted(log) == ['algo-1 ["algo-1","algo-2"]', 'algo-2 ["algo-1","algo-2"]']
