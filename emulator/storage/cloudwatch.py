"""CloudWatch: tags of what was made without any, or is a dashboard; alarms made while others are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.cloudwatch.models import Alarm, CloudWatchBackend, cloudwatch_backends

from emulator import aws
from emulator.edge import Call, operation
from emulator.errors import AwsError
from emulator.storage.patching import replaces


class _Alarms(dict[str, Alarm]):
    """Alarms by name, whose values are those of the moment: a stack makes several while others are read."""

    def values(self) -> list[Alarm]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """All of them, in a list of its own."""
        return list(super().values())


@replaces(CloudWatchBackend, "__init__")
def _with_alarms_that_can_be_read(
    original: Callable[..., None], self: CloudWatchBackend, *positional: Any, **named: Any
) -> None:
    original(self, *positional, **named)
    self.alarms = _Alarms()


@operation("cloudwatch", "PutDashboard")
def _put(call: Call) -> dict[str, Any]:
    """moto drops the tags."""
    told = call.forward_parsed()
    name = call.params["DashboardName"]
    _tag(call, f"arn:{aws.PARTITION}:cloudwatch::{call.account}:dashboard/{name}")
    return told


@operation("cloudwatch", "TagResource")
def _tag_resource(call: Call) -> None:
    """moto tags only what has tags already."""
    arn = call.params["ResourceARN"]
    backend = cloudwatch_backends[call.account][call.region]
    known = [alarm.alarm_arn for alarm in backend.alarms.values()]
    boards = [
        f"arn:{aws.PARTITION}:cloudwatch::{call.account}:dashboard/{name}" for name in backend.dashboards
    ]
    if arn not in (*known, *boards):
        raise AwsError("ResourceNotFoundException", "Unknown", status=404)
    _tag(call, arn)


def _tag(call: Call, arn: str) -> None:
    tags = call.params.get("Tags") or []
    cloudwatch_backends[call.account][call.region].tagger.tag_resource(arn, tags)
