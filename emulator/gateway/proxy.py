"""The Lambda proxy integration: the event a function is given, and the answer it may give.

Source: "Lambda proxy integrations in API Gateway" in the API Gateway developer guide.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from werkzeug.wrappers import Response

from emulator.edge import Principal
from emulator.gateway.refusals import Refused


def proxy_event(
    request: Any,
    body: bytes,
    *,
    stage: str,
    path: str,
    resource_path: str,
    path_parameters: dict[str, str],
    context: dict[str, Any],
    principal: Principal | None,
    binary: bool,
) -> dict[str, Any]:
    """The event of version 1.0 that API Gateway hands to a function.

    ``binary``: the request's type is one of the API's binaryMediaTypes, so its body goes in base64.
    """
    query = {key: request.args.getlist(key) for key in request.args}
    headers = {key: request.headers.getlist(key) for key in dict(request.headers)}
    text = base64.b64encode(body).decode() if binary else body.decode(errors="replace")
    return {
        "resource": resource_path,
        "path": path,
        "httpMethod": request.method,
        "headers": {key: values[-1] for key, values in headers.items()},
        "multiValueHeaders": headers,
        "queryStringParameters": {key: values[-1] for key, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": path_parameters or None,
        "stageVariables": None,
        "requestContext": {
            **context,
            "resourcePath": resource_path,
            "stage": stage,
            "path": f"/{stage}{path}",
            "protocol": "HTTP/1.1",
            "identity": {
                "sourceIp": request.remote_addr,
                "userArn": principal.arn if principal else None,
                "userAgent": request.headers.get("User-Agent"),
            },
        },
        "body": text or None,
        "isBase64Encoded": binary and bool(body),
    }


_MEMBERS = {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}


def proxy_response(payload: bytes, binary: bool) -> Response | None:
    """The function's answer as HTTP, or None where it is malformed (API Gateway then answers 502).

    No member is needed, and none but the documented ones is allowed. ``binary``: the caller accepts one of
    the API's binaryMediaTypes; only then is a base64 body decoded. Raises Refused where that fails.
    """
    try:
        answer = json.loads(payload)
        if not isinstance(answer, dict) or not _MEMBERS.issuperset(answer):
            return None
        status = int(answer.get("statusCode") or 200)
        body = answer.get("body") or ""
        if not isinstance(body, str) or not 100 <= status <= 599:
            return None
        raw = _decoded(body) if answer.get("isBase64Encoded") and binary else body.encode()
        response = Response(raw, status=status, content_type="application/json")
        for name, value in (answer.get("headers") or {}).items():
            response.headers[name] = str(value)
        for name, values in (answer.get("multiValueHeaders") or {}).items():
            response.headers.setlist(name, [str(value) for value in values])
    except (ValueError, AttributeError, TypeError):
        return None
    return response


def _decoded(body: str) -> bytes:
    try:
        return base64.b64decode(body, validate=True)
    except ValueError:
        raise Refused("API_CONFIGURATION_ERROR") from None
