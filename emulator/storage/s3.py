"""S3: the order in which buckets and their policies appear, and what moto tells otherwise."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket, FakeKey, S3Backend, s3_backends
from werkzeug.wrappers import Response

from emulator import aws
from emulator.edge import Call, operation
from emulator.storage.patching import replaces


@replaces(FakeBucket, "_log_permissions_enabled_policy")
def accept_any_logging_target(_original: Callable[..., bool], *_positional: Any, **_named: Any) -> bool:
    """S3 takes a logging configuration before the target's policy allows the delivery; moto does not."""
    return True


@replaces(FakeBucket, "get_permission")
def leave_permissions_to_the_front_door(
    _original: Callable[..., Any], *_positional: Any, **_named: Any
) -> PermissionResult:
    """moto takes a statement whose condition is not met (TLS only) for a denial; IAM is decided before it."""
    return PermissionResult.NEUTRAL


@replaces(S3Backend, "put_object")
def etag_of_its_own(original: Callable[..., FakeKey], *positional: Any, **named: Any) -> FakeKey:
    """Under a KMS key an ETag is no digest of the content, and differs between two objects of the same bytes.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
    """
    key = original(*positional, **named)
    if str(key.encryption).startswith("aws:kms"):
        _, hyphen, parts = key.etag.strip('"').partition("-")
        key._etag = f"{secrets.token_hex(16)}{hyphen}{parts}"  # pyright: ignore[reportPrivateUsage]
    return key


@operation("s3", "GetBucketNotificationConfiguration")
def _notifications(call: Call) -> Response:
    """moto sends events to EventBridge where asked to, and does not tell that it was."""
    response = call.forward()
    bucket = s3_backends[call.account][aws.PARTITION].buckets.get(call.params["Bucket"])
    configured = bucket.notification_configuration if bucket else None
    if response.status_code != 200 or configured is None or configured.event_bridge is None:
        return response
    body = response.get_data(as_text=True)
    told = "<EventBridgeConfiguration></EventBridgeConfiguration></NotificationConfiguration>"
    return Response(
        body.replace("</NotificationConfiguration>", told), content_type=response.content_type, status=200
    )
