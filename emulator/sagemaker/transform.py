"""Transform jobs: create, describe, list, stop."""

from __future__ import annotations

from emulator.edge import Call
from emulator.errors import AwsError
from emulator.sagemaker import models, transform_run
from emulator.sagemaker.jobs import Jobs, stop
from emulator.sagemaker.local_storage import refuse_local_storage
from emulator.sagemaker.requests import Params, answers, echo, invalid, page
from emulator.sagemaker.roles import require_trust
from emulator.sagemaker.transform_columns import Columns
from emulator.sagemaker.transform_job import TransformJob

_jobs = Jobs(TransformJob)
stop_all = _jobs.stop_all
PAYLOADS_LIMIT_MB = 100
"""Of MaxPayloadInMB, and of its product with MaxConcurrentTransforms (CreateTransformJob's reference)."""


@answers("CreateTransformJob")
def _create(call: Call) -> Params:
    request, region = call.params, call.region
    name = request["TransformJobName"]
    _jobs.require_free(region, name)
    model = models.find(region, request["ModelName"])
    _validate(request)
    role = model.get("ExecutionRoleArn")
    if not role:
        raise invalid(
            f"The emulator transforms with models that have a role; {request['ModelName']} has none."
        )
    require_trust(role, TransformJob.arn_of(region, name))
    job = TransformJob(echo(request), region, model=model)
    _jobs.add(job, request)
    transform_run.start(job)
    return {"TransformJobArn": job.arn}


def _validate(request: Params) -> None:
    """Raises ValidationException for what SageMaker refuses, and for what the emulator does not do."""
    _validate_limits(request)
    source, data = request["TransformInput"], request["TransformInput"]["DataSource"]["S3DataSource"]
    split = source.get("SplitType", "None")
    for member, value, allowed in (
        ("S3DataType", data["S3DataType"], ("S3Prefix",)),
        ("SplitType", split, ("None", "Line")),
        ("CompressionType", source.get("CompressionType", "None"), ("None",)),
        ("DataCaptureConfig", request.get("DataCaptureConfig"), (None,)),
    ):
        if value not in allowed:
            raise invalid(f"The emulator does no transform with {member} {value}.")
    _validate_processing(request, split)


def _validate_limits(request: Params) -> None:
    payload, at_once = request.get("MaxPayloadInMB"), request.get("MaxConcurrentTransforms") or 1
    if payload == 0:
        raise invalid("The emulator streams no payloads: MaxPayloadInMB must be 1 or more.")
    if payload and payload * at_once > PAYLOADS_LIMIT_MB:
        raise invalid(
            f"MaxPayloadInMB ({payload}) times MaxConcurrentTransforms ({at_once}) must not exceed "
            f"{PAYLOADS_LIMIT_MB} MB."
        )
    resources = request["TransformResources"]
    if resources.get("VolumeKmsKeyId"):
        refuse_local_storage("VolumeKmsKeyId", resources["InstanceType"])


def _validate_processing(request: Params, split: str) -> None:
    """SageMaker filters and joins JSON too, and whole files; here it is lines of CSV."""
    processing = request.get("DataProcessing") or {}
    filters = {member: processing.get(member, "$") for member in ("InputFilter", "OutputFilter")}
    if set(filters.values()) == {"$"} and processing.get("JoinSource", "None") == "None":
        return
    kind = request["TransformInput"].get("ContentType", "").partition(";")[0].strip().lower()
    assembled = request["TransformOutput"].get("AssembleWith", "None")
    if (kind, split, assembled) != ("text/csv", "Line", "Line"):
        raise invalid(
            "The emulator filters and joins text/csv only, with SplitType Line and AssembleWith Line."
        )
    for member, path in filters.items():
        try:
            Columns(path)
        except ValueError as error:
            raise invalid(f"{member} {path} is invalid: {error}.") from error


def find(region: str, name: str) -> TransformJob:
    """The job. Raises ResourceNotFound, as DescribeTransformJob's reference names it."""
    job = _jobs.get(region, name)
    if job is None:
        raise AwsError("ResourceNotFound", "Requested resource not found.")
    return job


@answers("DescribeTransformJob")
def _describe(call: Call) -> Params:
    return find(call.region, call.params["TransformJobName"]).describe()


@answers("StopTransformJob")
def _stop(call: Call) -> None:
    stop(find(call.region, call.params["TransformJobName"]))


@answers("ListTransformJobs")
def _list(call: Call) -> Params:
    lines = [job.summary() for job in _jobs.of(call.region)]
    return page(
        call.params, lines, "TransformJobSummaries", name="TransformJobName", status="TransformJobStatus"
    )
