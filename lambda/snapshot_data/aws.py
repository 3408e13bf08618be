"""The listing of a bucket, and what is left in one, by a client made once."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
from botocore.config import Config

from handler_common import checksums
from snapshot_data.logic import NoTrainingData, StoredObject, is_data

# Requests at a time for checksums, one a file: a listing has their algorithms only.
WORKERS = 16
_S3 = boto3.client("s3", config=Config(max_pool_connections=WORKERS))


def listing(bucket: str, prefix: str) -> list[StoredObject]:
    """All objects below the prefix, those to train on with their checksums.

    Raises NoTrainingData when there is no such bucket: one of the user's own may have gone.
    """
    pages = _S3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    try:
        items = [item for page in pages for item in page.get("Contents", [])]
    except _S3.exceptions.NoSuchBucket as error:
        raise NoTrainingData(
            f"bucket {bucket} does not exist; source.bucket in model.yaml names it"
        ) from error
    with ThreadPoolExecutor(WORKERS) as pool:
        found = list(pool.map(lambda item: _checksum(bucket, item), items))
    return [
        StoredObject(item["Key"], item["ETag"], item["Size"], item["LastModified"], checksum)
        for item, checksum in zip(items, found, strict=True)
    ]


def put(address: str, text: str) -> None:
    """Leave a text at an `s3://` address."""
    bucket, _, key = address.removeprefix("s3://").partition("/")
    _S3.put_object(Bucket=bucket, Key=key, Body=text.encode(), ContentType="application/json")


def _checksum(bucket: str, item: Mapping[str, Any]) -> str | None:
    if not item.get("ChecksumAlgorithm") or not is_data(item["Key"]):
        return None
    return checksums.checksum(_S3, bucket, item["Key"])
