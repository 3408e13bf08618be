"""The listing of a bucket, and what is left in one, by a client made once."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from handler_common import aws_errors, logs
from snapshot_data.logic import StoredObject, is_data

# Requests at a time for checksums, one a file: a listing has their algorithms only.
WORKERS = 16
# What HeadObject calls them, the strongest first.
_CHECKSUMS = ("ChecksumSHA256", "ChecksumSHA1", "ChecksumCRC64NVME", "ChecksumCRC32C", "ChecksumCRC32")
# A HEAD has no body and so no other code. 403: a bucket of the user's own, whose key lets the jobs in and not
# this function. 404: deleted since it was listed.
_WITHOUT = ("403", "404")

_S3 = boto3.client("s3", config=Config(max_pool_connections=WORKERS))


def listing(bucket: str, prefix: str) -> list[StoredObject]:
    """All objects below the prefix, those to train on with their checksums."""
    pages = _S3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    items = [item for page in pages for item in page.get("Contents", [])]
    with ThreadPoolExecutor(WORKERS) as pool:
        checksums = list(pool.map(lambda item: _checksum(bucket, item), items))
    return [
        StoredObject(item["Key"], item["ETag"], item["Size"], item["LastModified"], checksum)
        for item, checksum in zip(items, checksums, strict=True)
    ]


def put(address: str, text: str) -> None:
    """Leave a text at an `s3://` address."""
    bucket, _, key = address.removeprefix("s3://").partition("/")
    _S3.put_object(Bucket=bucket, Key=key, Body=text.encode(), ContentType="application/json")


def _checksum(bucket: str, item: Mapping[str, Any]) -> str | None:
    if not item.get("ChecksumAlgorithm") or not is_data(item["Key"]):
        return None
    try:
        head = _S3.head_object(Bucket=bucket, Key=item["Key"], ChecksumMode="ENABLED")
    except ClientError as error:
        if aws_errors.code(error) not in _WITHOUT:
            raise
        logs.info("no checksum", key=item["Key"], code=aws_errors.code(error))
        return None
    return next((f"{name}:{head[name]}" for name in _CHECKSUMS if name in head), None)
