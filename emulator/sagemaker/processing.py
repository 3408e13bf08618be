"""Processing jobs: create, describe, list, stop."""

from __future__ import annotations

from emulator.edge import Call
from emulator.errors import AwsError
from emulator.sagemaker import processing_run
from emulator.sagemaker.jobs import Jobs, stop
from emulator.sagemaker.local_storage import refuse_local_storage
from emulator.sagemaker.processing_job import ProcessingJob
from emulator.sagemaker.requests import Params, answers, echo, invalid, page
from emulator.sagemaker.roles import require_trust

_jobs = Jobs(ProcessingJob)
stop_all = _jobs.stop_all
_ROOT = "/opt/ml/processing"


@answers("CreateProcessingJob")
def _create(call: Call) -> Params:
    request, region = call.params, call.region
    name = request["ProcessingJobName"]
    _jobs.require_free(region, name)
    _validate(request)
    require_trust(request["RoleArn"], ProcessingJob.arn_of(region, name))
    job = ProcessingJob(echo(request), region)
    _jobs.add(job, request)
    processing_run.start(job)
    return {"ProcessingJobArn": job.arn}


def _validate(request: Params) -> None:
    """Raises ValidationException for what SageMaker refuses, and for what the emulator does not do."""
    cluster = request["ProcessingResources"]["ClusterConfig"]
    if cluster.get("VolumeKmsKeyId"):
        refuse_local_storage("VolumeKmsKeyId", cluster["InstanceType"])
    if cluster["InstanceCount"] > 1:
        raise invalid("The emulator runs a processing job on one instance only.")
    names: list[str] = []
    paths: list[str] = []
    for one in request.get("ProcessingInputs") or ():
        if not one.get("S3Input"):
            raise invalid(f"The emulator reads S3 inputs only (input {one['InputName']}).")
        names.append(one["InputName"])
        paths.append(one["S3Input"].get("LocalPath") or "")
    for one in (request.get("ProcessingOutputConfig") or {}).get("Outputs") or ():
        if not one.get("S3Output"):
            raise invalid(f"The emulator writes S3 outputs only (output {one['OutputName']}).")
        names.append(one["OutputName"])
        paths.append(one["S3Output"]["LocalPath"])
    if len(names) != len(set(names)):
        raise invalid("Names of processing inputs and outputs must be unique within a processing job.")
    for path in paths:
        if not path.startswith(f"{_ROOT}/") or ".." in path.split("/"):
            raise invalid(f"LocalPath {path} is invalid. It must be a folder below {_ROOT}.")
    if len(paths) != len(set(paths)):
        raise invalid("LocalPath of each processing input and output must be unique.")


def find(region: str, name: str) -> ProcessingJob:
    """The job. Raises ResourceNotFound, as DescribeProcessingJob's reference names it."""
    job = _jobs.get(region, name)
    if job is None:
        raise AwsError("ResourceNotFound", "Requested resource not found.")
    return job


@answers("DescribeProcessingJob")
def _describe(call: Call) -> Params:
    return find(call.region, call.params["ProcessingJobName"]).describe()


@answers("StopProcessingJob")
def _stop(call: Call) -> None:
    stop(find(call.region, call.params["ProcessingJobName"]))


@answers("ListProcessingJobs")
def _list(call: Call) -> Params:
    lines = [job.summary() for job in _jobs.of(call.region)]
    return page(
        call.params, lines, "ProcessingJobSummaries", name="ProcessingJobName", status="ProcessingJobStatus"
    )
