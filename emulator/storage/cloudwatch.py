"""CloudWatch: a dashboard's tags, which moto drops when it is made."""

from __future__ import annotations

from typing import Any

from moto.cloudwatch.models import cloudwatch_backends

from emulator import aws
from emulator.edge import Call, operation


@operation("cloudwatch", "PutDashboard")
def _put(call: Call) -> dict[str, Any]:
    told = call.forward_parsed()
    tags = {tag["Key"]: tag["Value"] for tag in call.params.get("Tags") or []}
    if tags:
        name = call.params["DashboardName"]
        arn = f"arn:{aws.PARTITION}:cloudwatch::{call.account}:dashboard/{name}"
        cloudwatch_backends[call.account][call.region].tag_resource(arn, tags)
    return told
