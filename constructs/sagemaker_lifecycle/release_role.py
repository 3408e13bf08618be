"""What CloudFormation may do when a release updates an endpoint stack."""

from collections.abc import Sequence

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from sagemaker_lifecycle import arns, names
from sagemaker_lifecycle.champion_scaling import service_linked_role_arn
from sagemaker_lifecycle.nag import accept
from sagemaker_lifecycle.service_principal import service_principal

_SCALING_SERVICE = "sagemaker.application-autoscaling.amazonaws.com"


class ReleaseRole(iam.Role):
    """Role for CloudFormation: just the resource types of the endpoint stacks.

    Props:
        environment: name of the environment.
        models: names of the models that it may release.
        execution_role: the one role that it may hand to a SageMaker model.
        key: encrypts the endpoints' volumes.
        release_check: the function behind the stacks' custom resource.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: str,
        models: Sequence[str],
        execution_role: iam.IRole,
        key: kms.IKey,
        release_check: lambda_.IFunction,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            description="CloudFormation: release models into the endpoint stacks",
            assumed_by=service_principal("cloudformation.amazonaws.com"),
        )
        self._endpoints = [names.endpoint_name(environment, model) for model in models]
        self._groups = [names.model_package_group_name(environment, model) for model in models]
        self._allow_models(execution_role)
        self._allow_endpoints(key)
        self._allow_alarms()
        self._allow_scaling()
        self._allow(["lambda:InvokeFunction"], [release_check.function_arn])
        self._accept_findings()

    def _allow_models(self, execution_role: iam.IRole) -> None:
        # CloudFormation makes up the names of models and endpoint configurations.
        self._allow(
            ["CreateModel", "DeleteModel", "DescribeModel"],
            [arns.arn(self, "sagemaker", "model", "*")],
            "sagemaker",
        )
        self._allow(
            ["CreateModel", "DescribeModelPackage"],
            [arns.package_versions_arn(self, group) for group in self._groups],
            "sagemaker",
        )
        self._allow(
            ["iam:PassRole"],
            [execution_role.role_arn],
            conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        )

    def _allow_endpoints(self, key: kms.IKey) -> None:
        configs = arns.arn(self, "sagemaker", "endpoint-config", "*")
        endpoints = [arns.endpoint_arn(self, name) for name in self._endpoints]
        self._allow(
            ["CreateEndpointConfig", "DeleteEndpointConfig", "DescribeEndpointConfig"], [configs], "sagemaker"
        )
        # Creating and updating an endpoint is checked against its configuration too.
        self._allow(["CreateEndpoint", "UpdateEndpoint"], [*endpoints, configs], "sagemaker")
        self._allow(["DeleteEndpoint", "DescribeEndpoint"], endpoints, "sagemaker")
        self._allow(
            ["AddTags", "DeleteTags", "ListTags"],
            [*endpoints, configs, arns.arn(self, "sagemaker", "model", "*")],
            "sagemaker",
        )
        self._allow(["kms:DescribeKey"], [key.key_arn])
        self._allow(
            ["kms:CreateGrant"], [key.key_arn], conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}}
        )

    def _allow_alarms(self) -> None:
        self._allow(
            ["DeleteAlarms", "ListTagsForResource", "PutMetricAlarm", "TagResource", "UntagResource"],
            [arns.alarm_arn(self, pattern) for pattern in self._alarm_patterns()],
            "cloudwatch",
        )
        self._allow(["cloudwatch:DescribeAlarms"], ["*"])

    def _alarm_patterns(self) -> list[str]:
        """The rollback alarms, and those that Application Auto Scaling makes for its policies."""
        return [
            pattern
            for endpoint in self._endpoints
            for pattern in (f"{endpoint}-*", f"TargetTracking-endpoint/{endpoint}/*")
        ]

    def _allow_scaling(self) -> None:
        targets = arns.arn(self, "application-autoscaling", "scalable-target", "*")
        self._allow(
            ["DeleteScalingPolicy", "DeregisterScalableTarget", "PutScalingPolicy", "RegisterScalableTarget"],
            [targets],
            "application-autoscaling",
            conditions={"StringEquals": {"application-autoscaling:service-namespace": "sagemaker"}},
        )
        self._allow(
            ["ListTagsForResource", "TagResource", "UntagResource"], [targets], "application-autoscaling"
        )
        self._allow(["DescribeScalableTargets", "DescribeScalingPolicies"], ["*"], "application-autoscaling")
        role = service_linked_role_arn(self)
        self._allow(
            ["iam:CreateServiceLinkedRole"],
            [role],
            conditions={"StringEquals": {"iam:AWSServiceName": _SCALING_SERVICE}},
        )
        self._allow(
            ["iam:PassRole"], [role], conditions={"StringEquals": {"iam:PassedToService": _SCALING_SERVICE}}
        )

    def _allow(
        self,
        actions: Sequence[str],
        resources: Sequence[str],
        service: str | None = None,
        *,
        conditions: dict[str, dict[str, str]] | None = None,
    ) -> None:
        self.add_to_policy(
            iam.PolicyStatement(
                actions=[f"{service}:{action}" if service else action for action in actions],
                resources=list(resources),
                conditions=conditions,
            )
        )

    def _accept_findings(self) -> None:
        accept(self, "IAM5[Resource::*]", because="describing alarms and scaling takes no narrower resource")
        for resource in ("model/*", "endpoint-config/*"):
            arns.accept_pattern(self, "sagemaker", resource, because="CloudFormation makes up these names")
        for group in self._groups:
            arns.accept_pattern(
                self,
                "sagemaker",
                f"model-package/{group}/*",
                because="every version of the model's own group",
            )
        for pattern in self._alarm_patterns():
            arns.accept_pattern(
                self, "cloudwatch", f"alarm:{pattern}", because="the alarms of the model's own endpoint"
            )
        arns.accept_pattern(
            self,
            "application-autoscaling",
            "scalable-target/*",
            because="the service makes up these ids; changes are limited to SageMaker's targets",
        )
