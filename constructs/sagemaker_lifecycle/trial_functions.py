"""The functions of tests: one counts the outcomes of predictions, one judges by them."""

import json
from collections.abc import Mapping, Sequence

from aws_cdk import Duration, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_lifecycle import arns, names
from sagemaker_lifecycle.environments import Environment
from sagemaker_lifecycle.handler_function import HandlerFunction
from sagemaker_lifecycle.nag import accept_wildcards
from sagemaker_lifecycle.spec import ModelSpec

OUTCOMES_FILE = "outcomes.json"
EXPERIMENTS_FILE = "experiments.json"

# A file of a hundred thousand outcomes takes about two minutes.
FEEDBACK_TIMEOUT = Duration.minutes(10)
ANALYSIS_TIMEOUT = Duration.minutes(5)

_WRITES = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]


class FeedbackFunction(HandlerFunction):
    """Function that counts the outcomes of predictions, from the API and from files in S3.

    Props:
        environment, models: whose outcomes, and of which kind.
        table: holds the counts.
        data_bucket: holds the files, below `feedback/<model>/`.
        key: encrypts its log group and the files.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        models: Sequence[ModelSpec],
        table: dynamodb.ITable,
        data_bucket: s3.IBucket,
        key: kms.IKey,
    ) -> None:
        kinds = {model.name: model.experiment.outcome_of(model.task) for model in models}
        bucket_arn = Stack.of(data_bucket).export_value(data_bucket.bucket_arn)
        files = f"{bucket_arn}/{names.FEEDBACK_PREFIX}*"
        super().__init__(
            scope,
            construct_id,
            package="feedback",
            description="Counts what became of predictions",
            key=key,
            log_retention_days=environment.log_retention_days,
            environment={"OUTCOMES_FILE": OUTCOMES_FILE, "TRIALS_TABLE": table.table_name},
            timeout=FEEDBACK_TIMEOUT,
            generated_files={OUTCOMES_FILE: _text(kinds)},
            statements=[
                iam.PolicyStatement(actions=_WRITES, resources=[table.table_arn]),
                iam.PolicyStatement(actions=["s3:GetObject"], resources=[files]),
                iam.PolicyStatement(actions=["kms:Decrypt"], resources=[key.key_arn]),
            ],
        )
        accept_wildcards(self.role, files, because="the files of outcomes, whatever they are called")


class AnalysisFunction(HandlerFunction):
    """Function that judges the tests that run, and may act on the verdict.

    Props:
        environment, models: whose tests, and how each is judged.
        table: holds the counts.
        rotate: promotes, discards and shares out.
        key: encrypts its log group.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        models: Sequence[ModelSpec],
        table: dynamodb.ITable,
        rotate: lambda_.IFunction,
        key: kms.IKey,
    ) -> None:
        stacks = arns.stack_arn(names.endpoint_stack_name(environment.name, "*"))
        super().__init__(
            scope,
            construct_id,
            package="analyse_test",
            description="Judges tests of a challenger",
            key=key,
            log_retention_days=environment.log_retention_days,
            environment={
                "ENVIRONMENT": environment.name,
                "EXPERIMENTS_FILE": EXPERIMENTS_FILE,
                "TRIALS_TABLE": table.table_name,
                "STACK_PREFIX": names.endpoint_stack_prefix(environment.name),
                "ROTATE_FUNCTION": rotate.function_name,
            },
            timeout=ANALYSIS_TIMEOUT,
            generated_files={EXPERIMENTS_FILE: experiments_json(environment.name, models)},
            statements=[
                iam.PolicyStatement(actions=["cloudformation:DescribeStacks"], resources=[stacks]),
                iam.PolicyStatement(actions=_WRITES, resources=[table.table_arn]),
                iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[rotate.function_arn]),
                iam.PolicyStatement(actions=["events:PutEvents"], resources=[arns.event_bus_arn("default")]),
            ],
        )
        self.allow_without_resource(
            "Metrics", "cloudwatch:GetMetricData", because="reading metrics takes no resource"
        )
        accept_wildcards(
            self.role, stacks, because="the environment's endpoint stacks: one ARN for any number of models"
        )


def experiments_json(environment: str, models: Sequence[ModelSpec]) -> str:
    """How the tests of the models are judged, by name. The same text every time."""
    return _text(
        {
            model.name: model.experiment.for_analysis(
                endpoint=names.endpoint_name(environment, model.name), task=model.task
            )
            for model in models
        }
    )


def _text(content: Mapping[str, object]) -> str:
    return json.dumps(content, indent=1, sort_keys=True)
