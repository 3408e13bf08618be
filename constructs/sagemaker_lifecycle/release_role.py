"""What CloudFormation may do when a release updates an endpoint stack."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from sagemaker_lifecycle import arns, names
from sagemaker_lifecycle.champion_scaling import service_linked_role_arn
from sagemaker_lifecycle.nag import accept, accept_wildcards
from sagemaker_lifecycle.role_policy import Statement, allow, attach, pass_role
from sagemaker_lifecycle.service_principal import service_principal

_SCALING_SERVICE = "sagemaker.application-autoscaling.amazonaws.com"
_MODELS = arns.arn("sagemaker", "model", "*")
_CONFIGS = arns.arn("sagemaker", "endpoint-config", "*")


class ReleaseRole(iam.Role):
    """Role for CloudFormation: just the resource types of the endpoint stacks.

    It deletes only models and configurations that carry the environment's tags.

    Its trust has no condition on aws:SourceAccount or aws:SourceArn: for the service roles of stacks AWS
    documents no more than the principal, and those keys for extensions alone. Were one not sent, no release
    would begin. A role can be passed only within its account, by who may pass it.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cross-service-confused-deputy-prevention.html

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
        self._environment = environment
        self._endpoints = [arns.endpoint_arn(names.endpoint_name(environment, model)) for model in models]
        self._if_own = {
            "StringEquals": {
                f"aws:ResourceTag/{key}": value for key, value in names.tags(environment).items()
            }
        }
        attach(
            self,
            [
                *self._models(execution_role, names.every_package_group(environment)),
                *self._endpoint_changes(key),
                *self._tags(),
                *self._alarms([names.endpoint_name(environment, model) for model in models]),
                *self._scaling(),
                allow(["lambda:InvokeFunction"], [release_check.function_arn]),
            ],
        )
        accept_wildcards(
            self, _MODELS, _CONFIGS, because="CloudFormation makes up the name; deleted only if it is ours"
        )
        accept(self, "IAM5[Resource::*]", because="describing alarms and scaling takes no narrower resource")

    def _models(self, execution_role: iam.IRole, groups: str) -> list[Statement]:
        versions = arns.package_versions_arn(groups)
        accept_wildcards(self, versions, because="every version of the environment's groups")
        return [
            _sagemaker(["CreateModel", "DescribeModel"], [_MODELS]),
            _sagemaker(["DeleteModel"], [_MODELS], self._if_own),
            _sagemaker(["CreateModel", "DescribeModelPackage"], [versions]),
            pass_role(execution_role.role_arn, "sagemaker.amazonaws.com"),
        ]

    def _endpoint_changes(self, key: kms.IKey) -> list[Statement]:
        return [
            _sagemaker(["CreateEndpointConfig", "DescribeEndpointConfig"], [_CONFIGS]),
            _sagemaker(["DeleteEndpointConfig"], [_CONFIGS], self._if_own),
            # Creating and updating an endpoint is checked against its configuration too.
            _sagemaker(["CreateEndpoint", "UpdateEndpoint"], [_CONFIGS]),
            _sagemaker(
                ["CreateEndpoint", "DeleteEndpoint", "DescribeEndpoint", "ListTags", "UpdateEndpoint"],
                self._endpoints,
            ),
            allow(["kms:DescribeKey"], [key.key_arn]),
            allow(["kms:CreateGrant"], [key.key_arn], {"Bool": {"kms:GrantIsForAWSResource": "true"}}),
        ]

    def _tags(self) -> list[Statement]:
        endpoints = arns.endpoint_arn(names.endpoint_name(self._environment, "*"))
        accept_wildcards(
            self, endpoints, because="tagged only while one is created, which the models' own may be"
        )
        # While something is created, and not later: or it could mark what is not its own, and delete it.
        creating = ["CreateModel", "CreateEndpointConfig", "CreateEndpoint"]
        return [
            _sagemaker(
                ["AddTags"],
                [endpoints, _MODELS, _CONFIGS],
                {"StringEquals": {"sagemaker:TaggingAction": creating}},
            ),
            _sagemaker(["ListTags"], [_MODELS, _CONFIGS]),
        ]

    def _alarms(self, endpoints: Sequence[str]) -> list[Statement]:
        # The rollback alarms, and those that Application Auto Scaling makes for its policies.
        alarms = [
            arns.alarm_arn(pattern)
            for endpoint in endpoints
            for pattern in (f"{endpoint}-*", f"TargetTracking-endpoint/{endpoint}/*")
        ]
        accept_wildcards(self, *alarms, because="the alarms of the model's own endpoint")
        changes = ["DeleteAlarms", "ListTagsForResource", "PutMetricAlarm", "TagResource"]
        return [
            allow([f"cloudwatch:{action}" for action in changes], alarms),
            allow(["cloudwatch:DescribeAlarms"], ["*"]),
        ]

    def _scaling(self) -> list[Statement]:
        targets = arns.arn("application-autoscaling", "scalable-target", "*")
        accept_wildcards(self, targets, because="the service makes up these ids; changes only to SageMaker's")
        role = service_linked_role_arn()
        changes = [
            "DeleteScalingPolicy",
            "DeregisterScalableTarget",
            "PutScalingPolicy",
            "RegisterScalableTarget",
        ]
        return [
            _autoscaling(
                changes, targets, {"StringEquals": {"application-autoscaling:service-namespace": "sagemaker"}}
            ),
            _autoscaling(["ListTagsForResource", "TagResource"], targets),
            # CloudFormation reads scheduled actions of a target that has none, and the policy's metric.
            _autoscaling(
                ["DescribeScalableTargets", "DescribeScalingPolicies", "DescribeScheduledActions"], "*"
            ),
            allow(["cloudwatch:GetMetricData"], ["*"]),
            allow(
                ["iam:CreateServiceLinkedRole"],
                [role],
                {"StringEquals": {"iam:AWSServiceName": _SCALING_SERVICE}},
            ),
            # Which of its two names the service is passed the role under is not documented; the role's own
            # trust admits the first only.
            pass_role(role, _SCALING_SERVICE, "application-autoscaling.amazonaws.com"),
        ]


def _sagemaker(
    actions: Sequence[str], resources: Sequence[str], conditions: Mapping[str, Any] | None = None
) -> Statement:
    return allow([f"sagemaker:{action}" for action in actions], resources, conditions)


def _autoscaling(
    actions: Sequence[str], resource: str, conditions: Mapping[str, Any] | None = None
) -> Statement:
    return allow([f"application-autoscaling:{action}" for action in actions], [resource], conditions)
