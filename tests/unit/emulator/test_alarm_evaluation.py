"""The state an alarm should be in, by its data points or by its rule."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from emulator.alarms import metrics
from emulator.alarms.evaluation import composite_state, metric_state
from emulator.errors import AwsError

NOW = 1_000_000.0


@pytest.fixture
def alarm() -> dict[str, Any]:
    return {
        "Namespace": "N",
        "MetricName": uuid4().hex,
        "Dimensions": [{"Name": "b", "Value": "2"}, {"Name": "a", "Value": "1"}],
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 2,
        "Threshold": 5.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
        "StateValue": "OK",
    }


def observe(alarm: dict[str, Any], seconds_ago: float, **datum: Any) -> None:
    dimensions = list(reversed(alarm["Dimensions"]))
    metrics.record(
        "N",
        {
            "MetricName": alarm["MetricName"],
            "Dimensions": dimensions,
            "Timestamp": NOW - seconds_ago,
            **datum,
        },
    )


def state(alarm: dict[str, Any], scale: float = 1) -> str:
    return metric_state(alarm, NOW, scale)[0]


def test_enough_breaching_periods_alarm(alarm: dict[str, Any]) -> None:
    observe(alarm, 10, Value=5)
    assert state(alarm) == "OK"
    observe(alarm, 70, Value=9)
    assert state(alarm) == "ALARM"


def test_values_of_one_period_are_summed(alarm: dict[str, Any]) -> None:
    alarm["DatapointsToAlarm"] = 1
    observe(alarm, 10, Value=3)
    assert state(alarm) == "OK"
    observe(alarm, 20, Values=[1.0], Counts=[2])
    assert state(alarm) == "ALARM"


def test_older_values_are_forgotten(alarm: dict[str, Any]) -> None:
    observe(alarm, 200, Value=50)
    observe(alarm, 210, Value=50)
    assert state(alarm) == "OK"


def test_periods_shorten_with_the_clock(alarm: dict[str, Any]) -> None:
    observe(alarm, 0.5, Value=9)
    observe(alarm, 1.5, Value=9)
    assert state(alarm, scale=1 / 60) == "ALARM"
    observe(alarm, 40, Value=9)
    alarm["DatapointsToAlarm"] = 3
    assert state(alarm, scale=1 / 60) == "OK"


@pytest.mark.parametrize(
    ("treatment", "expected"),
    [("notBreaching", "OK"), ("breaching", "ALARM"), ("missing", "INSUFFICIENT_DATA"), ("ignore", "OK")],
)
def test_missing_data(alarm: dict[str, Any], treatment: str, expected: str) -> None:
    alarm["TreatMissingData"] = treatment
    assert state(alarm) == expected


def test_a_percentile_looks_at_the_slowest(alarm: dict[str, Any]) -> None:
    alarm |= {"ExtendedStatistic": "p99", "Statistic": None, "DatapointsToAlarm": 1, "Threshold": 100.0}
    observe(alarm, 10, Values=[1.0], Counts=[98])
    observe(alarm, 10, Values=[500.0], Counts=[1])
    assert state(alarm) == "ALARM"
    observe(alarm, 10, Values=[1.0], Counts=[101])
    assert state(alarm) == "OK"


def test_metrics_can_be_computed_with(alarm: dict[str, Any]) -> None:
    def stat(name: str, statistic: str) -> dict[str, Any]:
        metric = {k: alarm[k] for k in ("Namespace", "MetricName", "Dimensions")}
        return {
            "Id": name,
            "ReturnData": False,
            "MetricStat": {"Metric": metric, "Period": 60, "Stat": statistic},
        }

    alarm["Metrics"] = [
        stat("total", "Sum"),
        stat("count", "SampleCount"),
        {"Id": "mean", "Expression": "100 * total / count", "ReturnData": True},
    ]
    alarm |= {"DatapointsToAlarm": 1, "Threshold": 250.0}
    observe(alarm, 10, Value=2)
    assert state(alarm) == "OK"
    observe(alarm, 10, Value=4)
    assert state(alarm) == "ALARM"


def test_a_distance_can_be_computed(alarm: dict[str, Any]) -> None:
    metric = {key: alarm[key] for key in ("Namespace", "MetricName", "Dimensions")}
    alarm["Metrics"] = [
        {"Id": "m", "ReturnData": False, "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Average"}},
        {"Id": "off", "Expression": "ABS(m - (-5.0))", "ReturnData": True},
    ]
    alarm |= {"DatapointsToAlarm": 1, "Threshold": 3.0}
    observe(alarm, 10, Value=-7)
    assert state(alarm) == "OK"
    observe(alarm, 10, Value=-15)
    assert state(alarm) == "ALARM"


def test_an_expression_beyond_arithmetic_is_refused(alarm: dict[str, Any]) -> None:
    alarm["Metrics"] = [{"Id": "e", "Expression": "SUM(METRICS())", "ReturnData": True}]
    with pytest.raises(AwsError, match=r"of metrics only, not 'SUM\(METRICS\(\)\)'"):
        state(alarm)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ('ALARM("a") OR ALARM("b")', "ALARM"),
        ('ALARM("a") AND ALARM("b")', "OK"),
        ('NOT ALARM("b") AND (OK("b") OR FALSE)', "ALARM"),
        ('ALARM("arn:aws:cloudwatch:us-east-1:123456789012:alarm:a")', "ALARM"),
        ('ALARM(a) AND NOT INSUFFICIENT_DATA("c")', "OK"),
        ("TRUE OR FALSE AND FALSE", "ALARM"),
    ],
)
def test_composite_rules(rule: str, expected: str) -> None:
    assert composite_state(rule, {"a": "ALARM", "b": "OK"})[0] == expected


@pytest.mark.parametrize("rule", ['ALARM("a"', "(TRUE", 'ALARM("a") ALARM("b")', "MAYBE(a)", ""])
def test_a_malformed_rule_is_an_error(rule: str) -> None:
    with pytest.raises(ValueError, match="alarm rule"):
        composite_state(rule, {})
