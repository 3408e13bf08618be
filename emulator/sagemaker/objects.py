"""Objects of S3 as the files of a container: the sources of a job, and the folders that it leaves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from emulator.sagemaker.manifests import named_objects
from emulator.sagemaker.roles import download, split_s3


def source_objects(s3: Any, address: str, data_type: str = "S3Prefix") -> list[tuple[str, str]]:
    """(address, path in the container's folder) of every object that a source names, by key.

    Raises ValueError for a manifest that is none, and for a type of source that the emulator does not read.
    """
    if data_type == "ManifestFile":
        return named_objects(s3, address)
    if data_type != "S3Prefix":
        raise ValueError(f"the emulator reads S3Prefix and ManifestFile sources only, not {data_type}")
    bucket, prefix = split_s3(address)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    keys = sorted(item["Key"] for answer in pages for item in answer.get("Contents", ()))
    folder = prefix if prefix.endswith("/") or not prefix else prefix.rpartition("/")[0] + "/"
    if f"{prefix}/" in {key[: len(prefix) + 1] for key in keys}:
        folder = f"{prefix}/"
    return [
        (f"s3://{bucket}/{key}", key[len(folder) :] if folder != "/" else key)
        for key in keys
        if not key.endswith("/")
    ]


def shard(objects: list[tuple[str, str]], distribution: str, host: int, hosts: int) -> list[tuple[str, str]]:
    """What one of ``hosts`` instances gets, ``host`` counted from 0; every object unless sharded by key."""
    return objects[host::hosts] if distribution == "ShardedByS3Key" else objects


def bring(s3: Any, objects: list[tuple[str, str]], folder: Path) -> None:
    """Download objects below ``folder``. Raises ClientError as S3 answered it."""
    for address, path in objects:
        download(s3, address, folder / path)


def leave(s3: Any, folder: Path, address: str, key_id: str | None = None) -> None:
    """Upload every file below ``folder``. ``key_id`` encrypts. Raises ClientError as S3 answered it."""
    bucket, prefix = split_s3(address)
    start = f"{prefix.rstrip('/')}/" if prefix else ""
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        key = start + path.relative_to(folder).as_posix()
        s3.put_object(Bucket=bucket, Key=key, Body=path.read_bytes(), **encryption(key_id))


def encryption(key_id: str | None) -> dict[str, str]:
    """What PutObject takes to encrypt with this key."""
    return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key_id} if key_id else {}
