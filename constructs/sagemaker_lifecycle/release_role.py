"""What CloudFormation may do when a release updates an endpoint stack."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from sagemaker_lifecycle import arns, names
from sagemaker_lifecycle.champion_scaling import service_linked_role_arn
from sagemaker_lifecycle.nag import accept, accept_wildcard
from sagemaker_lifecycle.service_principal import service_principal

Conditions = dict[str, dict[str, Any]]

_SCALING_SERVICE = "sagemaker.application-autoscaling.amazonaws.com"


class ReleaseRole(iam.Role):
    """Role for CloudFormation: just the resource types of the endpoint stacks.

    It deletes only models and configurations that carry the environment's tags.

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
        self._own = names.tags(environment)
        self._allow_models(execution_role, [names.model_package_group_name(environment, it) for it in models])
        self._allow_endpoints(key)
        self._allow_tags()
        self._allow_alarms()
        self._allow_scaling()
        self._allow("lambda", ["InvokeFunction"], [release_check.function_arn])

    def _allow_models(self, execution_role: iam.IRole, groups: Sequence[str]) -> None:
        models = self._generated("model")
        self._allow("sagemaker", ["CreateModel", "DescribeModel"], [models])
        self._allow("sagemaker", ["DeleteModel"], [models], self._if_own())
        for group in groups:
            versions = arns.package_versions_arn(self, group)
            self._allow("sagemaker", ["CreateModel", "DescribeModelPackage"], [versions])
            accept_wildcard(self, versions, because="every version of the model's own group")
        self._allow("iam", ["PassRole"], [execution_role.role_arn], _passed_to("sagemaker.amazonaws.com"))

    def _allow_endpoints(self, key: kms.IKey) -> None:
        configs = self._generated("endpoint-config")
        endpoints = self._endpoint_arns()
        self._allow("sagemaker", ["CreateEndpointConfig", "DescribeEndpointConfig"], [configs])
        self._allow("sagemaker", ["DeleteEndpointConfig"], [configs], self._if_own())
        # Creating and updating an endpoint is checked against its configuration too.
        self._allow("sagemaker", ["CreateEndpoint", "UpdateEndpoint"], [*endpoints, configs])
        self._allow("sagemaker", ["DeleteEndpoint", "DescribeEndpoint"], endpoints)
        self._allow("kms", ["DescribeKey"], [key.key_arn])
        self._allow("kms", ["CreateGrant"], [key.key_arn], {"Bool": {"kms:GrantIsForAWSResource": "true"}})

    def _allow_tags(self) -> None:
        tagged = [*self._endpoint_arns(), self._generated("model"), self._generated("endpoint-config")]
        # While something is created, and not later: or it could mark what is not its own, and delete it.
        creating = ["CreateModel", "CreateEndpointConfig", "CreateEndpoint"]
        self._allow("sagemaker", ["AddTags"], tagged, {"StringEquals": {"sagemaker:TaggingAction": creating}})
        self._allow("sagemaker", ["ListTags"], tagged)

    def _allow_alarms(self) -> None:
        # The rollback alarms, and those that Application Auto Scaling makes for its policies.
        alarms = [
            arns.alarm_arn(self, pattern)
            for endpoint in self._endpoints
            for pattern in (f"{endpoint}-*", f"TargetTracking-endpoint/{endpoint}/*")
        ]
        self._allow(
            "cloudwatch", ["DeleteAlarms", "ListTagsForResource", "PutMetricAlarm", "TagResource"], alarms
        )
        for alarm in alarms:
            accept_wildcard(self, alarm, because="the alarms of the model's own endpoint")
        self._allow("cloudwatch", ["DescribeAlarms"], ["*"])
        accept(self, "IAM5[Resource::*]", because="describing alarms and scaling takes no narrower resource")

    def _allow_scaling(self) -> None:
        service = "application-autoscaling"
        targets = arns.arn(self, service, "scalable-target", "*")
        accept_wildcard(self, targets, because="the service makes up these ids; changes only to SageMaker's")
        self._allow(
            service,
            ["DeleteScalingPolicy", "DeregisterScalableTarget", "PutScalingPolicy", "RegisterScalableTarget"],
            [targets],
            {"StringEquals": {"application-autoscaling:service-namespace": "sagemaker"}},
        )
        self._allow(service, ["ListTagsForResource", "TagResource"], [targets])
        self._allow(service, ["DescribeScalableTargets", "DescribeScalingPolicies"], ["*"])
        role = service_linked_role_arn(self)
        self._allow(
            "iam",
            ["CreateServiceLinkedRole"],
            [role],
            {"StringEquals": {"iam:AWSServiceName": _SCALING_SERVICE}},
        )
        self._allow("iam", ["PassRole"], [role], _passed_to(_SCALING_SERVICE))

    def _endpoint_arns(self) -> list[str]:
        return [arns.endpoint_arn(self, name) for name in self._endpoints]

    def _generated(self, kind: str) -> str:
        pattern = arns.arn(self, "sagemaker", kind, "*")
        accept_wildcard(self, pattern, because="CloudFormation makes up the name; deleted only if it is ours")
        return pattern

    def _if_own(self) -> Conditions:
        return {"StringEquals": {f"aws:ResourceTag/{key}": value for key, value in self._own.items()}}

    def _allow(
        self,
        service: str,
        actions: Sequence[str],
        resources: Sequence[str],
        conditions: Conditions | None = None,
    ) -> None:
        self.add_to_policy(
            iam.PolicyStatement(
                actions=[f"{service}:{action}" for action in actions],
                resources=list(resources),
                conditions=conditions,
            )
        )


def _passed_to(service: str) -> Conditions:
    return {"StringEquals": {"iam:PassedToService": service}}
