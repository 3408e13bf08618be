"""Events on their way: in order, tried again while the target is busy, dead-lettered when it refuses."""

from __future__ import annotations

import logging
import threading
from collections import defaultdict, deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from emulator import clock, metrics
from emulator.errors import AwsError
from emulator.events.targets import SERVICE, Delivery, Undeliverable, deliver, send_to_queue

log = logging.getLogger("emulator.events")
DEFAULT_RETRIES, DEFAULT_AGE_SECONDS = 185, 86400
"""EventBridge's defaults; waits and the age last as long as the shortened clock says."""
MAX_WAIT_SECONDS = 300.0
_FOR_EVER = (
    "AccessDenied",
    "ResourceNotFound",
    "DoesNotExist",
    "NotFound",
    "ValidationException",
    "InvalidArn",
)

_executors: list[ThreadPoolExecutor] = []
_stopped = threading.Event()
_lock = threading.Lock()


@dataclass
class _Line:
    """Deliveries of one rule, in order; ``busy`` while a thread works on them."""

    waiting: deque[Delivery] = field(default_factory=deque[Delivery])
    busy: bool = False


_lines: dict[str, _Line] = defaultdict(_Line)


def start() -> None:
    """Begin to deliver."""
    _stopped.clear()
    _executors.append(ThreadPoolExecutor(16, thread_name_prefix="events"))


def stop() -> None:
    """Drop what is on its way."""
    _stopped.set()
    for executor in _executors:
        executor.shutdown(wait=False, cancel_futures=True)
    _executors.clear()
    with _lock:
        _lines.clear()


def submit(delivery: Delivery) -> None:
    """Put a delivery behind the others of its rule."""
    if not _executors:
        return
    with _lock:
        line = _lines[delivery.rule_arn]
        line.waiting.append(delivery)
        if line.busy:
            return
        line.busy = True
    _executors[-1].submit(_work, line)


def _work(line: _Line) -> None:
    while True:
        with _lock:
            if not line.waiting or _stopped.is_set():
                line.busy = False
                return
            delivery = line.waiting.popleft()
        try:
            _attempt(delivery, 0, 0.0)
        except Exception:
            log.exception("the delivery to %s broke the emulator", delivery.arn)


def _attempt(delivery: Delivery, attempts: int, age: float) -> None:
    rule = delivery.rule_arn.rsplit("/", 1)[-1]
    try:
        deliver(delivery)
        values = {"Invocations": (1.0, "Count"), "FailedInvocations": (0.0, "Count")}
    except Undeliverable as refusal:
        values = {"Invocations": (1.0, "Count"), "FailedInvocations": (1.0, "Count")}
        _give_up(delivery, refusal.code, str(refusal), attempts)
    except (ClientError, AwsError, BotoCoreError) as error:
        values = {"Invocations": (1.0, "Count"), "RetryInvocationAttempts": (1.0, "Count")}
        code = _code(error)
        if any(word in code for word in _FOR_EVER):
            values["FailedInvocations"] = (1.0, "Count")
            _give_up(delivery, code, str(error), attempts)
        else:
            _again(delivery, attempts + 1, age, error)
    metrics.count(delivery.rule_arn.split(":")[3], "AWS/Events", values, {"RuleName": rule})


def _code(error: Exception) -> str:
    if isinstance(error, ClientError):
        return error.response["Error"]["Code"]
    return error.code if isinstance(error, AwsError) else type(error).__name__


def _again(delivery: Delivery, attempts: int, age: float, error: Exception) -> None:
    """Wait beside the line, so that later events of the rule pass; then try once more."""
    policy: dict[str, Any] = delivery.target.get("RetryPolicy") or {}
    wait = min(2.0**attempts, MAX_WAIT_SECONDS)
    if attempts > policy.get("MaximumRetryAttempts", DEFAULT_RETRIES) or age + wait > policy.get(
        "MaximumEventAgeInSeconds", DEFAULT_AGE_SECONDS
    ):
        _give_up(delivery, _code(error), str(error), attempts - 1)
        return

    def later() -> None:
        if not clock.sleep(wait, _stopped):
            _attempt(delivery, attempts, age + wait)

    threading.Thread(target=later, daemon=True, name="events-retry").start()


def _give_up(delivery: Delivery, code: str, message: str, retries: int) -> None:
    dead_letters = (delivery.target.get("DeadLetterConfig") or {}).get("Arn")
    log.warning("event %s of %s not delivered: %s", delivery.event["id"], delivery.rule_arn, message)
    if not dead_letters:
        return
    facts = {
        "RULE_ARN": delivery.rule_arn,
        "TARGET_ARN": delivery.arn,
        "ERROR_CODE": code,
        "ERROR_MESSAGE": message[:1024],
        "RETRY_ATTEMPTS": str(retries),
    }
    attributes = {name: {"DataType": "String", "StringValue": value} for name, value in facts.items()}
    try:
        send_to_queue(dead_letters, delivery.rule_arn, delivery.text, attributes)
    except (Undeliverable, ClientError, AwsError) as error:
        log.warning("%s could not dead-letter an event either: %s", SERVICE, error)
