"""Events of S3 buckets: moto says when, this says it to the bus in AWS's words."""

from __future__ import annotations

import logging
from typing import Any
from uuid import uuid4

from moto.s3 import notifications

from emulator import aws
from emulator.events import bus

log = logging.getLogger("emulator.events")
_REASONS = {
    "s3:ObjectCreated:Put": ("Object Created", "PutObject"),
    "s3:ObjectCreated:Post": ("Object Created", "POST Object"),
    "s3:ObjectCreated:Copy": ("Object Created", "CopyObject"),
    "s3:ObjectCreated:CompleteMultipartUpload": ("Object Created", "CompleteMultipartUpload"),
    "s3:ObjectRemoved:Delete": ("Object Deleted", "DeleteObject"),
    "s3:ObjectRemoved:DeleteMarkerCreated": ("Object Deleted", "DeleteObject"),
}


def _send(account_id: str, bucket: Any, event_name: str, key: Any) -> None:
    name = getattr(event_name, "value", event_name)
    if name not in _REASONS or key is None:
        return
    detail_type, reason = _REASONS[name]
    described: dict[str, Any] = {"key": key.name, "sequencer": uuid4().hex[:16].upper()}
    if detail_type == "Object Created":
        described.update(size=key.size, etag=key.etag.strip('"'))
    if bucket.is_versioned and key.version_id:
        described["version-id"] = str(key.version_id)
    detail = {
        "version": "0",
        "bucket": {"name": bucket.name},
        "object": described,
        "request-id": uuid4().hex[:16].upper(),
        "requester": account_id,
        "source-ip-address": "127.0.0.1",
        "reason": reason,
    }
    if detail_type == "Object Deleted":
        is_marker = name.endswith("DeleteMarkerCreated")
        detail["deletion-type"] = "Delete Marker Created" if is_marker else "Permanently Deleted"
    arn = f"arn:{aws.PARTITION}:s3:::{bucket.name}"
    bus.publish("aws.s3", detail_type, detail, [arn], bucket.region_name)


def patch() -> None:
    """Send moto's bucket notifications to our bus (moto's own matches rules without a pattern to all).

    Raises AttributeError when moto has lost the function.
    """
    assert callable(notifications._send_event_bridge_message)  # pyright: ignore[reportPrivateUsage]
    notifications._send_event_bridge_message = _send  # pyright: ignore[reportPrivateUsage]
