"""AWS::ApplicationAutoScaling: scalable targets and scaling policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.cloudformation.provider import Properties, ResourceContext, ResourceFailure
from emulator.cloudformation.resources.base import ApiProvider, TagOperations, registered

_SERVICE = "application-autoscaling"


@registered
class ScalableTarget(ApiProvider):
    """AWS::ApplicationAutoScaling::ScalableTarget."""

    type = "AWS::ApplicationAutoScaling::ScalableTarget"
    service = _SERVICE
    fidelity = "stub"
    note = "registered, described, and guarded by its refusals; nothing scales by itself"
    handled = frozenset(
        {
            "MaxCapacity", "MinCapacity", "ResourceId", "RoleARN", "ScalableDimension", "ServiceNamespace",
            "SuspendedState", "Tags",
        }
    )  # fmt: skip
    tag_operations = TagOperations("ResourceARN")

    def make(self, context: ResourceContext, properties: Properties) -> str:
        """RegisterScalableTarget; Ref gives ``resource|dimension|namespace``."""
        tags = self.tags_for(context, "RegisterScalableTarget", properties)
        self._register(context, properties, tags)
        parts = ("ResourceId", "ScalableDimension", "ServiceNamespace")
        return "|".join(str(properties[part]) for part in parts)

    def _register(self, context: ResourceContext, properties: Properties, tags: Mapping[str, Any]) -> None:
        rest = {key: value for key, value in properties.items() if key != "Tags"}
        self.call(context, "RegisterScalableTarget", **rest, **tags)

    def change(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """RegisterScalableTarget again."""
        self._register(context, new, {})

    def tag_address(self, context: ResourceContext, physical_id: str, properties: Properties) -> str:
        """The target's ARN, which DescribeScalableTargets tells."""
        found = self.call(
            context,
            "DescribeScalableTargets",
            ServiceNamespace=properties["ServiceNamespace"],
            ResourceIds=[properties["ResourceId"]],
            ScalableDimension=properties["ScalableDimension"],
        )["ScalableTargets"]
        if not found:
            raise ResourceFailure(f"No scalable target found for {physical_id}")
        return found[0]["ScalableTargetARN"]

    def attributes(
        self, context: ResourceContext, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """Its id."""
        return {"Id": physical_id}

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """DeregisterScalableTarget, which takes its policies along."""
        resource, dimension, namespace = physical_id.split("|")
        self.call(
            context,
            "DeregisterScalableTarget",
            ServiceNamespace=namespace,
            ResourceId=resource,
            ScalableDimension=dimension,
        )


@registered
class ScalingPolicy(ApiProvider):
    """AWS::ApplicationAutoScaling::ScalingPolicy."""

    type = "AWS::ApplicationAutoScaling::ScalingPolicy"
    service = _SERVICE
    fidelity = "stub"
    note = "kept and described; nothing scales by itself"
    handled = frozenset(
        {
            "PolicyName", "PolicyType", "ResourceId", "ScalableDimension", "ScalingTargetId",
            "ServiceNamespace", "StepScalingPolicyConfiguration", "TargetTrackingScalingPolicyConfiguration",
        }
    )  # fmt: skip

    def make(self, context: ResourceContext, properties: Properties) -> str:
        """PutScalingPolicy."""
        return self._put(context, properties)

    def change(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """PutScalingPolicy over the one before."""
        self._put(context, new)

    def _put(self, context: ResourceContext, properties: Properties) -> str:
        rest = {key: value for key, value in properties.items() if key != "ScalingTargetId"}
        answer = self.call(context, "PutScalingPolicy", **{**rest, **_target(properties)})
        return str(answer["PolicyARN"])

    def attributes(
        self, context: ResourceContext, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """ARN."""
        return {"Arn": physical_id}

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """DeleteScalingPolicy."""
        name = properties["PolicyName"]
        self.call(context, "DeleteScalingPolicy", PolicyName=name, **_target(properties))


def _target(properties: Properties) -> dict[str, Any]:
    """What is scaled, from ScalingTargetId where the template has it."""
    if "ScalingTargetId" in properties:
        resource, dimension, namespace = str(properties["ScalingTargetId"]).split("|")
        return {"ResourceId": resource, "ScalableDimension": dimension, "ServiceNamespace": namespace}
    names = ("ResourceId", "ScalableDimension", "ServiceNamespace")
    return {name: properties[name] for name in names if name in properties}
