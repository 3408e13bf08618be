"""The role of a training state machine."""

from collections.abc import Sequence

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from sagemaker_lifecycle import arns
from sagemaker_lifecycle.nag import accept, accept_wildcards
from sagemaker_lifecycle.service_principal import service_for_own_resources
from sagemaker_lifecycle.training_request import DEFINITION_HASH_LENGTH


class TrainingStateMachineRole(iam.Role):
    """May invoke two functions, run training jobs of one name prefix, and pass one role to SageMaker.

    Props:
        functions: those that it may invoke.
        job_prefix: the names of the jobs begin with this and a hyphen.
        training_role: the only role that it may pass, and to SageMaker only.

    Permissions of a `.sync` task as in https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html,
    narrowed to names.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        functions: Sequence[lambda_.IFunction],
        job_prefix: str,
        training_role: iam.IRole,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            assumed_by=service_for_own_resources("states.amazonaws.com", "stateMachine:*"),
        )
        # Eight digits of a definition follow, any one: an execution outlives a deploy that changes it. So the
        # model `house` may not touch `house-prices`'s jobs.
        jobs = arns.arn("sagemaker", "training-job", f"{job_prefix}-{'?' * DEFINITION_HASH_LENGTH}-*")
        self._allow("lambda:InvokeFunction", on=[function.function_arn for function in functions])
        self._allow(
            "sagemaker:AddTags",
            "sagemaker:CreateTrainingJob",
            "sagemaker:DescribeTrainingJob",
            "sagemaker:ListTags",
            "sagemaker:StopTrainingJob",
            on=[jobs],
        )
        # How a `.sync` task learns that its job has ended.
        rule = "StepFunctionsGetEventsForSageMakerTrainingJobsRule"
        self._allow(
            "events:DescribeRule",
            "events:PutRule",
            "events:PutTargets",
            on=[arns.arn("events", "rule", rule)],
        )
        self.add_to_policy(
            iam.PolicyStatement(
                actions=["iam:PassRole"],
                resources=[training_role.role_arn],
                conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
            )
        )
        accept_wildcards(
            self,
            jobs,
            because="the rest of a job's name is known only when it runs; the prefix is this model's alone",
        )
        accept(
            self,
            "IAM5[Resource::*]",
            because="X-Ray's and CloudWatch Logs' delivery actions take no resource",
        )

    def _allow(self, *actions: str, on: Sequence[str]) -> None:
        self.add_to_policy(iam.PolicyStatement(actions=list(actions), resources=list(on)))
