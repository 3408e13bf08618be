"""Alarms that roll a release back: units, names, and silence when there is no data."""

from typing import Any

import pytest

from sagemaker_lifecycle.endpoint_metrics import VariantMetrics
from sagemaker_lifecycle.rollback_alarms import RollbackAlarms
from sagemaker_lifecycle.spec.sections import Drift, Monitoring
from tests.unit.synthesis import empty_stack, template_of
from tests.unit.template_values import of_type

THRESHOLDS = Monitoring(latency_p99_ms=250.0, error_rate_percent=2.0)
CHAMPION = VariantMetrics(endpoint_name="dev-houses", variant_name="champion")


def alarms() -> dict[str, dict[str, Any]]:
    stack = empty_stack()
    RollbackAlarms(stack, "Alarms", metrics=CHAMPION, kinds=["errors", "latency"], thresholds=THRESHOLDS)
    found = of_type(template_of(stack)["Resources"], "AWS::CloudWatch::Alarm")
    return {alarm["AlarmName"]: alarm for alarm in found}


def test_latency_is_compared_in_the_microseconds_that_sagemaker_publishes() -> None:
    alarm = alarms()["dev-houses-champion-latency"]
    assert (alarm["MetricName"], alarm["ExtendedStatistic"]) == ("ModelLatency", "p99")
    assert alarm["Threshold"] == 250_000


def test_the_error_rate_is_compared_as_a_part_of_one() -> None:
    alarm = alarms()["dev-houses-champion-errors"]
    [rate, *of] = alarm["Metrics"]
    assert rate["Expression"] == "model_errors - client_errors"
    assert {one["Id"]: one["MetricStat"]["Metric"]["MetricName"] for one in of} == {
        "model_errors": "InvocationModelErrors",
        "client_errors": "Invocation4XXErrors",
    }
    assert {(one["MetricStat"]["Stat"], one["MetricStat"]["Period"]) for one in of} == {("Average", 60)}
    assert alarm["Threshold"] == 0.02


def test_an_endpoint_without_traffic_raises_no_alarm() -> None:
    assert {alarm["TreatMissingData"] for alarm in alarms().values()} == {"notBreaching"}


def test_one_bad_minute_is_enough() -> None:
    assert {alarm["EvaluationPeriods"] for alarm in alarms().values()} == {1}
    assert alarms()["dev-houses-champion-latency"]["Period"] == 60


def test_the_alarms_name_the_endpoint_literally() -> None:
    latency, errors = (alarms()[f"dev-houses-champion-{kind}"] for kind in ("latency", "errors"))
    for metric in (latency, *(one["MetricStat"]["Metric"] for one in errors["Metrics"][1:])):
        assert metric["Dimensions"] == [
            {"Name": "EndpointName", "Value": "dev-houses"},
            {"Name": "VariantName", "Value": "champion"},
        ]


DRIFT = Monitoring(drift=Drift(lowest_mean=-2.0, highest_mean=10.0))


def test_drift_is_the_mean_predictions_distance_from_the_middle_of_its_range() -> None:
    stack = empty_stack()
    RollbackAlarms(stack, "Alarms", metrics=CHAMPION, kinds=["drift"], thresholds=DRIFT)
    (alarm,) = of_type(template_of(stack)["Resources"], "AWS::CloudWatch::Alarm")
    assert (alarm["AlarmName"], alarm["Threshold"]) == ("dev-houses-champion-drift", 6)
    [shown, of] = alarm["Metrics"]
    assert shown["Expression"] == "ABS(predicted - (4.0))"
    metric = of["MetricStat"]["Metric"]
    assert (metric["Namespace"], metric["MetricName"]) == ("SageMakerLifecycle", "Prediction")
    assert (of["MetricStat"]["Stat"], of["MetricStat"]["Period"]) == ("Average", 60)


def test_drift_without_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match=r"needs the range in monitoring\.drift"):
        RollbackAlarms(empty_stack(), "Alarms", metrics=CHAMPION, kinds=["drift"], thresholds=Monitoring())


def test_only_the_kinds_asked_for_are_declared() -> None:
    declared = RollbackAlarms(
        empty_stack(), "Alarms", metrics=CHAMPION, kinds=["latency"], thresholds=THRESHOLDS
    )
    assert declared.names == ["dev-houses-champion-latency"]
    assert len(declared.alarms) == 1
