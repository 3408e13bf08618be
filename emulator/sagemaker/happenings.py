"""State changes that SageMaker tells EventBridge."""

from __future__ import annotations

from datetime import datetime
from typing import Any


def announce(detail_type: str, detail: dict[str, Any], arn: str, region: str) -> None:
    """Send an event of source aws.sagemaker about ``arn``; times become milliseconds, as AWS sends them."""
    from emulator import events  # it starts state machines, which use this package

    events.publish("aws.sagemaker", detail_type, _plain(detail), [arn], region)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return int(value.timestamp() * 1000)
    if isinstance(value, dict):
        return {key: _plain(member) for key, member in value.items() if member is not None}
    if isinstance(value, list):
        return [_plain(member) for member in value]
    return value
