"""Asynchronous invocations: queued, tried three times, then handed to a destination or dead-letter queue."""

from __future__ import annotations

import json
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from emulator import aws, clock
from emulator.errors import AwsError
from emulator.functions.execution import Result, execute
from emulator.functions.model import LATEST, Function

log = logging.getLogger("emulator.functions")
MAX_EVENT_BYTES = 1024 * 1024
"""Lambda's quota for an asynchronous event."""
RETRY_SECONDS = (60.0, 120.0)
"""AWS's waits before the second and third try; they last as long as the shortened clock says."""
THROTTLE_RETRY_SECONDS = 1.0
_MAX_AGE_SECONDS = 6 * 3600

_stopped = threading.Event()
_executors: list[ThreadPoolExecutor] = []


def start() -> None:
    """Begin to take events."""
    _stopped.clear()
    _executors.append(ThreadPoolExecutor(32, thread_name_prefix="functions-async"))


def stop() -> None:
    """Drop what is queued."""
    _stopped.set()
    for executor in _executors:
        executor.shutdown(wait=False, cancel_futures=True)
    _executors.clear()


def submit(function: Function, qualifier: str | None, payload: bytes) -> None:
    """Queue an event. Raises AwsError when it is too large or no JSON."""
    if len(payload) > MAX_EVENT_BYTES:
        raise AwsError(
            "RequestTooLargeException",
            f"Request must be smaller than {MAX_EVENT_BYTES} bytes for the InvokeFunction operation",
            status=413,
        )
    try:
        json.loads(payload or b"{}")
    except ValueError as error:
        text = f"Could not parse request body into json: {error}"
        raise AwsError("InvalidRequestContentException", text) from error
    _executors[-1].submit(_guarded, function, qualifier, payload)


def _guarded(function: Function, qualifier: str | None, payload: bytes) -> None:
    try:
        _process(function, qualifier, payload)
    except Exception:
        log.exception("the asynchronous invocation of %s broke the emulator", function.arn)


def _process(function: Function, qualifier: str | None, payload: bytes) -> None:
    settings = function.invoke_configs.get(qualifier or LATEST, {})
    retries = settings.get("MaximumRetryAttempts", 2)
    age = settings.get("MaximumEventAgeInSeconds", _MAX_AGE_SECONDS)
    result = None
    for attempt in range(retries + 1):
        if attempt and clock.sleep(RETRY_SECONDS[attempt - 1], _stopped):
            return
        result = _attempt(function, qualifier, payload, age)
        if _stopped.is_set():
            return
        if result is None or not result.function_error:
            break
    failed = result is None or bool(result.function_error)
    _hand_on(function, qualifier, payload, result, failed, retries + 1)


def _attempt(function: Function, qualifier: str | None, payload: bytes, age: float) -> Result | None:
    """One try, waiting while the function is throttled; None when the event grew too old for that."""
    deadline = time.monotonic() + age * clock.scale
    while True:
        try:
            return execute(function, function.version(qualifier), payload)
        except AwsError as error:
            if error.code != "TooManyRequestsException":
                raise
            if time.monotonic() > deadline or clock.sleep(THROTTLE_RETRY_SECONDS, _stopped):
                return None


def _hand_on(
    function: Function,
    qualifier: str | None,
    payload: bytes,
    result: Result | None,
    failed: bool,
    attempts: int,
) -> None:
    settings = function.invoke_configs.get(qualifier or LATEST, {})
    outcome = "OnFailure" if failed else "OnSuccess"
    destination = settings.get("DestinationConfig", {}).get(outcome, {}).get("Destination")
    dead_letters = function.latest.configuration.get("DeadLetterConfig", {}).get("TargetArn")
    try:
        if destination:
            record = _record(function, qualifier, payload, result, attempts)
            _send(function, destination, json.dumps(record), {}, outcome)
        if failed and dead_letters:
            _send(function, dead_letters, payload.decode() or "{}", _attributes(result), outcome)
    except (ClientError, BotoCoreError, AwsError) as error:
        log.warning("an event of %s is lost: %s", function.arn, error)


def _attributes(result: Result | None) -> dict[str, Any]:
    message = json.loads(result.payload).get("errorMessage", "") if result else "throttled"
    return {
        "RequestID": {"DataType": "String", "StringValue": result.request_id if result else str(uuid4())},
        "ErrorCode": {"DataType": "Number", "StringValue": "200" if result else "429"},
        "ErrorMessage": {"DataType": "String", "StringValue": str(message)[:1024] or "-"},
    }


def _record(
    function: Function, qualifier: str | None, payload: bytes, result: Result | None, attempts: int
) -> dict[str, Any]:
    """The invocation record that destinations get."""
    failed = result is None or bool(result.function_error)
    condition = "RetriesExhausted" if result else "EventAgeExceeded"
    record: dict[str, Any] = {
        "version": "1.0",
        "timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        "requestContext": {
            "requestId": result.request_id if result else str(uuid4()),
            "functionArn": f"{function.arn}:{qualifier or LATEST}",
            "condition": condition if failed else "Success",
            "approximateInvokeCount": attempts if failed else 1,
        },
        "requestPayload": json.loads(payload or b"{}"),
    }
    if result:
        record["responseContext"] = {"statusCode": 200, "executedVersion": result.version}
        if result.function_error:
            record["responseContext"]["functionError"] = result.function_error
        record["responsePayload"] = json.loads(result.payload)
    return record


def _send(function: Function, target: str, body: str, attributes: dict[str, Any], outcome: str) -> None:
    """Deliver with the function's own rights. Raises what the target's service answers."""
    service, region = target.split(":")[2:4]

    def acting_as_the_function(name: str) -> Any:
        return aws.role_client(name, function.latest.role, function.latest.name, region)

    if service == "sqs":
        sqs = acting_as_the_function("sqs")
        url = aws.client("sqs", region).get_queue_url(QueueName=target.split(":")[5])["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=attributes)
    elif service == "sns":
        sns = acting_as_the_function("sns")
        sns.publish(TopicArn=target, Message=body, MessageAttributes=attributes)
    elif service == "lambda":
        acting_as_the_function("lambda").invoke(
            FunctionName=target, Payload=body.encode(), InvocationType="Event"
        )
    elif service == "events":
        ending = outcome.removeprefix("On")
        entry = {
            "Source": "lambda",
            "DetailType": f"Lambda Function Invocation Result - {ending}",
            "Detail": body,
            "Resources": [target, f"{function.arn}:{LATEST}"],
            "EventBusName": target,
        }
        acting_as_the_function("events").put_events(Entries=[entry])
    else:
        raise AwsError("InvalidParameterValueException", f"no destination of this kind: {target}")
