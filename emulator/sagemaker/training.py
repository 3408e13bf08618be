"""Training jobs: create, describe, list, stop."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from emulator.edge import Call
from emulator.sagemaker import images, training_run
from emulator.sagemaker.jobs import Jobs, stop
from emulator.sagemaker.local_storage import refuse_local_storage
from emulator.sagemaker.requests import Params, answers, echo, invalid, page
from emulator.sagemaker.roles import RoleSession, require_trust, split_s3
from emulator.sagemaker.training_job import TrainingJob

_jobs = Jobs(TrainingJob)
stop_all = _jobs.stop_all


@answers("CreateTrainingJob")
def _create(call: Call) -> Params:
    request, region = call.params, call.region
    name = request["TrainingJobName"]
    _jobs.require_free(region, name)
    validate(request)
    require_trust(request["RoleArn"], TrainingJob.arn_of(region, name))
    require_data(request, region)
    return {"TrainingJobArn": begin(request, region).arn}


def begin(request: Params, region: str, tuning_job_arn: str | None = None) -> TrainingJob:
    """Start a job whose request has been checked. Raises ResourceInUse for a name that is taken."""
    job = TrainingJob(echo(request), region, tuning_job_arn=tuning_job_arn)
    _jobs.add(job, request)
    training_run.start(job)
    return job


def validate(request: Params) -> None:
    """Raises ValidationException for members that do not go together."""
    algorithm = request["AlgorithmSpecification"]
    if bool(algorithm.get("TrainingImage")) == bool(algorithm.get("AlgorithmName")):
        raise invalid("Exactly one of TrainingImage and AlgorithmName must be specified.")
    if not request["ResourceConfig"].get("InstanceType"):
        raise invalid("ResourceConfig needs an InstanceType: the emulator has no instance groups.")
    if request["ResourceConfig"].get("VolumeKmsKeyId"):
        refuse_local_storage("VolumeKmsKeyId", request["ResourceConfig"]["InstanceType"])
    names = [channel["ChannelName"] for channel in request.get("InputDataConfig") or []]
    if len(names) != len(set(names)):
        raise invalid("Channel names must be unique within a training job.")
    built_in = images.built_in(algorithm.get("TrainingImage"))
    if built_in and algorithm.get("MetricDefinitions"):
        raise invalid(
            "You can't override the metric definitions for Amazon SageMaker algorithms. Please retry the "
            "request without specifying metric definitions."
        )
    _validate_limits(request, can_keep=built_in is None or built_in.checkpoints)


_UNKEPT_WAIT_SECONDS = 3600
"""Of a job on spot instances whose algorithm keeps no checkpoints (guide, "Managed Spot Training")."""


def _validate_limits(request: Params, can_keep: bool) -> None:
    limits = request.get("StoppingCondition") or {}
    wait, limit = limits.get("MaxWaitTimeInSeconds"), limits.get("MaxRuntimeInSeconds", 86400)
    if request.get("EnableManagedSpotTraining"):
        if wait is None or wait < limit:
            raise invalid(
                f"Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to "
                f"MaxRuntimeInSeconds ({limit}) when EnableManagedSpotTraining is set."
            )
        if not can_keep and wait > _UNKEPT_WAIT_SECONDS:
            raise invalid(
                f"Invalid MaxWaitTimeInSeconds. It must be at most {_UNKEPT_WAIT_SECONDS} for an algorithm "
                "that keeps no checkpoints."
            )
    elif wait is not None:
        raise invalid("MaxWaitTimeInSeconds is only supported for managed spot training.")


def require_data(request: Params, region: str) -> None:
    """SageMaker lists every S3 source with the role's rights before it accepts a job."""
    session = RoleSession(request["RoleArn"], region)
    for channel in request.get("InputDataConfig") or []:
        source = (channel["DataSource"].get("S3DataSource")) or {}
        if not source:
            raise invalid(f"The emulator reads S3 data sources only (channel {channel['ChannelName']}).")
        bucket, prefix = split_s3(source["S3Uri"])
        said = ""
        try:
            listed = session.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1)
            if listed.get("KeyCount"):
                continue
        except ClientError as error:
            said = f" Error message from S3: {error.response['Error'].get('Message')}"  # pyright: ignore
        raise invalid(
            f'No S3 objects found under S3 URL "{source["S3Uri"]}" given in input data source. Please '
            f"ensure that the bucket exists in the selected region ({region}), that objects exist under "
            f'that S3 prefix, and that the role "{request["RoleArn"]}" has "s3:ListBucket" permissions on '
            f'bucket "{bucket}".{said}'
        )


def find(region: str, name: str) -> TrainingJob:
    """The job. Raises ValidationException "Requested resource not found."."""
    job = _jobs.get(region, name)
    if job is None:
        raise invalid("Requested resource not found.")
    return job


@answers("DescribeTrainingJob")
def _describe(call: Call) -> Params:
    return find(call.region, call.params["TrainingJobName"]).describe()


@answers("StopTrainingJob")
def _stop(call: Call) -> None:
    stop(find(call.region, call.params["TrainingJobName"]))


@answers("ListTrainingJobs")
def _list(call: Call) -> dict[str, Any]:
    summaries = [job.summary() for job in _jobs.of(call.region)]
    return page(
        call.params, summaries, "TrainingJobSummaries", name="TrainingJobName", status="TrainingJobStatus"
    )


def running() -> list[TrainingJob]:
    """Jobs that are training now."""
    return [job for job in _jobs.everywhere() if job.secondary == "Training"]
