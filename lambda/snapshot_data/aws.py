"""The listing of a bucket, by one client made once."""

import boto3

from snapshot_data.logic import StoredObject

_S3 = boto3.client("s3")


def listing(bucket: str, prefix: str) -> list[StoredObject]:
    """All objects below the prefix."""
    pages = _S3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [
        StoredObject(item["Key"], item["ETag"], item["Size"])
        for page in pages
        for item in page.get("Contents", [])
    ]
