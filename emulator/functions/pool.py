"""Warm workers by function version: taken for an event, given back, reaped when idle."""

from __future__ import annotations

import threading
import time
from collections import defaultdict

from emulator.errors import AwsError
from emulator.functions.model import Function, Version
from emulator.functions.worker import Worker

IDLE_SECONDS = 300.0
"""How long a worker stays warm without an event."""
MAX_WORKERS = 64
"""Concurrent executions in all: what a laptop bears. AWS's default quota is 1000."""

_idle: dict[tuple[str, str], list[Worker]] = defaultdict(list)
_busy: set[Worker] = set()
_lock = threading.Lock()
_stopped = threading.Event()


def acquire(function: Function, version: Version) -> tuple[Worker, bool]:
    """(worker, whether it is new). Raises AwsError TooManyRequestsException beyond the concurrency limits."""
    with _lock:
        limit = function.reserved_concurrency
        if limit is not None and function.in_flight >= limit:
            raise throttled("ReservedFunctionConcurrentInvocationLimitExceeded")
        if len(_busy) >= MAX_WORKERS:
            raise throttled("ConcurrentInvocationLimitExceeded")
        function.in_flight += 1
        workers = _idle[version.arn, version.number]
        while workers:
            worker = workers.pop()
            if worker.revision == version.revision:
                _busy.add(worker)
                return worker, False
            worker.kill()
    try:
        worker = Worker(version)
    except BaseException:
        with _lock:
            function.in_flight -= 1
        raise
    with _lock:
        _busy.add(worker)
    return worker, True


def release(function: Function, worker: Worker, reusable: bool) -> None:
    """Give a worker back after its event; one that is not ``reusable`` is ended."""
    with _lock:
        function.in_flight -= 1
        _busy.discard(worker)
        current = worker.revision == worker.version.revision and not _stopped.is_set()
        if reusable and current:
            worker.idle_since = time.monotonic()
            _idle[worker.version.arn, worker.version.number].append(worker)
            return
    worker.kill()


def forget(arn: str) -> None:
    """End the idle workers of a function that is gone or has changed."""
    with _lock:
        gone = [worker for key, workers in _idle.items() if key[0] == arn for worker in workers]
        for key in [key for key in _idle if key[0] == arn]:
            del _idle[key]
    for worker in gone:
        worker.kill()


def throttled(reason: str) -> AwsError:
    """Lambda's 429."""
    return AwsError("TooManyRequestsException", "Rate Exceeded.", status=429, Type="User", Reason=reason)


def _reap() -> None:
    while not _stopped.wait(15):
        oldest = time.monotonic() - IDLE_SECONDS
        with _lock:
            tired = [worker for workers in _idle.values() for worker in workers if worker.idle_since < oldest]
            for workers in _idle.values():
                workers[:] = [worker for worker in workers if worker.idle_since >= oldest]
        for worker in tired:
            worker.kill()


def start() -> None:
    """Begin to reap idle workers."""
    _stopped.clear()
    threading.Thread(target=_reap, daemon=True, name="functions-reaper").start()


def stop() -> None:
    """End every worker, busy ones too."""
    _stopped.set()
    with _lock:
        workers = [*_busy, *(worker for workers in _idle.values() for worker in workers)]
        _idle.clear()
    for worker in workers:
        worker.kill()
