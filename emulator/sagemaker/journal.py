"""Containers' output, on its way to CloudWatch Logs with the execution role's rights."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import IO

from botocore.exceptions import BotoCoreError, ClientError

from emulator.sagemaker.roles import RoleSession

log = logging.getLogger("emulator.sagemaker")
FLUSH_SECONDS = 0.5


class Journal:
    """One log stream. Where the role may not write logs, the container runs on without, as on AWS."""

    def __init__(self, session: RoleSession, group: str, stream: str) -> None:
        self.group, self.stream = group, stream
        self._session = session
        self._pending: list[dict[str, object]] = []
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self._open = False
        self._refused = False
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name=f"logs {stream}")
        self._thread.start()

    def write(self, line: str) -> None:
        """Add a line; it arrives within about ``FLUSH_SECONDS``."""
        event: dict[str, object] = {"timestamp": int(time.time() * 1000), "message": line or " "}
        with self._lock:
            self._pending.append(event)

    def close(self) -> None:
        """Send what is left."""
        self._closed.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._closed.wait(FLUSH_SECONDS):
            self.flush()
        self.flush()

    def flush(self) -> None:
        """Send what has been written so far, now."""
        with self._flushing:
            with self._lock:
                events, self._pending = self._pending, []
            if events and not self._refused:
                self._send(events)

    def _send(self, events: list[dict[str, object]]) -> None:
        try:
            logs = self._session.client("logs")
            if not self._open:
                self._create(logs)
            for start in range(0, len(events), 1000):
                logs.put_log_events(
                    logGroupName=self.group,
                    logStreamName=self.stream,
                    logEvents=events[start : start + 1000],
                )
        except (ClientError, BotoCoreError) as error:
            self._refused = True
            log.warning("no logs from %s %s: %s", self.group, self.stream, error)

    def _create(self, logs: object) -> None:
        for create, names in (
            ("create_log_group", {"logGroupName": self.group}),
            ("create_log_stream", {"logGroupName": self.group, "logStreamName": self.stream}),
        ):
            try:
                getattr(logs, create)(**names)
            except ClientError as error:
                code = error.response.get("Error", {}).get("Code")
                made_before = code == "AccessDeniedException" and create == "create_log_group"
                if code != "ResourceAlreadyExistsException" and not made_before:
                    raise
        self._open = True


def follow(output: IO[bytes], *receivers: Callable[[str], None]) -> threading.Thread:
    """Hand each line of a process's output to the receivers, until it ends; the thread ends with it."""

    def read() -> None:
        with output:
            for raw in output:
                line = raw.decode("utf-8", "replace").rstrip("\r\n")
                for receive in receivers:
                    receive(line)

    thread = threading.Thread(target=read, daemon=True, name="container output")
    thread.start()
    return thread
