"""What tells the content of an object in S3 from another: a listing has only the checksums' algorithms."""

from typing import Any

from botocore.exceptions import ClientError

from handler_common import aws_errors, logs

# What HeadObject calls them, the strongest first.
_CHECKSUMS = ("ChecksumSHA256", "ChecksumSHA1", "ChecksumCRC64NVME", "ChecksumCRC32C", "ChecksumCRC32")
# A HEAD has no body and so no other code. 403: a bucket of the user's own, whose key lets the jobs in and not
# this function. 404: deleted since it was listed.
_WITHOUT = ("403", "404")


def content(checksum: str | None, etag: str) -> str:
    """The checksum, or the ETag, which under a KMS key changes with every upload of the same content too."""
    return checksum or etag.strip('"')


def checksum(client: Any, bucket: str, key: str, **version: str) -> str | None:
    """Of the object's content, with the algorithm's name; None when it has none that may be read.

    version: `VersionId`, of another than the current one.
    """
    try:
        head = client.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED", **version)
    except ClientError as error:
        if aws_errors.code(error) not in _WITHOUT:
            raise
        logs.info("no checksum", key=key, code=aws_errors.code(error))
        return None
    return next((f"{name}:{head[name]}" for name in _CHECKSUMS if name in head), None)
