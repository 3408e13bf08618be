"""The endpoint: what an update keeps, what rolls it back, what it waits for."""

from typing import Any

import pytest
from aws_cdk import CfnCondition, Fn, Stack
from aws_cdk import aws_cloudwatch as cloudwatch

from sagemaker_lifecycle.release_endpoint import ReleaseEndpoint
from sagemaker_lifecycle.spec import Rollout
from tests.unit.synthesis import empty_stack, template_of
from tests.unit.template_values import only

ALL_AT_ONCE = Rollout(strategy="all-at-once", bake_seconds=300, termination_wait_seconds=60)
CANARY = Rollout(strategy="canary", canary_percent=10, bake_seconds=300)
LINEAR = Rollout(strategy="linear", linear_step_percent=25, bake_seconds=60)


def alarm(stack: Stack, name: str) -> cloudwatch.Alarm:
    metric = cloudwatch.Metric(namespace="n", metric_name=name)
    return cloudwatch.Alarm(stack, name, alarm_name=name, metric=metric, threshold=1, evaluation_periods=1)


def declare(rollout: Rollout = ALL_AT_ONCE, alarm_count: int = 1) -> dict[str, Any]:
    stack = empty_stack()
    ReleaseEndpoint(
        stack,
        "Endpoint",
        endpoint_name="dev-houses",
        config_name="config",
        condition=CfnCondition(stack, "Always", expression=Fn.condition_equals("a", "a")),
        guarded=CfnCondition(stack, "Guarded", expression=Fn.condition_equals("a", "a")),
        alarms=[alarm(stack, f"Errors{number}") for number in range(alarm_count)],
        rollout=rollout,
    )
    return template_of(stack)["Resources"]


def guarded_deployment(rollout: Rollout) -> dict[str, Any]:
    """The deployment config while guardrails watch; without them there must be none."""
    config = only(declare(rollout), "AWS::SageMaker::Endpoint")["DeploymentConfig"]
    condition, guarded, unguarded = config["Fn::If"]
    assert (condition, unguarded) == ("Guarded", {"Ref": "AWS::NoValue"})
    return guarded


def test_an_update_keeps_instance_counts_and_takes_new_weights() -> None:
    properties = only(declare(), "AWS::SageMaker::Endpoint")
    assert properties["RetainAllVariantProperties"] is True
    assert properties["ExcludeRetainedVariantProperties"] == [{"VariantPropertyType": "DesiredWeight"}]


def test_the_endpoint_waits_for_its_alarms() -> None:
    [endpoint] = [it for it in declare().values() if it["Type"] == "AWS::SageMaker::Endpoint"]
    assert [it[:6] for it in endpoint["DependsOn"]] == ["Errors"]


def test_traffic_shifts_all_at_once() -> None:
    assert guarded_deployment(ALL_AT_ONCE)["BlueGreenUpdatePolicy"] == {
        "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 300},
        "TerminationWaitInSeconds": 60,
        "MaximumExecutionTimeoutInSeconds": ALL_AT_ONCE.max_execution_seconds,
    }


@pytest.mark.parametrize(
    ("rollout", "routing"),
    [
        (CANARY, {"Type": "CANARY", "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 10}}),
        (LINEAR, {"Type": "LINEAR", "LinearStepSize": {"Type": "CAPACITY_PERCENT", "Value": 25}}),
    ],
)
def test_traffic_shifts_in_the_size_given(rollout: Rollout, routing: dict[str, Any]) -> None:
    config = guarded_deployment(rollout)["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
    assert config == {**routing, "WaitIntervalInSeconds": rollout.bake_seconds}


def test_an_alarm_takes_a_guarded_update_back() -> None:
    [alarm] = guarded_deployment(ALL_AT_ONCE)["AutoRollbackConfiguration"]["Alarms"]
    assert alarm["AlarmName"]["Ref"].startswith("Errors0")


@pytest.mark.parametrize("count", [0, 11])
def test_a_number_of_alarms_that_sagemaker_refuses_is_named(count: int) -> None:
    with pytest.raises(ValueError, match=rf"^test/Endpoint: {count} rollback alarms; allowed: 1 to 10$"):
        declare(alarm_count=count)
