"""Tests of a challenger that come to a verdict: outcomes are counted, and judged by the clock."""

from collections.abc import Sequence
from typing import cast

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_lifecycle import names
from sagemaker_lifecycle.environments import Environment
from sagemaker_lifecycle.object_events import object_created
from sagemaker_lifecycle.spec import ModelSpec
from sagemaker_lifecycle.trial_functions import AnalysisFunction, FeedbackFunction

# A look costs a few requests, and the verdict stays valid however often one looks.
LOOKS = Duration.minutes(15)


class Trials(Construct):
    """A table of counts, the function that counts into it, and the one that judges by it on a schedule.

    Props:
        environment, models: whose tests.
        rotate: acts on verdicts, of models that say so.
        data_bucket: files below `feedback/<model>/` are counted; it must send its events to EventBridge.
        key: encrypts the logs and the files.

    The table has DynamoDB's own key: it holds counts, sums and ids of predictions, nothing of what was
    predicted. It outlives the stack where the environment is protected.

    Attributes: feedback, analysis (functions), table.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        models: Sequence[ModelSpec],
        rotate: lambda_.IFunction,
        data_bucket: s3.IBucket,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        protected = environment.termination_protection
        table = dynamodb.Table(
            self,
            "Table",
            partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            time_to_live_attribute="expires",
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=protected,
            removal_policy=RemovalPolicy.RETAIN if protected else RemovalPolicy.DESTROY,
        )
        self.table = cast("dynamodb.ITable", table)
        self.feedback = FeedbackFunction(
            self,
            "Feedback",
            environment=environment,
            models=models,
            table=self.table,
            data_bucket=data_bucket,
            key=key,
        ).function
        self.analysis = AnalysisFunction(
            self, "Analysis", environment=environment, models=models, table=self.table, rotate=rotate, key=key
        ).function
        self._run(data_bucket)

    def _run(self, data_bucket: s3.IBucket) -> None:
        events.Rule(
            self,
            "Look",
            description="Judge the tests that run",
            schedule=events.Schedule.rate(LOOKS),
            targets=[_ask(self.analysis, events.RuleTargetInput.from_object({"act": True}))],
        )
        events.Rule(
            self,
            "Files",
            description="Count files of outcomes",
            event_pattern=object_created(data_bucket, names.FEEDBACK_PREFIX),
            targets=[_ask(self.feedback)],
        )


def _ask(function: lambda_.IFunction, given: events.RuleTargetInput | None = None) -> events.IRuleTarget:
    return cast("events.IRuleTarget", targets.LambdaFunction(function, event=given, retry_attempts=10))
