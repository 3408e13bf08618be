"""Checkpoints: the folder's files, kept in S3 while the job trains, and brought back when it starts again."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from emulator.sagemaker.jobs import JobFailed
from emulator.sagemaker.objects import bring, source_objects
from emulator.sagemaker.roles import split_s3, why

SYNC_SECONDS = 0.5


class CheckpointsFailed(JobFailed):
    """S3 refused; the text is the job's FailureReason."""


class Checkpoints:
    """One instance's folder and its place in S3; uploads in a thread of its own between start and close."""

    def __init__(self, s3: Any, address: str, folder: Path) -> None:
        self._s3, self._address, self._folder = s3, f"{address.rstrip('/')}/", folder
        self._sent: dict[Path, tuple[int, int]] = {}
        self._closing = threading.Event()
        self._failure: CheckpointsFailed | None = None
        self._thread = threading.Thread(target=self._run, daemon=True, name=f"checkpoints {address}")

    def start(self) -> None:
        """Bring what is there, then keep S3 up to date. Raises CheckpointsFailed."""
        try:
            bring(self._s3, source_objects(self._s3, self._address), self._folder)
        except ClientError as error:
            raise CheckpointsFailed(f"ClientError: Checkpoint download failed:{why(error)}") from error
        self._sent = {path: _mark(path) for path in self._files()}
        self._thread.start()

    def close(self) -> None:
        """Send what is left. Raises CheckpointsFailed."""
        self._closing.set()
        self._thread.join()
        self._sync()
        if self._failure:
            raise self._failure

    def _run(self) -> None:
        while not self._closing.wait(SYNC_SECONDS):
            self._sync()

    def _files(self) -> list[Path]:
        found = (path for path in sorted(self._folder.rglob("*")) if path.is_file())
        return [path for path in found if not path.name.startswith(".")]

    def _sync(self) -> None:
        bucket, prefix = split_s3(self._address)
        for path in self._files():
            try:
                mark, body = _mark(path), path.read_bytes()
            except FileNotFoundError:
                continue  # the script has replaced it meanwhile
            if self._sent.get(path) == mark:
                continue
            key = prefix + path.relative_to(self._folder).as_posix()
            try:
                self._s3.put_object(Bucket=bucket, Key=key, Body=body)
                self._sent[path] = mark
            except ClientError as error:
                self._failure = CheckpointsFailed(f"ClientError: Checkpoint upload failed:{why(error)}")


def _mark(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_size
