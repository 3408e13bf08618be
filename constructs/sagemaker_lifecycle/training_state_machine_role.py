"""The role of a training state machine."""

from collections.abc import Sequence
from typing import cast

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from sagemaker_lifecycle import arns
from sagemaker_lifecycle.nag import accept, accept_wildcards
from sagemaker_lifecycle.service_principal import service_for_own_resources
from sagemaker_lifecycle.training_champion import ChampionMeasurement
from sagemaker_lifecycle.training_request import TrainingJob

_LOGS = (
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
)
_TRACES = (
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
)
# Kind of resource in ARNs, name in actions, name in the rule that Step Functions makes.
_TRAINING = ("training-job", "TrainingJob", "TrainingJobs")
_TUNING = ("hyper-parameter-tuning-job", "HyperParameterTuningJob", "TuningJobs")


class TrainingStateMachineRole(iam.Role):
    """May invoke two functions, run jobs and make models of name prefixes, and pass one role to SageMaker.

    Props:
        functions: those that it may invoke.
        job: what it runs; jobs of other names it may not touch.
        preparations: what the names of its processing jobs that prepare look like; None when there are none.
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
        job: TrainingJob,
        preparations: str | None,
        training_role: iam.IRole,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            assumed_by=service_for_own_resources("states.amazonaws.com", "stateMachine:*"),
        )
        self._allow("lambda:InvokeFunction", on=[function.function_arn for function in functions])
        kind, call, rule = _TUNING if job.tuned else _TRAINING
        jobs = arns.arn("sagemaker", kind, job.names)
        self._allow(
            "sagemaker:AddTags",
            f"sagemaker:Create{call}",
            f"sagemaker:Describe{call}",
            "sagemaker:ListTags",
            *(["sagemaker:ListTrainingJobsForHyperParameterTuningJob"] if job.tuned else []),
            f"sagemaker:Stop{call}",
            on=[jobs],
        )
        self._learn_the_end_of(rule)
        if preparations is not None:
            self._process(preparations)
            self._learn_the_end_of("ProcessingJobs")
        if job.champion is not None:
            self._measure(job.champion)
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
            because="a job's name is known only when it runs; its beginning is this model's alone",
        )
        self._deliver()

    def _deliver(self) -> None:
        """The execution's log and traces, by actions that take no resource: in a policy of their own.

        https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html, and xray-iam.html beside it.
        """
        policy = iam.Policy(
            self,
            "Delivery",
            statements=[
                iam.PolicyStatement(actions=list(actions), resources=["*"]) for actions in (_LOGS, _TRACES)
            ],
            roles=[cast("iam.IRole", self)],
        )
        accept(
            policy,
            "IAM5[Resource::*]",
            because="X-Ray's and CloudWatch Logs' delivery actions take no resource",
        )

    def _process(self, names: str) -> None:
        jobs = arns.arn("sagemaker", "processing-job", names)
        self._allow(
            "sagemaker:AddTags",
            "sagemaker:CreateProcessingJob",
            "sagemaker:DescribeProcessingJob",
            "sagemaker:ListTags",
            "sagemaker:StopProcessingJob",
            on=[jobs],
        )
        accept_wildcards(self, jobs, because="each execution's processing job has a name of its own")

    def _measure(self, champion: ChampionMeasurement) -> None:
        """Make a model of a package, have it answer in a transform job, measure that, delete the model."""
        model = arns.arn("sagemaker", "model", champion.names)
        jobs = arns.arn("sagemaker", "transform-job", champion.names)
        packages = arns.package_versions_arn(champion.packages)
        self._allow("sagemaker:AddTags", "sagemaker:CreateModel", "sagemaker:DeleteModel", on=[model])
        self._allow("sagemaker:CreateModel", "sagemaker:DescribeModelPackage", on=[packages])
        self._allow(
            "sagemaker:AddTags",
            "sagemaker:CreateTransformJob",
            "sagemaker:DescribeTransformJob",
            "sagemaker:ListTags",
            "sagemaker:StopTransformJob",
            on=[jobs],
        )
        self._learn_the_end_of("TransformJobs")
        self._process(champion.names)
        accept_wildcards(self, model, jobs, because="each execution measures under a name of its own")
        accept_wildcards(self, packages, because="which version is the champion is known when it runs")

    def _learn_the_end_of(self, jobs: str) -> None:
        """How a `.sync` task learns that its job has ended."""
        rule = arns.arn("events", "rule", f"StepFunctionsGetEventsForSageMaker{jobs}Rule")
        self._allow("events:DescribeRule", "events:PutRule", "events:PutTargets", on=[rule])

    def _allow(self, *actions: str, on: Sequence[str]) -> None:
        self.add_to_policy(iam.PolicyStatement(actions=list(actions), resources=list(on)))
