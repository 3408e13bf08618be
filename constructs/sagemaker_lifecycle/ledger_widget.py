"""The function behind the ledgers of releases on the dashboards."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_lifecycle import arns, names
from sagemaker_lifecycle.environments import Environment
from sagemaker_lifecycle.handler_function import HandlerFunction
from sagemaker_lifecycle.nag import accept_wildcards

# Somebody looks at the dashboard meanwhile.
TIMEOUT = Duration.seconds(10)


class LedgerWidgetFunction(HandlerFunction):
    """Function that answers the dashboards' custom widgets with a model's ledger, and only reads.

    CloudWatch invokes it with the rights of who looks, so no service is allowed to.

    Props:
        environment, models: whose ledgers it shows.
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
            package="ledger_widget",
            name=names.ledger_widget_name(environment.name),
            description="Shows ledgers of releases on dashboards",
            key=key,
            log_retention_days=environment.log_retention_days,
            environment={
                "MODELS": ",".join(models),
                "PARAMETER_PREFIX": names.parameter_prefix(environment.name),
                "STACK_PREFIX": names.endpoint_stack_prefix(environment.name),
            },
            timeout=TIMEOUT,
        )
        parameters = [
            arns.parameter_arn(parameter(environment.name, "*"))
            for parameter in (names.releases_parameter, names.parked_parameter)
        ]
        stacks = arns.stack_arn(names.endpoint_stack_name(environment.name, "*"))
        self.allow(
            iam.PolicyStatement(actions=["ssm:GetParameters"], resources=parameters),
            # What is remembered of a stack that was destroyed says nothing of the one that there is.
            iam.PolicyStatement(actions=["cloudformation:DescribeStacks"], resources=[stacks]),
        )
        accept_wildcards(self.role, stacks, because="when the environment's endpoint stacks were made")
        accept_wildcards(self.role, *parameters, because="what the environment's models remember of releases")
