"""What a scalable target forbids, and what goes with it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError


def _target(endpoint: str, variant: str = "champion") -> dict[str, str]:
    return {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{endpoint}/variant/{variant}",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }


@pytest.fixture
def endpoint(line: Any) -> str:
    """An endpoint with an autoscaled champion and a challenger of fixed size."""
    variants = {"champion": (line.model(10), 1), "challenger": (line.model(20), 1)}
    name = line.endpoint(line.config(variants))
    line.client("application-autoscaling").register_scalable_target(
        **_target(name), MinCapacity=1, MaxCapacity=3
    )
    return name


def _targets(line: Any, endpoint: str) -> list[Any]:
    answer = line.client("application-autoscaling").describe_scalable_targets(
        ServiceNamespace="sagemaker", ResourceIds=[_target(endpoint)["ResourceId"]]
    )
    return answer["ScalableTargets"]


def _update(line: Any, endpoint: str, config: str) -> None:
    line.sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=config)


def test_the_model_of_an_autoscaled_variant_may_change(line: Any, endpoint: str) -> None:
    models = {"champion": (line.model(30), 1), "challenger": (line.model(20), 1)}
    _update(line, endpoint, line.config(models))
    line.settled(endpoint)
    assert line.ask(endpoint, TargetVariant="champion")["predictions"] == [60.0]


def test_its_instance_type_may_not(line: Any, endpoint: str) -> None:
    models = {"champion": (line.model(10), 1), "challenger": (line.model(20), 1)}
    with pytest.raises(ClientError, match="scalable target exists for variant champion"):
        _update(line, endpoint, line.config(models, instance_type="ml.m5.xlarge"))
    assert line.describe(endpoint)["EndpointStatus"] == "InService"


def test_nor_may_it_be_removed_until_it_is_deregistered(line: Any, endpoint: str) -> None:
    config = line.config({"challenger": (line.model(20), 1)})
    with pytest.raises(ClientError, match="scalable target exists for variant champion"):
        _update(line, endpoint, config)
    line.client("application-autoscaling").deregister_scalable_target(**_target(endpoint))
    _update(line, endpoint, config)
    assert [one["VariantName"] for one in line.settled(endpoint)["ProductionVariants"]] == ["challenger"]


def test_a_deleted_endpoint_takes_its_targets_with_it(line: Any, endpoint: str) -> None:
    line.sagemaker.delete_endpoint(EndpointName=endpoint)
    assert _targets(line, endpoint) == []


def test_deleting_needs_the_right_to_deregister(line: Any, endpoint: str) -> None:
    iam, sts = line.client("iam"), line.client("sts")
    name = line.name("deleter")
    trust = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(
        RoleName=name,
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )["Role"]["Arn"]
    allow = {"Effect": "Allow", "Action": "sagemaker:*", "Resource": "*"}
    iam.put_role_policy(
        RoleName=name,
        PolicyName="allowed",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow]}),
    )
    session = sts.assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    deleter = line.client("sagemaker", session)
    with pytest.raises(ClientError, match="application-autoscaling:DeregisterScalableTarget permission"):
        deleter.delete_endpoint(EndpointName=endpoint)
    assert line.describe(endpoint)["EndpointStatus"] == "InService"
