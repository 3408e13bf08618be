"""DescribeAlarms with all its filters at once; moto heeds the first one it meets."""

from __future__ import annotations

from typing import Any

from emulator.edge import Call, operation

_KINDS = {"MetricAlarm": "MetricAlarms", "CompositeAlarm": "CompositeAlarms"}


@operation("cloudwatch", "DescribeAlarms")
def describe_alarms(call: Call) -> dict[str, Any]:
    """Without AlarmTypes only metric alarms are told of, as the API reference says."""
    params, answer = call.params, call.forward_parsed()
    wanted = {_KINDS[kind] for kind in params.get("AlarmTypes") or ["MetricAlarm"]}
    return {
        kind: [alarm for alarm in answer.get(kind, []) if _matches(alarm, params)] if kind in wanted else []
        for kind in _KINDS.values()
    }


def _matches(alarm: dict[str, Any], params: dict[str, Any]) -> bool:
    names, prefix = params.get("AlarmNames"), params.get("AlarmNamePrefix", "")
    state, action = params.get("StateValue"), params.get("ActionPrefix", "")
    return (
        (not names or alarm["AlarmName"] in names)
        and alarm["AlarmName"].startswith(prefix)
        and (not state or alarm["StateValue"] == state)
        and (not action or any(a.startswith(action) for a in alarm.get("AlarmActions", [])))
    )
