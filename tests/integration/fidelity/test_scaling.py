"""Application Auto Scaling's refusals for SageMaker endpoints, and the guard it gives to a variant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator.scaling import registered_variants
from tests.integration.fidelity.case import World

CHAMPION = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/fidelity/variant/champion",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
TRACKING: dict[str, Any] = {
    "PolicyName": "requests",
    "PolicyType": "TargetTrackingScaling",
    "TargetTrackingScalingPolicyConfiguration": {
        "TargetValue": 10.0,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
    },
}


@pytest.fixture
def scaling(world: World) -> Iterator[Any]:
    client = world.client("application-autoscaling")
    yield client
    if registered_variants("fidelity"):
        client.deregister_scalable_target(**CHAMPION)


def test_a_registered_variant_is_known_until_it_is_deregistered(scaling: Any) -> None:
    scaling.register_scalable_target(**CHAMPION, MinCapacity=1, MaxCapacity=2)
    assert registered_variants("fidelity") == {"champion"}
    scaling.deregister_scalable_target(**CHAMPION)
    assert registered_variants("fidelity") == set()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ResourceId": "endpoint/nobody/variant/champion"}, "Unable to describe"),
        ({"ResourceId": "endpoint/fidelity/variant/nobody"}, "doesn't exist"),
        ({"ResourceId": "fidelity/champion"}, "Unsupported service namespace, resource type"),
        ({"MinCapacity": 3}, "Maximum capacity cannot be less than minimum"),
        ({"MinCapacity": 0}, "at least 1"),
    ],
)
def test_a_target_that_cannot_be_is_refused(scaling: Any, change: dict[str, Any], words: str) -> None:
    with pytest.raises(ClientError, match=words) as refused:
        scaling.register_scalable_target(**{**CHAMPION, "MinCapacity": 1, "MaxCapacity": 2, **change})
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_a_registration_brings_the_count_within_its_bounds(world: World, scaling: Any) -> None:
    for least, most, expected in ((2, 3, 2), (1, 3, 2), (1, 1, 1)):
        scaling.register_scalable_target(**CHAMPION, MinCapacity=least, MaxCapacity=most)
        assert settled_count(world) == expected


def settled_count(world: World) -> int:
    sagemaker = world.client("sagemaker")
    while (told := sagemaker.describe_endpoint(EndpointName="fidelity"))["EndpointStatus"] != "InService":
        pass
    [champion] = [one for one in told["ProductionVariants"] if one["VariantName"] == "champion"]
    assert champion["CurrentInstanceCount"] == champion["DesiredInstanceCount"]
    return champion["CurrentInstanceCount"]


def test_the_first_registration_names_both_bounds(scaling: Any) -> None:
    with pytest.raises(ClientError, match="required"):
        scaling.register_scalable_target(**CHAMPION, MinCapacity=1)
    scaling.register_scalable_target(**CHAMPION, MinCapacity=1, MaxCapacity=2)
    scaling.register_scalable_target(**CHAMPION, MaxCapacity=5)
    [told] = scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    assert (told["MinCapacity"], told["MaxCapacity"]) == (1, 5)


def test_a_burstable_instance_is_not_scaled(world: World, scaling: Any) -> None:
    sagemaker = world.client("sagemaker")
    variant = {
        "VariantName": "champion",
        "ModelName": world.model,
        "InstanceType": "ml.t2.medium",
        "InitialInstanceCount": 1,
    }
    sagemaker.create_endpoint_config(EndpointConfigName="burstable", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName="burstable", EndpointConfigName="burstable")
    with pytest.raises(ClientError, match=r"burstable instances such as ml\.t2\.medium"):
        scaling.register_scalable_target(
            **{**CHAMPION, "ResourceId": "endpoint/burstable/variant/champion"}, MinCapacity=1, MaxCapacity=2
        )
    while sagemaker.describe_endpoint(EndpointName="burstable")["EndpointStatus"] == "Creating":
        pass
    sagemaker.delete_endpoint(EndpointName="burstable")


def test_a_policy_needs_a_target_and_goes_with_it(scaling: Any) -> None:
    with pytest.raises(ClientError, match="No scalable target found") as refused:
        scaling.put_scaling_policy(**CHAMPION, **TRACKING)
    assert refused.value.response["Error"]["Code"] == "ObjectNotFoundException"
    scaling.register_scalable_target(**CHAMPION, MinCapacity=1, MaxCapacity=2)
    first = scaling.put_scaling_policy(**CHAMPION, **TRACKING)["PolicyARN"]
    assert scaling.put_scaling_policy(**CHAMPION, **TRACKING)["PolicyARN"] == first
    scaling.deregister_scalable_target(**CHAMPION)
    assert scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"] == []


def test_what_is_not_registered_cannot_be_deregistered(scaling: Any) -> None:
    with pytest.raises(ClientError, match="No scalable target found"):
        scaling.deregister_scalable_target(**CHAMPION)


def test_a_service_that_is_not_scaled_here_is_refused_by_name(scaling: Any) -> None:
    with pytest.raises(ClientError, match="the emulator scales sagemaker:variant:DesiredInstanceCount only"):
        scaling.register_scalable_target(
            ServiceNamespace="ecs",
            ResourceId="service/a/b",
            ScalableDimension="ecs:service:DesiredCount",
            MinCapacity=1,
            MaxCapacity=2,
        )
