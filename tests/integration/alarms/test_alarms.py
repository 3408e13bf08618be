"""An alarm that trips: its state, its topic, and the composite alarm above it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.waiting import eventually

Client = Callable[..., Any]


def test_a_breach_trips_the_alarm_tells_the_topic_and_the_composite(client: Client, name: str) -> None:
    cloudwatch, sns, sqs = client("cloudwatch"), client("sns"), client("sqs")
    topic = sns.create_topic(Name=name)["TopicArn"]
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:123456789012:{name}")
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="Test",
        MetricName=name,
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
        AlarmActions=[topic],
    )
    cloudwatch.put_composite_alarm(AlarmName=f"{name}-any", AlarmRule=f'ALARM("{name}")')

    def states() -> list[str]:
        found = cloudwatch.describe_alarms(AlarmNamePrefix=name, AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        return [a["StateValue"] for a in [*found["MetricAlarms"], *found["CompositeAlarms"]]]

    eventually(states, ["OK", "OK"].__eq__)
    cloudwatch.put_metric_data(Namespace="Test", MetricData=[{"MetricName": name, "Value": 3}])
    eventually(states, ["ALARM", "ALARM"].__eq__)
    told = eventually(lambda: sqs.receive_message(QueueUrl=queue).get("Messages"))
    message = json.loads(json.loads(told[0]["Body"])["Message"])
    assert (message["AlarmName"], message["NewStateValue"]) == (name, "ALARM")
    assert message["NewStateReason"].startswith("Threshold Crossed: 1 of 1 datapoints [3]")
    eventually(states, ["OK", "OK"].__eq__)  # the period, on the shortened clock, is over


def test_an_alarm_that_is_put_anew_goes_by_its_new_threshold_and_one_that_is_muted_tells_nobody(
    client: Client, name: str
) -> None:
    cloudwatch, sns, sqs = client("cloudwatch"), client("sns"), client("sqs")
    topic = sns.create_topic(Name=name)["TopicArn"]
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:123456789012:{name}")

    def put(alarm: str, threshold: int) -> None:
        cloudwatch.put_metric_alarm(
            AlarmName=alarm,
            Namespace="Test",
            MetricName=name,
            Statistic="Maximum",
            Period=86400,
            EvaluationPeriods=1,
            Threshold=threshold,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",
            AlarmActions=[topic],
        )

    def state(alarm: str) -> tuple[str, str]:
        [found] = cloudwatch.describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
        return found["StateValue"], found["StateReason"]

    muted = f"{name}-muted"
    cloudwatch.put_metric_data(Namespace="Test", MetricData=[{"MetricName": name, "Value": 3}])
    for alarm in (name, muted):
        put(alarm, 5)
        eventually(lambda alarm=alarm: state(alarm)[1], lambda reason: "[3]" in reason)
        assert state(alarm)[0] == "OK"
    cloudwatch.disable_alarm_actions(AlarmNames=[muted])
    cloudwatch.put_metric_data(Namespace="Test", MetricData=[{"MetricName": name, "Value": 7}])
    eventually(lambda: state(muted)[0], "ALARM".__eq__)
    eventually(lambda: state(name)[0], "ALARM".__eq__)
    put(name, 9)
    eventually(lambda: state(name), lambda found: found[0] == "OK" and "[7]" in found[1])
    told = [
        json.loads(json.loads(message["Body"])["Message"])
        for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    ]
    assert {each["AlarmName"] for each in told} == {name}


def test_metric_data_knows_percentiles(client: Client, name: str) -> None:
    cloudwatch = client("cloudwatch")
    values = [float(v) for v in range(1, 101)]
    cloudwatch.put_metric_data(Namespace="Test", MetricData=[{"MetricName": name, "Values": values}])
    metric = {"Namespace": "Test", "MetricName": name}
    now = time.time()
    answer = cloudwatch.get_metric_data(
        MetricDataQueries=[
            {"Id": "slow", "MetricStat": {"Metric": metric, "Period": 3600, "Stat": "p99"}},
            {"Id": "sum", "MetricStat": {"Metric": metric, "Period": 3600, "Stat": "Sum"}},
        ],
        StartTime=now - 3600,
        EndTime=now + 60,
    )
    found = {r["Id"]: r["Values"] for r in answer["MetricDataResults"]}
    assert sum(found["sum"]) == 5050
    assert max(found["slow"]) == 99


def test_filters_of_describe_alarms_count_together(client: Client, name: str) -> None:
    cloudwatch = client("cloudwatch")
    for suffix in ("a", "b"):
        cloudwatch.put_metric_alarm(
            AlarmName=f"{name}-{suffix}",
            Namespace="Test",
            MetricName=name,
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",
        )
    cloudwatch.put_composite_alarm(AlarmName=f"{name}-any", AlarmRule=f'ALARM("{name}-a")')

    def names(**filters: Any) -> list[str]:
        found = cloudwatch.describe_alarms(**filters)
        return [a["AlarmName"] for a in [*found["MetricAlarms"], *found["CompositeAlarms"]]]

    assert names(AlarmNames=[f"{name}-a", f"{name}-any"]) == [f"{name}-a"]
    assert names(AlarmNames=[f"{name}-a"], StateValue="ALARM") == []
    assert names(AlarmNamePrefix=name, AlarmTypes=["CompositeAlarm"]) == [f"{name}-any"]


def test_a_composite_of_alarms_that_are_not_there_is_refused(client: Client, name: str) -> None:
    with pytest.raises(ClientError, match=rf"alarms \[{name}\] in the alarm rule do not exist"):
        client("cloudwatch").put_composite_alarm(AlarmName="c", AlarmRule=f'ALARM("{name}")')
