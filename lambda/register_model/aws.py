"""Training jobs, the registry and reports on prepared data, by clients made once."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import boto3
from botocore.exceptions import ClientError

from handler_common import aws_errors, checksums, logs, package_metadata

_SAGEMAKER = boto3.client("sagemaker")
_S3 = boto3.client("s3")


def training_job(name: str) -> Mapping[str, Any]:
    """The described training job."""
    return _SAGEMAKER.describe_training_job(TrainingJobName=name)


def text_at(bucket: str, key: str) -> str:
    """The content of an object, which is UTF-8."""
    return _S3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()


def versions(bucket: str, prefix: str) -> list[Mapping[str, Any]]:
    """Of all objects below the prefix; none where a bucket of the user's own does not let them be listed."""
    pages = _S3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)
    try:
        return [version for page in pages for version in page.get("Versions", [])]
    except ClientError as error:
        if aws_errors.code(error) != "AccessDenied":
            raise
        logs.info("no versions", bucket=bucket, prefix=prefix)
        return []


def content(bucket: str, version: Mapping[str, Any]) -> str:
    """What tells the content of that version from another."""
    found = checksums.checksum(_S3, bucket, version["Key"], VersionId=version["VersionId"])
    return checksums.content(found, version["ETag"])


def tuning_job(name: str) -> Mapping[str, Any]:
    """The described tuning job."""
    return _SAGEMAKER.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)


def trials(tuning: str, order: str, most: int) -> list[Mapping[str, Any]]:
    """Summaries of at most so many trials by their metric; order: Ascending or Descending."""
    answer = _SAGEMAKER.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=tuning,
        SortBy="FinalObjectiveMetricValue",
        SortOrder=order,
        MaxResults=most,
    )
    return answer["TrainingJobSummaries"]


def package_of(job: str, group: str, since: datetime) -> Mapping[str, Any] | None:
    """The package that the job's model was registered as already; `since` is when the job was created."""
    for summary in _packages(ModelPackageGroupName=group, CreationTimeAfter=since):
        package = _package(summary["ModelPackageArn"])
        if package.get("CustomerMetadataProperties", {}).get(package_metadata.JOB) == job:
            return package
    return None


def create(request: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The package made of the request, described; None when another run made it at the same time."""
    try:
        arn = _SAGEMAKER.create_model_package(**request)["ModelPackageArn"]
    except ClientError as error:
        if aws_errors.code(error) == "ConflictException":
            return None
        raise
    return _package(arn)


def _packages(**filters: Any) -> Iterator[Mapping[str, Any]]:
    """Summaries, newest first. A page may be empty and yet have a next one."""
    pages = _SAGEMAKER.get_paginator("list_model_packages").paginate(
        SortBy="CreationTime", SortOrder="Descending", **filters
    )
    for page in pages:
        yield from page["ModelPackageSummaryList"]


def _package(arn: str) -> Mapping[str, Any]:
    return _SAGEMAKER.describe_model_package(ModelPackageName=arn)
