"""S3: the order in which buckets and their policies appear."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket, s3_backends
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
