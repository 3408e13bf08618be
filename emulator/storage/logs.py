"""CloudWatch Logs: the class of a log group, and filters that are put twice."""

from __future__ import annotations

from typing import Any

from moto.logs.models import logs_backends

from emulator.edge import Call, operation

_classes: dict[tuple[str, str], str] = {}


@operation("logs", "CreateLogGroup")
def _create(call: Call) -> None:
    call.forward_parsed()
    name = call.params["logGroupName"]
    _classes[call.region, name] = call.params.get("logGroupClass") or "STANDARD"


@operation("logs", "DescribeLogGroups")
def _describe(call: Call) -> dict[str, Any]:
    told = call.forward_parsed()
    for group in told.get("logGroups", []):
        group["logGroupClass"] = _classes.get((call.region, group["logGroupName"]), "STANDARD")
    return told


@operation("logs", "PutMetricFilter")
def _put_filter(call: Call) -> None:
    """moto would keep both the old and the new one."""
    backend = logs_backends[call.account][call.region]
    backend.filters.delete_filter(call.params["filterName"], call.params["logGroupName"])
    call.forward_parsed()
