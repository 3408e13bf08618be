"""The listing of a bucket and the archive of the live model, by clients made once."""

import boto3

from snapshot_data.logic import StoredObject

_S3 = boto3.client("s3")
_SAGEMAKER = boto3.client("sagemaker")


def listing(bucket: str, prefix: str) -> list[StoredObject]:
    """All objects below the prefix."""
    pages = _S3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [
        StoredObject(item["Key"], item["ETag"], item["Size"], item["LastModified"])
        for page in pages
        for item in page.get("Contents", [])
    ]


def champion_archive(group: str) -> str | None:
    """Address of the archive of the group's newest approved package, None when there is none."""
    pages = _SAGEMAKER.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=group,
        ModelApprovalStatus="Approved",
        SortBy="CreationTime",
        SortOrder="Descending",
    )
    # A page may be empty and yet have a next one.
    for page in pages:
        for summary in page["ModelPackageSummaryList"]:
            described = _SAGEMAKER.describe_model_package(ModelPackageName=summary["ModelPackageArn"])
            return described["InferenceSpecification"]["Containers"][0].get("ModelDataUrl")
    return None
