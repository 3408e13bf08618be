"""Invoking functions: over the API, and by the other services in here."""

from __future__ import annotations

import base64
import json
from typing import Any

from werkzeug.wrappers import Response

from emulator.edge import Call, operation
from emulator.errors import AwsError
from emulator.functions import asynchronous, permissions
from emulator.functions.execution import Result, execute
from emulator.functions.model import find


def invoke(
    function_arn: str,
    payload: bytes,
    invocation_type: str = "RequestResponse",
    source: tuple[str, str] | None = None,
    client_context: Any = None,
) -> Result:
    """Invoke a function as a service does; ``source`` is (service principal, ARN of what calls).

    With a source the function's resource-based policy must allow it; without one the caller has checked (a
    role's own permission). Raises AwsError: ResourceNotFoundException, AccessDeniedException,
    TooManyRequestsException ...; a failure of the function itself is a Result with ``function_error``.
    """
    region = function_arn.split(":")[3] if function_arn.startswith("arn:") else "us-east-1"
    function, qualifier = find(function_arn, region)
    version = function.version(qualifier)
    if source:
        permissions.check(function, qualifier, *source)
    if invocation_type == "DryRun":
        return Result(status=204, payload=b"", version=version.number)
    if invocation_type == "Event":
        asynchronous.submit(function, qualifier, payload)
        return Result(status=202, payload=b"", version=version.number)
    return execute(function, version, payload, client_context)


@operation("lambda", "Invoke")
def _invoke(call: Call) -> Response:
    function, in_name = find(call.params["FunctionName"], call.region)
    qualifier = call.params.get("Qualifier") or in_name
    function.version(qualifier)
    kind = call.params.get("InvocationType") or "RequestResponse"
    context = call.params.get("ClientContext")
    result = invoke(
        function.arn + (f":{qualifier}" if qualifier else ""),
        _bytes(call.params.get("Payload")),
        kind,
        client_context=json.loads(base64.b64decode(context)) if context else None,
    )
    headers = {"X-Amz-Executed-Version": result.version, "x-amzn-RequestId": result.request_id}
    if result.function_error:
        headers["X-Amz-Function-Error"] = result.function_error
    if call.params.get("LogType") == "Tail" and kind == "RequestResponse":
        headers["X-Amz-Log-Result"] = base64.b64encode(result.log_tail).decode()
    return Response(result.payload, status=result.status, headers=headers, content_type="application/json")


def _bytes(payload: Any) -> bytes:
    if payload is None:
        return b""
    if isinstance(payload, str):
        return payload.encode()
    if isinstance(payload, bytes):
        return payload
    raise AwsError("InvalidRequestContentException", "Could not parse request body into json")
