"""Deployment packages: fetched, measured, and unzipped once a hash."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import shutil
import tempfile
import threading
import zipfile
from pathlib import Path
from typing import Any

import boto3
import botocore
import dateutil
import jmespath
import s3transfer
import six
import urllib3
from botocore.exceptions import ClientError

from emulator import aws
from emulator.errors import AwsError
from emulator.functions.model import Code

MAX_ZIP_BYTES = 50 * 1024 * 1024
MAX_UNZIPPED_BYTES = 262144000
"""Lambda's quotas of a package uploaded directly, and of any package unzipped (250 MB)."""

_PREFIX = "emulator-functions-"
_folder: list[Path] = []
_lock = threading.Lock()


def _base() -> Path:
    if not _folder:
        _sweep()
        _folder.append(Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-")))
    return _folder[0]


def _sweep() -> None:
    """Remove what emulators left behind that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        owner = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists() and Path("/proc/self").exists():
            shutil.rmtree(folder, ignore_errors=True)


def runtime_libraries() -> Path:
    """A folder with the SDK for Python and what it needs: all that AWS's runtime has beside Python."""
    with _lock:
        folder = _base() / "runtime"
        if not folder.exists():
            folder.mkdir()
            for module in (boto3, botocore, s3transfer, jmespath, dateutil, urllib3):
                package = Path(str(module.__file__)).parent
                (folder / package.name).symlink_to(package, target_is_directory=True)
            (folder / "six.py").symlink_to(Path(str(six.__file__)))
        return folder


def remove_all() -> None:
    """Delete every unzipped package."""
    with _lock:
        for folder in _folder:
            shutil.rmtree(folder, ignore_errors=True)
        _folder.clear()


def load(source: dict[str, Any], region: str) -> Code:
    """Fetch and unzip ``Code`` of CreateFunction. Raises AwsError InvalidParameterValueException."""
    if source.get("ImageUri"):
        raise invalid("the emulator runs no container images: give the function a zip package")
    content, location = _content(source, region)
    digest = hashlib.sha256(content).digest()
    with _lock:
        root = _base() / digest.hex()[:32]
        if not root.exists():
            _unzip(content, root)
    return Code(base64.b64encode(digest).decode(), len(content), root, location)


def _content(source: dict[str, Any], region: str) -> tuple[bytes, str]:
    if source.get("ZipFile") is not None:
        content = source["ZipFile"]
        if len(content) > MAX_ZIP_BYTES:
            raise AwsError(
                "RequestEntityTooLargeException", "Request must be smaller than 69905067 bytes", status=413
            )
        return content, ""
    bucket, key = source.get("S3Bucket"), source.get("S3Key")
    if not bucket or not key:
        raise invalid("Please provide a source for function code.")
    version = {"VersionId": source["S3ObjectVersion"]} if source.get("S3ObjectVersion") else {}
    try:
        answer = aws.client("s3", region).get_object(Bucket=bucket, Key=key, **version)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise invalid(
            f"Error occurred while GetObject. S3 Error Code: {code}. S3 Error Message: "
            f"{error.response['Error']['Message']}"
        ) from error
    return answer["Body"].read(), f"{aws.endpoint_url()}/{bucket}/{key}"


def _unzip(content: bytes, root: Path) -> None:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except zipfile.BadZipFile as error:
        raise invalid(
            "Could not unzip uploaded file. Please check your file, then try to upload again."
        ) from (error)
    size = sum(entry.file_size for entry in archive.infolist())
    if size >= MAX_UNZIPPED_BYTES:
        raise invalid(f"Unzipped size must be smaller than {MAX_UNZIPPED_BYTES} bytes")
    partial = root.with_suffix(".partial")
    archive.extractall(partial)
    partial.rename(root)


def invalid(message: str) -> AwsError:
    """Lambda's refusal of a parameter."""
    return AwsError("InvalidParameterValueException", message, Type="User")
