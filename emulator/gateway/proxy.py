"""The Lambda proxy integration: the event a function is given, and the answer it may give.

Source: "Lambda proxy integrations in API Gateway" in the API Gateway developer guide.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from werkzeug.wrappers import Response

from emulator.edge import Principal


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
) -> dict[str, Any]:
    """The event of version 1.0 that API Gateway hands to a function."""
    query = {key: request.args.getlist(key) for key in request.args}
    headers = {key: request.headers.getlist(key) for key in dict(request.headers)}
    try:
        text, encoded = body.decode(), False
    except UnicodeDecodeError:
        text, encoded = base64.b64encode(body).decode(), True
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
        "isBase64Encoded": encoded,
    }


def proxy_response(payload: bytes) -> Response | None:
    """The function's answer as HTTP, or None where it is malformed (API Gateway then answers 502)."""
    try:
        answer = json.loads(payload)
        status = int(answer.get("statusCode", 200))
        body = answer.get("body") or ""
        if not isinstance(body, str):
            return None
    except (ValueError, AttributeError, TypeError):
        return None
    raw = base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode()
    response = Response(raw, status=status, content_type="application/json")
    for name, value in (answer.get("headers") or {}).items():
        response.headers[name] = str(value)
    for name, values in (answer.get("multiValueHeaders") or {}).items():
        response.headers.setlist(name, [str(value) for value in values])
    return response
