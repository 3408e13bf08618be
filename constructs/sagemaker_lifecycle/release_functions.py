"""The functions that release models and that verify releases."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_lifecycle import arns, names
from sagemaker_lifecycle.environments import Environment
from sagemaker_lifecycle.handler_function import HandlerFunction
from sagemaker_lifecycle.model_registry import allow_listing_packages
from sagemaker_lifecycle.nag import accept_wildcards

ROTATE_TIMEOUT = Duration.minutes(1)
# As long as Lambda allows: a roll-back that still runs must end before CloudFormation's own can begin.
CHECK_TIMEOUT = Duration.minutes(15)
_STACKS = "the environment's endpoint stacks; a stack's ARN ends with a generated id"


class ReleaseCheckFunction(HandlerFunction):
    """Function behind the endpoint stacks' last resource.

    Props:
        environment, models: whose endpoints it may look at and whose ledgers it writes.
        key: encrypts its log group.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        models: Sequence[str],
        key: kms.IKey,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            package="release_check",
            description="Verifies that a released endpoint serves what was asked for",
            key=key,
            log_retention_days=environment.log_retention_days,
            environment={"PARAMETER_PREFIX": names.parameter_prefix(environment.name)},
            timeout=CHECK_TIMEOUT,
        )
        endpoints = [names.endpoint_name(environment.name, model) for model in models]
        ledgers = arns.parameter_arn(names.releases_parameter(environment.name, "*"))
        stacks = arns.stack_arn(f"{names.endpoint_stack_prefix(environment.name)}*")
        self.allow(
            iam.PolicyStatement(
                actions=["sagemaker:DescribeEndpoint"],
                resources=[arns.endpoint_arn(name) for name in endpoints],
            ),
            iam.PolicyStatement(
                actions=["ssm:GetParameter", "ssm:PutParameter"],
                resources=[ledgers],
            ),
            # Whether an endpoint was parked, or its stack deleted.
            iam.PolicyStatement(actions=["cloudformation:DescribeStacks"], resources=[stacks]),
        )
        accept_wildcards(self.role, ledgers, because="the ledgers of the environment's models")
        accept_wildcards(self.role, stacks, because=_STACKS)
        self.allow_without_resource(
            "Metrics",
            "cloudwatch:PutMetricData",
            conditions={"StringEquals": {"cloudwatch:namespace": names.METRIC_NAMESPACE}},
            because="writing metrics takes no resource; the namespace limits it",
        )


class RotateFunction(HandlerFunction):
    """Function that starts releases by changing the parameters of endpoint stacks, and returns.

    Props:
        environment, models: what it may release.
        release_role: the one role that it may hand to CloudFormation, and must.
        key: encrypts its log group.
        reads_invocations: whether it must see how endpoints are used; default False.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        models: Sequence[str],
        release_role: iam.IRole,
        key: kms.IKey,
        reads_invocations: bool = False,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            package="rotate",
            description="Releases, tries, rolls back, parks and wakes models",
            key=key,
            log_retention_days=environment.log_retention_days,
            environment={
                "ENVIRONMENT": environment.name,
                "STACK_PREFIX": names.endpoint_stack_prefix(environment.name),
                "GROUP_PREFIX": f"{names.prefix(environment.name)}-",
                "PARAMETER_PREFIX": names.parameter_prefix(environment.name),
                "RELEASE_ROLE_ARN": release_role.role_arn,
                "MODELS": ",".join(models),
            },
            timeout=ROTATE_TIMEOUT,
        )
        self._allow_stack_updates(environment.name, release_role)
        self._allow_registry(environment.name)
        self._allow_endpoints([names.endpoint_name(environment.name, model) for model in models])
        self._allow_memory(environment.name)
        if reads_invocations:
            self.allow_without_resource(
                "Invocations", "cloudwatch:GetMetricData", because="reading metrics takes no resource"
            )

    def _allow_stack_updates(self, environment: str, release_role: iam.IRole) -> None:
        stacks = arns.stack_arn(f"{names.endpoint_stack_prefix(environment)}*")
        self.allow(
            iam.PolicyStatement(
                actions=[
                    "cloudformation:DescribeStackEvents",
                    "cloudformation:DescribeStackResources",
                    "cloudformation:DescribeStacks",
                ],
                resources=[stacks],
            ),
            # Without the condition it could update the stack with its own rights, or another role's.
            iam.PolicyStatement(
                actions=["cloudformation:ContinueUpdateRollback", "cloudformation:UpdateStack"],
                resources=[stacks],
                conditions={"StringEquals": {"cloudformation:RoleArn": release_role.role_arn}},
            ),
            iam.PolicyStatement(
                actions=["iam:PassRole"],
                resources=[release_role.role_arn],
                conditions={"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}},
            ),
        )
        accept_wildcards(self.role, stacks, because=_STACKS)

    def _allow_registry(self, environment: str) -> None:
        versions = arns.package_versions_arn(names.every_package_group(environment))
        self.allow(
            iam.PolicyStatement(
                actions=["sagemaker:DescribeModelPackage", "sagemaker:UpdateModelPackage"],
                resources=[versions],
            )
        )
        allow_listing_packages(self)
        accept_wildcards(self.role, versions, because="every version of the environment's groups")

    def _allow_endpoints(self, endpoints: Sequence[str]) -> None:
        self.allow(
            iam.PolicyStatement(
                actions=["sagemaker:DescribeEndpoint"],
                resources=[arns.endpoint_arn(name) for name in endpoints],
            )
        )
        self.allow_without_resource(
            "Alarms",
            "cloudwatch:DescribeAlarms",
            because="describing alarms takes no resource where composite ones are among them",
        )

    def _allow_memory(self, environment: str) -> None:
        parked = arns.parameter_arn(names.parked_parameter(environment, "*"))
        releases = arns.parameter_arn(names.releases_parameter(environment, "*"))
        self.allow(
            iam.PolicyStatement(actions=["ssm:GetParameter"], resources=[parked, releases]),
            iam.PolicyStatement(actions=["ssm:PutParameter"], resources=[parked]),
        )
        accept_wildcards(
            self.role, parked, releases, because="what the environment's models remember of releases"
        )
