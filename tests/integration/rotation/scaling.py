"""The champion's instances: how many, of which type, and what autoscaling may do with them."""

from __future__ import annotations

import json
from typing import Any

from sagemaker_lifecycle import names
from tests.integration.deployment import ACCOUNT, QUALIFIER, REGION
from tests.integration.rotation.world import World

EXECUTION_ROLE = f"arn:aws:iam::{ACCOUNT}:role/cdk-{QUALIFIER}-cfn-exec-role-{ACCOUNT}-{REGION}"


def deploy(world: World, template: dict[str, Any]) -> str:
    """Deploys the endpoint stack as `cdk deploy` does, which keeps parameters; the status it ends in."""
    known = world.parameters().keys() & template["Parameters"].keys()
    world.client("cloudformation").update_stack(
        StackName=world.stack,
        TemplateBody=json.dumps(template),
        Parameters=[{"ParameterKey": key, "UsePreviousValue": True} for key in known],
        RoleARN=EXECUTION_ROLE,
    )
    return world.settle()["StackStatus"]


def scale_out(world: World) -> None:
    """The champion has three instances."""
    world.client("sagemaker").update_endpoint_weights_and_capacities(
        EndpointName=world.endpoint_name,
        DesiredWeightsAndCapacities=[{"VariantName": names.CHAMPION, "DesiredInstanceCount": 3}],
    )
    assert count(world) == 3


def count(world: World) -> int:
    """Instances of the champion, once the endpoint is at rest."""
    found: Any = world.until(world.endpoint, lambda found: found["EndpointStatus"] == "InService")
    [champion] = [one for one in found["ProductionVariants"] if one["VariantName"] == names.CHAMPION]
    return champion["CurrentInstanceCount"]


def limits(world: World) -> tuple[int, int] | None:
    """Smallest and largest number of instances that autoscaling may choose, None when it does not scale."""
    found = world.client("application-autoscaling").describe_scalable_targets(
        ServiceNamespace="sagemaker",
        ResourceIds=[f"endpoint/{world.endpoint_name}/variant/{names.CHAMPION}"],
    )["ScalableTargets"]
    return (found[0]["MinCapacity"], found[0]["MaxCapacity"]) if found else None
