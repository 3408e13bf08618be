"""Composite alarms at the API: moto can describe them, but has no operation that makes one."""

from __future__ import annotations

import re
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends

from emulator.alarms.evaluation import composite_state
from emulator.edge import Call, operation
from emulator.errors import AwsError

_REFERENCE = re.compile(r'(?:ALARM|OK|INSUFFICIENT_DATA)\(\s*"?([^")]+?)"?\s*\)')


@operation("cloudwatch", "PutCompositeAlarm")
def put_composite_alarm(call: Call) -> dict[str, Any]:
    """Make or replace one. Raises AwsError for a bad rule, and for alarms that do not exist."""
    params, backend = call.params, cloudwatch_backends[call.account][call.region]
    rule = params["AlarmRule"]
    try:
        composite_state(rule, {})
    except ValueError as error:
        raise AwsError("ValidationError", f"Error in AlarmRule [{error}]") from error
    named = {name.rsplit(":alarm:", 1)[-1] for name in _REFERENCE.findall(rule)}
    missing = sorted(named - set(backend.alarms))
    if missing:
        # The words that CloudFormation passes on: github.com/awsdocs/aws-cloudformation-user-guide/issues/911
        raise AwsError(
            "ValidationError",
            f"Could not save the composite alarm as alarms [{', '.join(missing)}] in the alarm rule "
            "do not exist",
        )
    before = backend.alarms.get(params["AlarmName"])
    alarm = backend.put_metric_alarm(
        name=params["AlarmName"],
        namespace="",
        metric_name="",
        comparison_operator="",
        evaluation_periods=0,
        period=0,
        threshold=0,
        statistic="",
        description=params.get("AlarmDescription", ""),
        dimensions=[],
        alarm_actions=params.get("AlarmActions", []),
        ok_actions=params.get("OKActions", []),
        insufficient_data_actions=params.get("InsufficientDataActions", []),
        actions_enabled=params.get("ActionsEnabled", True),
        rule=rule,
        tags=params.get("Tags"),
    )
    if before:
        alarm.update_state(before.state_reason, before.state_reason_data, before.state_value)
    return {}
