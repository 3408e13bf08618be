"""Alarms are read while others are made, as a large stack does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends

from emulator import aws

Client = Callable[..., Any]


def test_an_alarm_that_is_made_while_alarms_are_read_breaks_no_reading(client: Client, name: str) -> None:
    cloudwatch = client("cloudwatch")

    def make(alarm: str) -> None:
        cloudwatch.put_metric_alarm(
            AlarmName=alarm,
            Namespace="n",
            MetricName="m",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )

    make(f"{name}-0")
    read = [
        (alarm.name, make(f"{name}-1"))
        for alarm in cloudwatch_backends[aws.ACCOUNT]["us-east-1"].alarms.values()
        if alarm.name.startswith(name)
    ]
    assert [alarm for alarm, _ in read] == [f"{name}-0"]
    told = cloudwatch.describe_alarms(AlarmNamePrefix=name)["MetricAlarms"]
    assert [alarm["AlarmName"] for alarm in told] == [f"{name}-0", f"{name}-1"]
