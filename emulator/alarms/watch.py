"""The watch: evaluates every alarm again and again, and carries out the actions of each change of state."""

from __future__ import annotations

import json
import logging
import threading
import time
from datetime import UTC, datetime
from typing import Any
from weakref import WeakKeyDictionary

from botocore.exceptions import ClientError
from moto.cloudwatch.models import Alarm, cloudwatch_backends

from emulator import aws, clock
from emulator.alarms.evaluation import composite_state, metric_state
from emulator.edge import Call, operation
from emulator.errors import AwsError

log = logging.getLogger("emulator.alarms")

AWS_SECONDS_BETWEEN = 15.0
"""Between two looks at all alarms, on AWS's clock; never more often than twice a second here."""

_stopping = threading.Event()
_threads: list[threading.Thread] = []


def start() -> None:
    """Begin to watch."""
    _stopping.clear()
    thread = threading.Thread(target=_watch, daemon=True, name="alarms")
    _threads.append(thread)
    thread.start()


def stop() -> None:
    """Watch no more."""
    _stopping.set()
    while _threads:
        _threads.pop().join(timeout=5)


def _watch() -> None:
    while not _stopping.wait(max(AWS_SECONDS_BETWEEN * clock.scale, 0.5)):
        for region, backend in list(cloudwatch_backends[aws.ACCOUNT].items()):
            if backend.alarms:
                try:
                    evaluate_all(region)
                except Exception:
                    log.exception("alarms of %s", region)


def evaluate_all(region: str) -> None:
    """Look at every alarm of a region once; metric alarms before the composite ones that build on them."""
    alarms = _alarms(region)
    now = time.time()
    states: dict[str, str] = {}
    for alarm in alarms:
        if "AlarmRule" in alarm:
            continue
        try:
            state, reason = metric_state(alarm, now, clock.scale)
        except AwsError as error:
            state, reason = "INSUFFICIENT_DATA", str(error)
        states[alarm["AlarmName"]] = state
        _change(alarm, state, reason, region)
    for alarm in alarms:
        if "AlarmRule" not in alarm:
            continue
        state, reason = composite_state(alarm["AlarmRule"], states)
        states[alarm["AlarmName"]] = state
        _change(alarm, state, reason, region)


_described: WeakKeyDictionary[Alarm, dict[str, Any]] = WeakKeyDictionary()


def _alarms(region: str) -> list[dict[str, Any]]:
    """All alarms as DescribeAlarms tells them.

    Each is asked for once, as asking for hundreds takes as long as there is between two looks. moto makes
    another object of one that is put anew; of an object only these three change.
    """
    stored = dict(cloudwatch_backends[aws.ACCOUNT][region].alarms)
    new = [name for name, alarm in stored.items() if alarm not in _described]
    for beginning in range(0, len(new), 100):
        answer = aws.client("cloudwatch", region).describe_alarms(
            AlarmNames=new[beginning : beginning + 100], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        for told in (*answer["MetricAlarms"], *answer["CompositeAlarms"]):
            _described[stored[told["AlarmName"]]] = told
    return [
        {
            **_described[alarm],
            "StateValue": alarm.state_value,
            "StateReason": alarm.state_reason,
            "ActionsEnabled": alarm.actions_enabled,
        }
        for alarm in stored.values()
        if alarm in _described
    ]


def _change(alarm: dict[str, Any], state: str, reason: str, region: str) -> None:
    stored = cloudwatch_backends[aws.ACCOUNT][region].alarms.get(alarm["AlarmName"])
    if stored is None:
        return
    fresh = alarm.get("StateReason") == "Unchecked: Initial alarm creation"
    if alarm["StateValue"] == state and not fresh:
        return
    stored.update_state(reason, "{}", state)
    # CloudWatch's alarms begin without data: one that is quiet from the start tells nobody.
    before = "INSUFFICIENT_DATA" if fresh else alarm["StateValue"]
    if before != state:
        _tell(alarm, before, state, reason, region)


@operation("cloudwatch", "SetAlarmState")
def _set_alarm_state(call: Call) -> dict[str, Any]:
    """The state lasts until the next look at the alarm's metric, as on AWS; its actions are carried out."""
    name = call.params["AlarmName"]
    found = aws.client("cloudwatch", call.region).describe_alarms(
        AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    alarms = [*found["MetricAlarms"], *found["CompositeAlarms"]]
    call.forward_parsed()
    for alarm in alarms:
        state = call.params["StateValue"]
        if alarm["StateValue"] != state:
            _tell(alarm, alarm["StateValue"], state, call.params["StateReason"], call.region)
    return {}


_ACTIONS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}


def _tell(alarm: dict[str, Any], before: str, state: str, reason: str, region: str) -> None:
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    from emulator import events

    events.publish(
        "aws.cloudwatch",
        "CloudWatch Alarm State Change",
        {
            "alarmName": alarm["AlarmName"],
            "state": {"value": state, "reason": reason, "timestamp": at},
            "previousState": {"value": before},
        },
        [alarm["AlarmArn"]],
        region,
    )
    if not alarm.get("ActionsEnabled", True):
        return
    message = {
        "AlarmName": alarm["AlarmName"],
        "AlarmDescription": alarm.get("AlarmDescription"),
        "AWSAccountId": aws.ACCOUNT,
        "NewStateValue": state,
        "NewStateReason": reason,
        "OldStateValue": before,
        "StateChangeTime": at,
        "Region": region,
        "AlarmArn": alarm["AlarmArn"],
    }
    for action in alarm.get(_ACTIONS[state], []):
        _act(action, alarm, message, region)


def _act(action: str, alarm: dict[str, Any], message: dict[str, Any], region: str) -> None:
    from emulator.identity import keys, service_may

    if not action.startswith("arn:aws:sns:"):
        log.warning("alarm %s: only topics are told, not %s", alarm["AlarmName"], action)
        return
    sns = aws.client("sns", region)
    try:
        attributes = sns.get_topic_attributes(TopicArn=action)["Attributes"]
        policy = attributes.get("Policy")
        own_policy = policy and "__default_policy_ID" not in policy
        if own_policy and not service_may(
            policy, "cloudwatch.amazonaws.com", "sns:Publish", action, alarm["AlarmArn"]
        ):
            log.warning(
                "alarm %s: the policy of %s does not let CloudWatch publish", alarm["AlarmName"], action
            )
            return
        lacking = keys.service_lacks(
            attributes.get("KmsMasterKeyId"),
            region,
            "cloudwatch.amazonaws.com",
            keys.MESSAGE_ACTIONS,
            alarm["AlarmArn"],
        )
        if lacking:
            log.warning(
                "alarm %s: the key of %s does not let CloudWatch %s", alarm["AlarmName"], action, lacking
            )
            return
        subject = f'{message["NewStateValue"]}: "{alarm["AlarmName"]}"'[:100]
        sns.publish(TopicArn=action, Subject=subject, Message=json.dumps(message))
    except ClientError as error:
        log.warning("alarm %s: %s", alarm["AlarmName"], error)
