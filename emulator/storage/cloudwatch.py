"""CloudWatch: the tags of what was made without any, or is a dashboard."""

from __future__ import annotations

from typing import Any

from moto.cloudwatch.models import cloudwatch_backends

from emulator import aws
from emulator.edge import Call, operation
from emulator.errors import AwsError


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
