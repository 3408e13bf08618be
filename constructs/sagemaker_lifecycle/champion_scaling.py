"""How many instances the champion has."""

from aws_cdk import CfnCondition
from aws_cdk import aws_applicationautoscaling as autoscaling
from constructs import Construct, IDependable

from sagemaker_lifecycle import arns

SCALABLE_DIMENSION = "sagemaker:variant:DesiredInstanceCount"

# Application Auto Scaling makes it at the first registration; no other role is accepted for SageMaker.
# https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-service-linked-roles.html
SERVICE_LINKED_ROLE = (
    "role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/"
    "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
)

SCALE_IN_COOLDOWN_SECONDS = 300
SCALE_OUT_COOLDOWN_SECONDS = 60


class ChampionScaling(Construct):
    """Target tracking on requests per instance.

    Props:
        endpoint_name, variant_name: literal names of what is scaled.
        endpoint: registered after it, and deregistered before it is deleted.
        condition: scaled only while this holds.
        min_instances, max_instances: bounds of the count, 1 <= min < max.
        target_invocations_per_instance: requests a minute and instance to aim at.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        endpoint_name: str,
        variant_name: str,
        endpoint: IDependable,
        condition: CfnCondition,
        min_instances: int,
        max_instances: int,
        target_invocations_per_instance: int,
    ) -> None:
        super().__init__(scope, construct_id)
        target = autoscaling.CfnScalableTarget(
            self,
            "Target",
            service_namespace="sagemaker",
            resource_id=f"endpoint/{endpoint_name}/variant/{variant_name}",
            scalable_dimension=SCALABLE_DIMENSION,
            min_capacity=min_instances,
            max_capacity=max_instances,
            role_arn=service_linked_role_arn(),
        )
        policy = autoscaling.CfnScalingPolicy(
            self,
            "Policy",
            policy_name=f"{endpoint_name}-{variant_name}-invocations",
            policy_type="TargetTrackingScaling",
            scaling_target_id=target.ref,
            target_tracking_scaling_policy_configuration=autoscaling.CfnScalingPolicy.TargetTrackingScalingPolicyConfigurationProperty(
                target_value=target_invocations_per_instance,
                predefined_metric_specification=autoscaling.CfnScalingPolicy.PredefinedMetricSpecificationProperty(
                    predefined_metric_type="SageMakerVariantInvocationsPerInstance"
                ),
                scale_in_cooldown=SCALE_IN_COOLDOWN_SECONDS,
                scale_out_cooldown=SCALE_OUT_COOLDOWN_SECONDS,
            ),
        )
        target.node.add_dependency(endpoint)
        target.cfn_options.condition = condition
        policy.cfn_options.condition = condition


def service_linked_role_arn() -> str:
    """ARN of the role that Application Auto Scaling uses for SageMaker."""
    return f"arn:{arns.PARTITION}:iam::{arns.ACCOUNT}:{SERVICE_LINKED_ROLE}"
