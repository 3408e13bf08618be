"""Running a function: one event through a worker, with the errors, log lines and metrics of Lambda."""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from emulator import metrics
from emulator.errors import AwsError
from emulator.functions import pool, telemetry
from emulator.functions.model import Function, Version
from emulator.functions.worker import Worker, WorkerDied, WorkerTimedOut

MAX_PAYLOAD_BYTES = 6 * 1024 * 1024
"""Of a synchronous request and of an answer ("Lambda quotas" in the developer guide)."""
LOG_TAIL_BYTES = 4096


@dataclass(frozen=True)
class Result:
    """What an invocation answers. ``function_error`` is ``Unhandled`` where the function failed."""

    status: int
    payload: bytes
    function_error: str | None = None
    log_tail: bytes = b""
    version: str = "$LATEST"
    request_id: str = ""


@dataclass(frozen=True)
class _Outcome:
    """What came of one event in a worker; ``note`` is a line that Lambda adds to the log."""

    failed: bool
    answer: str
    reusable: bool
    note: str = ""
    status: str = ""


def execute(function: Function, version: Version, payload: bytes, client_context: Any = None) -> Result:
    """Run the function once. Raises AwsError where Lambda refuses (throttled, too large, not JSON)."""
    text = _checked(payload)
    try:
        worker, is_new = pool.acquire(function, version)
    except AwsError:
        _count(version, {"Throttles": (1, "Count")})
        raise
    request = {
        "request_id": str(uuid4()),
        "arn": version.described()["FunctionArn"],
        "trace": f"Root=1-{int(time.time()):08x}-{uuid4().hex[:24]};Parent={uuid4().hex[:16]};Sampled=0",
        "client_context": client_context,
    }
    reusable = False
    try:
        init_error = _initialized(worker, request) if is_new else None
        began = time.monotonic()
        outcome = init_error or _run(worker, text, request)
        duration = (time.monotonic() - began) * 1000
        peak = worker.peak_mb()
        reusable = outcome.reusable
    finally:
        pool.release(function, worker, reusable)
    limited = _limited(outcome)
    tail = _report(worker, is_new, limited, request["request_id"], duration, peak)
    return Result(
        status=200,
        payload=limited.answer.encode(),
        function_error="Unhandled" if limited.failed else None,
        log_tail=tail,
        version=version.number,
        request_id=request["request_id"],
    )


def _checked(payload: bytes) -> str:
    """The event as text. Raises AwsError when it is too large or no JSON."""
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise AwsError(
            "RequestTooLargeException",
            f"Request must be smaller than {MAX_PAYLOAD_BYTES} bytes for the InvokeFunction operation",
            status=413,
        )
    try:
        text = payload.decode() or "{}"
        json.loads(text)
    except ValueError as error:
        raise AwsError(
            "InvalidRequestContentException",
            f"Could not parse request body into json: Could not parse payload into json: {error}",
            Type="User",
        ) from error
    return text


def _initialized(worker: Worker, request: dict[str, Any]) -> _Outcome | None:
    """Import the handler; the outcome when that fails."""
    request_id = request["request_id"]
    try:
        error = worker.initialize()
    except WorkerTimedOut:
        return _crash(
            "Sandbox.Timedout", f"Error: Initialization timed out after {worker.init_ms:.0f} ms", request_id
        )
    except WorkerDied as death:
        return _crash("Runtime.ExitError", f"Error: Runtime exited with error: {death}", request_id)
    if error is None:
        return None
    return _Outcome(True, json.dumps({**error, "requestId": request_id}), reusable=False)


def _run(worker: Worker, text: str, request: dict[str, Any]) -> _Outcome:
    request_id = request["request_id"]
    try:
        failed, answer = worker.run(text, request)
    except WorkerTimedOut:
        what = f"Task timed out after {worker.version.timeout:.2f} seconds"
        moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        outcome = _crash("Sandbox.Timedout", f"Error: {what}", request_id)
        return replace(outcome, note=f"{moment} {request_id} {what}", status="timeout")
    except WorkerDied as death:
        return _crash("Runtime.ExitError", f"Error: Runtime exited with error: {death}", request_id)
    return _Outcome(failed, answer, reusable=True)


def _crash(kind: str, what: str, request_id: str) -> _Outcome:
    text = f"RequestId: {request_id} {what}"
    answer = json.dumps({"errorType": kind, "errorMessage": text})
    return _Outcome(True, answer, reusable=False, note=f"{text}\n{kind}", status="error")


def _limited(outcome: _Outcome) -> _Outcome:
    size = len(outcome.answer.encode())
    if size <= MAX_PAYLOAD_BYTES:
        return outcome
    error = {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": f"Response payload size ({size} bytes) exceeded maximum allowed payload size "
        f"({MAX_PAYLOAD_BYTES} bytes).",
    }
    return replace(outcome, failed=True, answer=json.dumps(error))


def _report(
    worker: Worker, is_new: bool, outcome: _Outcome, request_id: str, duration: float, peak: int
) -> bytes:
    """Write log and metrics; the log's tail, as LogResult gives it."""
    version = worker.version
    init = f"\tInit Duration: {worker.init_ms:.2f} ms" if is_new else ""
    status = f"\tStatus: {outcome.status}" if outcome.status else ""
    lines = [
        f"START RequestId: {request_id} Version: {version.number}",
        *worker.take_output(),
        *([outcome.note] if outcome.note else []),
        f"END RequestId: {request_id}",
        f"REPORT RequestId: {request_id}\tDuration: {duration:.2f} ms\t"
        f"Billed Duration: {math.ceil(duration)} ms\tMemory Size: {version.memory} MB\t"
        f"Max Memory Used: {min(peak, version.memory)} MB{init}{status}",
    ]
    telemetry.write_log(worker, lines)
    _count(
        version,
        {
            "Invocations": (1, "Count"),
            "Errors": (float(outcome.failed), "Count"),
            "Throttles": (0, "Count"),
            "Duration": (duration, "Milliseconds"),
        },
    )
    return "\n".join([*lines, ""]).encode()[-LOG_TAIL_BYTES:]


def _count(version: Version, values: dict[str, tuple[float, str]]) -> None:
    metrics.count(version.region, "AWS/Lambda", values, {"FunctionName": version.name}, {})
