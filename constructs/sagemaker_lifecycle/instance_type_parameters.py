"""The parameters by which the instance type of an autoscaled endpoint changes, and what hangs on them."""

from typing import cast

from aws_cdk import CfnCondition, Fn, ICfnConditionExpression
from constructs import Construct

from sagemaker_lifecycle.literal_ids import condition, output, parameter
from sagemaker_lifecycle.spec.instance_types import families_with_local_storage

INSTANCE_TYPE_PATTERN = r"^ml\.[a-z0-9-]+\.[a-z0-9]+$"


class InstanceTypeParameters(Construct):
    """What an autoscaled endpoint runs on now, beside what model.yaml wants: the rotate function leads from
    the one to the other.

    SageMaker refuses another type for a variant while it is a scalable target
    (https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-scaling-update.html), and an update of a stack
    deregisters the target only after it has changed the endpoint. So a deploy, which keeps the values of
    parameters, changes no type: it tells the wanted one in an output. Names, defaults and patterns are the
    contract of the rotate function and of the CLI.

    Props:
        wanted: instance type of model.yaml; what a stack begins with.
        has_champion: whether there is an endpoint.

    Attributes:
        instance_type: what the endpoint's instances are.
        is_scaled: there is an endpoint, and its autoscaling is not paused.
        has_local_storage: the instances bring disks of their own.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, wanted: str, has_champion: CfnCondition
    ) -> None:
        super().__init__(scope, construct_id)
        current = parameter(
            self,
            "InstanceType",
            default=wanted,
            allowed_pattern=INSTANCE_TYPE_PATTERN,
            constraint_description="must be an instance type of SageMaker hosting, like ml.m5.large",
            description="What the endpoint runs on; the rotate function leads it to WantedInstanceType.",
        )
        autoscaling = parameter(
            self,
            "Autoscaling",
            default="on",
            allowed_values=["on", "paused"],
            description="paused: the number of instances stays as it is while their type changes.",
        )
        refused = parameter(
            self,
            "RefusedInstanceType",
            default="",
            allowed_pattern=f"^$|{INSTANCE_TYPE_PATTERN}",
            constraint_description="must be empty or an instance type",
            description="The type that the endpoint could not change to, which is not tried again by itself.",
        )
        self.instance_type = current.value_as_string
        self.is_scaled = condition(
            self,
            "IsScaled",
            Fn.condition_and(
                cast("ICfnConditionExpression", has_champion),
                Fn.condition_equals(autoscaling.value_as_string, "on"),
            ),
        )
        family = Fn.select(1, Fn.split(".", self.instance_type))
        self.has_local_storage = condition(
            self,
            "HasLocalStorage",
            Fn.condition_or(*(Fn.condition_equals(family, one) for one in families_with_local_storage())),
        )
        output(self, "WantedInstanceType", wanted)
        output(
            self,
            "RefusedInstanceType",
            refused.value_as_string,
            condition(
                self,
                "HasRefusedInstanceType",
                Fn.condition_not(Fn.condition_equals(refused.value_as_string, "")),
            ),
        )
