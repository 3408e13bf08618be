"""The two functions of every training execution, shared by the models."""

from collections.abc import Sequence

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_lifecycle import arns, names
from sagemaker_lifecycle.environments import Environment
from sagemaker_lifecycle.handler_function import HandlerFunction
from sagemaker_lifecycle.model_registry import allow_listing_packages
from sagemaker_lifecycle.nag import accept_wildcards
from sagemaker_lifecycle.spec import ModelSpec
from sagemaker_lifecycle.training_champion import CHAMPION_REPORT
from sagemaker_lifecycle.training_data import TrainingData
from sagemaker_lifecycle.training_prepare import BASELINE_REPORT
from sagemaker_lifecycle.training_request import MEASURED, job_names

# Both list the data; of the first a request a file, sixteen at a time.
LISTING_TIMEOUT = Duration.minutes(5)
_ANY_STACK = "the environment's endpoint stacks, which say what is live; a stack's ARN ends in a generated id"
_TUNING_ACTIONS = [
    "sagemaker:DescribeHyperParameterTuningJob",
    "sagemaker:ListTrainingJobsForHyperParameterTuningJob",
]


class SnapshotData(HandlerFunction):
    """Names the version of a model's training data and the live model to compare with.

    It may list the buckets of `sources` and read what a model is trained on, for checksums are told to those
    only who may read, leave manifests in `artifact_bucket`, and look up the endpoint stacks and the packages
    of the environment's models.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        key: kms.IKey,
        sources: Sequence[TrainingData],
        artifact_bucket: s3.IBucket,
    ) -> None:
        packages = arns.package_versions_arn(names.every_package_group(environment.name))
        objects = [source.objects for source in sources]
        manifests = f"{_objects_of(artifact_bucket)}{names.manifests_prefix('*')}*"
        stacks = _endpoint_stacks(environment)
        super().__init__(
            scope,
            construct_id,
            package="snapshot_data",
            description="Names the version of a model's training data",
            key=key,
            log_retention_days=environment.log_retention_days,
            timeout=LISTING_TIMEOUT,
            environment={"STACK_PREFIX": names.endpoint_stack_prefix(environment.name)},
            statements=[
                iam.PolicyStatement(
                    actions=["s3:ListBucket"], resources=[source.bucket.bucket_arn for source in sources]
                ),
                *_may_read(objects, key),
                iam.PolicyStatement(actions=["s3:PutObject"], resources=[manifests]),
                iam.PolicyStatement(actions=["kms:GenerateDataKey"], resources=[key.key_arn]),
                iam.PolicyStatement(actions=["sagemaker:DescribeModelPackage"], resources=[packages]),
                iam.PolicyStatement(actions=["cloudformation:DescribeStacks"], resources=[stacks]),
            ],
        )
        allow_listing_packages(self)
        accept_wildcards(self.role, packages, because="every version of the environment's groups")
        accept_wildcards(self.role, *objects, because="every file that the model is trained on")
        accept_wildcards(self.role, manifests, because="a manifest for each version of each model's data")
        accept_wildcards(self.role, stacks, because=_ANY_STACK)


def _endpoint_stacks(environment: Environment) -> str:
    return arns.stack_arn(f"{names.endpoint_stack_prefix(environment.name)}*")


def _objects_of(bucket: s3.IBucket) -> str:
    """What the ARNs of a bucket's objects begin with.

    By the name, which every model's training imports: an export for AWS's own algorithms alone would keep the
    last model of theirs from being removed.
    """
    name = Stack.of(bucket).export_value(bucket.bucket_name)
    return f"arn:{arns.PARTITION}:s3:::{name}/"


def _may_read(objects: Sequence[str], key: kms.IKey) -> list[iam.PolicyStatement]:
    """Objects that are encrypted with the key."""
    return [
        iam.PolicyStatement(actions=["s3:GetObject"], resources=list(objects)),
        iam.PolicyStatement(actions=["kms:Decrypt"], resources=[key.key_arn]),
    ]


def _jobs(kind: str, environment: Environment, models: Sequence[ModelSpec]) -> list[str]:
    """ARNs of the models' jobs of that kind, by the pattern of their names."""
    return [arns.arn("sagemaker", kind, job_names(environment, model)) for model in models]


def _reports(bucket: s3.IBucket, models: Sequence[ModelSpec]) -> list[str]:
    """ARNs of what is written about data: by snapshot_data, and by the jobs around AWS's own algorithms."""
    written = [f"{names.manifests_prefix('*')}*"]
    if any(model.algorithm_facts.kind == "built-in" for model in models):
        jobs = names.jobs_prefix("*")
        written = [f"{jobs}prepared/*/{BASELINE_REPORT}", f"{jobs}{MEASURED}*/{CHAMPION_REPORT}", *written]
    return [f"{_objects_of(bucket)}{key}" for key in written]


class RegisterModel(HandlerFunction):
    """Judges a finished training job against what is live, and registers its model.

    Props:
        models: whose jobs it may describe. It may register in the environment's groups, which are named, not
            imported: an export in use would keep a model from being removed.
        sources: whose versions of files it may look at.
        artifact_bucket: holds what it may read: the reports on prepared data and on champions, and what the
            files of the data's version were.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        key: kms.IKey,
        models: Sequence[ModelSpec],
        sources: Sequence[TrainingData],
        artifact_bucket: s3.IBucket,
    ) -> None:
        groups, stacks = names.every_package_group(environment.name), _endpoint_stacks(environment)
        tunings = _jobs(
            "hyper-parameter-tuning-job", environment, [m for m in models if m.tuning is not None]
        )
        jobs = _jobs("training-job", environment, models)
        packages = [arns.package_versions_arn(groups), arns.package_group_arn(groups)]
        reports = _reports(artifact_bucket, models)
        # Exact ARNs of fifty models are more than a role's policies may hold.
        objects = sorted({source.all_objects for source in sources})
        super().__init__(
            scope,
            construct_id,
            package="register_model",
            description="Judges a trained model and registers it",
            key=key,
            log_retention_days=environment.log_retention_days,
            timeout=LISTING_TIMEOUT,
            environment={"STACK_PREFIX": names.endpoint_stack_prefix(environment.name)},
            statements=[
                iam.PolicyStatement(actions=["sagemaker:DescribeTrainingJob"], resources=jobs),
                *([iam.PolicyStatement(actions=_TUNING_ACTIONS, resources=tunings)] if tunings else []),
                *_may_read(reports, key),
                iam.PolicyStatement(
                    actions=["s3:ListBucketVersions"],
                    resources=[source.bucket.bucket_arn for source in sources],
                ),
                iam.PolicyStatement(actions=["s3:GetObjectVersion"], resources=objects),
                iam.PolicyStatement(
                    actions=["sagemaker:CreateModelPackage", "sagemaker:DescribeModelPackage"],
                    resources=packages[:1],
                ),
                iam.PolicyStatement(actions=["sagemaker:CreateModelPackage"], resources=packages[1:]),
                iam.PolicyStatement(actions=["cloudformation:DescribeStacks"], resources=[stacks]),
            ],
        )
        allow_listing_packages(self)
        accept_wildcards(
            self.role,
            *jobs,
            *tunings,
            *packages,
            *reports,
            *objects,
            because="jobs and versions are made at run time, below names that are this project's alone",
        )
        accept_wildcards(self.role, stacks, because=_ANY_STACK)
