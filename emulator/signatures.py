"""Who a request says it is from: its signature's scope and age, and the refusal of those without one.

Signatures are read, not recomputed: any secret key is as good as another on the embedded AWS.
"""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response

from emulator import aws
from emulator.errors import AwsError

UNSIGNED_ACTIONS = frozenset({"AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"})
"""Actions of STS that carry their own proof of identity; they are handed on without a look at the trust."""

_SCOPE = re.compile(r"Credential=([^/,\s]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")


class Scope(NamedTuple):
    """What a signature is good for."""

    access_key: str
    region: str
    signing_name: str


def scope_of(request: Any) -> Scope | None:
    """The scope of a SigV4 header or URL, or of S3's older presigned URLs; None where nothing is signed."""
    presigned = request.args.get("X-Amz-Credential", "")
    match = _SCOPE.search(request.headers.get("Authorization", "")) or _SCOPE.search(
        f"Credential={presigned}"
    )
    if match:
        return Scope(match.group(1), match.group(2), match.group(3).lower())
    if request.args.get("AWSAccessKeyId") and request.args.get("Signature"):
        return Scope(request.args["AWSAccessKeyId"], aws.default_region(), "s3")
    return None


def session_token(request: Any) -> str | None:
    """The token of a role's session, from a header or a presigned URL."""
    name = "X-Amz-Security-Token"
    return request.headers.get(name) or request.args.get(name) or request.args.get(name.lower())


def refuse_expired(request: Any) -> None:
    """Raise AwsError AccessDenied for a presigned URL whose time is over, or cannot be told."""
    try:
        ends = _end(request)
    except (KeyError, ValueError) as error:
        message = "X-Amz-Date must be formatted by ISO8601 and X-Amz-Expires must be a number"
        raise AwsError("AuthorizationQueryParametersError", message) from error
    if ends is not None and time.time() > ends:
        raise AwsError("AccessDenied", "Request has expired", status=403)


def _end(request: Any) -> float | None:
    if "X-Amz-Credential" in request.args:
        signed = datetime.strptime(request.args["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return signed.timestamp() + int(request.args["X-Amz-Expires"])
    return float(request.args["Expires"]) if "AWSAccessKeyId" in request.args else None


def anonymous_refusal(request: Any) -> Response:
    """What AWS answers to a request without a signature, in the form of the service that it seems to mean."""
    if "X-Amz-Target" in request.headers or "Action" in request.values or _DATED.match(request.path):
        return refusal(request, AwsError("MissingAuthenticationToken", "Missing Authentication Token", 403))
    return refusal(request, AwsError("AccessDenied", "Access Denied", 403))


_DATED = re.compile(r"/\d{4}-\d\d-\d\d/")
"""Paths of REST services with JSON bodies, such as Lambda's, begin with the date of their API."""


def refusal(request: Any, error: AwsError) -> Response:
    """An error for a request whose operation is not known; the protocol is told from what it carries."""
    code, message, target = error.code, error.message, "X-Amz-Target" in request.headers
    kind = "application/x-amz-json-1.1" if target else "application/json"
    if target or _DATED.match(request.path):
        code = code if code.endswith("Exception") else f"{code}Exception"
        body = json.dumps({"__type": code, "message": message})
    else:
        kind = "text/xml"
        body = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
        query = "Action" in request.values
        body = (
            f"<ErrorResponse><Error><Type>Sender</Type>{body}</Error></ErrorResponse>"
            if query
            else f"<Error>{body}</Error>"
        )
    headers = {"x-amzn-ErrorType": code}
    return Response(body, status=error.status, content_type=kind, headers=headers)
