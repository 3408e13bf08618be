"""The last step of every release: does the endpoint serve what was asked for?"""

from typing import cast

from aws_cdk import CfnCondition, CfnResource, CustomResource, Duration
from aws_cdk import aws_lambda as lambda_
from constructs import Construct, IDependable

# The function's own time-out and a minute: without it a function that dies silently blocks the stack an hour.
ANSWER_WITHIN = Duration.minutes(16)


class ReleaseCheck(Construct):
    """Fails the stack's update unless the endpoint is in service on the intended configuration.

    SageMaker reports an update that its guardrails rolled back as an endpoint in service, and CloudFormation
    would then delete the configuration that is in use. This fails instead, so that CloudFormation rolls back.

    Props:
        function: the release_check function.
        endpoint: checked after it.
        endpoint_name, config_name, champion_package, challenger_package, model: what should be live.
        released_by, release_reason: for the ledger of releases.
        condition: checked only while this holds.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        function: lambda_.IFunction,
        endpoint: IDependable,
        endpoint_name: str,
        config_name: str,
        champion_package: str,
        challenger_package: str,
        model: str,
        released_by: str,
        release_reason: str,
        condition: CfnCondition,
    ) -> None:
        super().__init__(scope, construct_id)
        check = CustomResource(
            self,
            "Resource",
            resource_type="Custom::ReleaseCheck",
            service_token=function.function_arn,
            service_timeout=ANSWER_WITHIN,
            properties={
                "EndpointName": endpoint_name,
                "EndpointConfigName": config_name,
                "ChampionPackage": champion_package,
                "ChallengerPackage": challenger_package,
                "Model": model,
                "ReleasedBy": released_by,
                "ReleaseReason": release_reason,
            },
        )
        cast("CfnResource", check.node.default_child).cfn_options.condition = condition
        check.node.add_dependency(endpoint)
