"""The log events of invocations, written with the function's own rights."""

from __future__ import annotations

import logging
import queue
import threading
import time
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from emulator import aws
from emulator.functions import embedded_metrics
from emulator.functions.worker import Worker

log = logging.getLogger("emulator.functions")
_FLUSH_SECONDS = 0.2


@dataclass(frozen=True)
class _Lines:
    worker: Worker
    events: list[dict[str, Any]]


_queue: queue.Queue[_Lines | threading.Event | None] = queue.Queue()
_threads: list[threading.Thread] = []
_streams: set[str] = set()


def write_log(worker: Worker, lines: list[str]) -> None:
    """Queue lines for the worker's log stream."""
    moment = int(time.time() * 1000)
    _queue.put(_Lines(worker, [{"timestamp": moment, "message": line or " "} for line in lines]))


def flush() -> None:
    """Wait until what was queued before is written."""
    done = threading.Event()
    _queue.put(done)
    done.wait(10)


def _run() -> None:
    while True:
        items = [_queue.get()]
        if not isinstance(items[0], threading.Event) and items[0] is not None:
            time.sleep(_FLUSH_SECONDS)
        while not _queue.empty():
            items.append(_queue.get())
        _write([item for item in items if isinstance(item, _Lines)])
        for item in items:
            if isinstance(item, threading.Event):
                item.set()
        if None in items:
            return


def _write(items: list[_Lines]) -> None:
    by_stream: dict[str, tuple[Worker, list[dict[str, Any]]]] = {}
    for item in items:
        by_stream.setdefault(item.worker.log_stream, (item.worker, []))[1].extend(item.events)
    for worker, events in by_stream.values():
        try:
            _put(worker, events)
        except (ClientError, BotoCoreError) as error:  # as on AWS, a role without the rights has no logs
            log.warning("no logs of %s: %s", worker.version.name, error)


def _put(worker: Worker, events: list[dict[str, Any]]) -> None:
    group = worker.version.configuration["LoggingConfig"]["LogGroup"]
    version = worker.version
    logs = aws.role_client("logs", version.role, version.name, version.region)
    if worker.log_stream not in _streams:
        _create(logs, group, worker.log_stream)
        _streams.add(worker.log_stream)
    logs.put_log_events(logGroupName=group, logStreamName=worker.log_stream, logEvents=events)
    for event in events:
        embedded_metrics.extract(worker.version.region, event["message"])


def _create(logs: Any, group: str, stream: str) -> None:
    try:
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
    except logs.exceptions.ResourceNotFoundException:
        logs.create_log_group(logGroupName=group)
        logs.create_log_stream(logGroupName=group, logStreamName=stream)


def start() -> None:
    """Begin to write."""
    thread = threading.Thread(target=_run, daemon=True, name="functions-telemetry")
    _threads.append(thread)
    thread.start()


def stop() -> None:
    """Write what is queued, then end."""
    _queue.put(None)
    for thread in _threads:
        thread.join(timeout=5)
    _threads.clear()
    _streams.clear()
