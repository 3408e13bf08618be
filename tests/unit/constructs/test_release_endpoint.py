"""The endpoint: what an update keeps, what rolls it back, what it waits for."""

from collections.abc import Sequence
from typing import Any

import pytest
from aws_cdk import CfnCondition, Fn, Stack
from aws_cdk import aws_cloudwatch as cloudwatch

from sagemaker_lifecycle.deployment_policy import BlueGreen, Rolling, UpdatePolicy
from sagemaker_lifecycle.release_endpoint import ReleaseEndpoint
from tests.unit.synthesis import empty_stack, template_of
from tests.unit.template_values import only

ALL_AT_ONCE = BlueGreen(
    strategy="all-at-once", bake_seconds=300, termination_wait_seconds=60, max_execution_seconds=7200
)
CANARY = BlueGreen(
    strategy="canary",
    canary_percent=10,
    bake_seconds=300,
    termination_wait_seconds=0,
    max_execution_seconds=7200,
)


def alarm(stack: Stack, name: str) -> cloudwatch.Alarm:
    metric = cloudwatch.Metric(namespace="n", metric_name=name)
    return cloudwatch.Alarm(stack, name, alarm_name=name, metric=metric, threshold=1, evaluation_periods=1)


def declare(policies: Sequence[UpdatePolicy] = (ALL_AT_ONCE,), variant_count: int = 1) -> dict[str, Any]:
    stack = empty_stack()
    ReleaseEndpoint(
        stack,
        "Endpoint",
        endpoint_name="dev-houses",
        config_name="config",
        condition=CfnCondition(stack, "Always", expression=Fn.condition_equals("a", "a")),
        alarms=[alarm(stack, "Errors")],
        policies=policies,
        variant_count=variant_count,
    )
    return template_of(stack)["Resources"]


def test_an_update_keeps_instance_counts_and_takes_new_weights() -> None:
    properties = only(declare(), "AWS::SageMaker::Endpoint")
    assert properties["RetainAllVariantProperties"] is True
    assert properties["ExcludeRetainedVariantProperties"] == [{"VariantPropertyType": "DesiredWeight"}]


def test_the_endpoint_waits_for_its_alarms() -> None:
    [endpoint] = [it for it in declare().values() if it["Type"] == "AWS::SageMaker::Endpoint"]
    assert [it[:6] for it in endpoint["DependsOn"]] == ["Errors"]


def test_traffic_shifts_all_at_once() -> None:
    assert only(declare(), "AWS::SageMaker::Endpoint")["DeploymentConfig"]["BlueGreenUpdatePolicy"] == {
        "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 300},
        "TerminationWaitInSeconds": 60,
        "MaximumExecutionTimeoutInSeconds": 7200,
    }


def test_traffic_shifts_by_a_canary() -> None:
    config = only(declare([CANARY]), "AWS::SageMaker::Endpoint")["DeploymentConfig"]
    assert config["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"] == {
        "Type": "CANARY",
        "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 10},
        "WaitIntervalInSeconds": 300,
    }


def test_a_rolling_update_is_declared_as_such() -> None:
    rolling = Rolling(batch_percent=20, bake_seconds=60, max_execution_seconds=900)
    config = only(declare([rolling]), "AWS::SageMaker::Endpoint")["DeploymentConfig"]
    assert config["RollingUpdatePolicy"] == {
        "MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 20},
        "WaitIntervalInSeconds": 60,
        "MaximumExecutionTimeoutInSeconds": 900,
    }


def test_two_update_policies_are_refused_with_the_path() -> None:
    with pytest.raises(ValueError, match=r"^test/Endpoint: 2 update policies; SageMaker takes exactly one$"):
        declare([ALL_AT_ONCE, CANARY])


def test_a_rolling_update_of_two_variants_is_refused_with_the_path() -> None:
    rolling = Rolling(batch_percent=20, bake_seconds=60, max_execution_seconds=900)
    with pytest.raises(ValueError, match=r"^test/Endpoint: a rolling update serves 1 variant"):
        declare([rolling], variant_count=2)
