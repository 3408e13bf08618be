"""The two functions of every training execution, shared by the models."""

from collections.abc import Sequence

from aws_cdk import Duration
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
from sagemaker_lifecycle.training_request import job_names

_TUNING_ACTIONS = [
    "sagemaker:DescribeHyperParameterTuningJob",
    "sagemaker:ListTrainingJobsForHyperParameterTuningJob",
]


class SnapshotData(HandlerFunction):
    """Names the version of a model's training data and the live model to compare with.

    It may list `buckets` and read no object of them, and look up the packages of `models`.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        key: kms.IKey,
        buckets: Sequence[s3.IBucket],
        models: Sequence[ModelSpec],
    ) -> None:
        packages = [
            arns.package_versions_arn(names.model_package_group_name(environment.name, model.name))
            for model in models
        ]
        super().__init__(
            scope,
            construct_id,
            package="snapshot_data",
            description="Names the version of a model's training data",
            key=key,
            log_retention_days=environment.log_retention_days,
            timeout=Duration.minutes(1),
            statements=[
                iam.PolicyStatement(
                    actions=["s3:ListBucket"], resources=[bucket.bucket_arn for bucket in buckets]
                ),
                iam.PolicyStatement(actions=["sagemaker:DescribeModelPackage"], resources=packages),
            ],
        )
        allow_listing_packages(self)
        accept_wildcards(self.role, *packages, because="every version of the model's own group")


class RegisterModel(HandlerFunction):
    """Judges a finished training job and registers its model.

    Props:
        models: whose jobs it may describe and in whose groups it may register. The groups are named, not
            imported: an export in use would keep a model from being removed.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        key: kms.IKey,
        models: Sequence[ModelSpec],
    ) -> None:
        groups = [names.model_package_group_name(environment.name, model.name) for model in models]
        tunings = [
            arns.arn("sagemaker", "hyper-parameter-tuning-job", job_names(environment, model))
            for model in models
            if model.tuning is not None
        ]
        jobs = [arns.arn("sagemaker", "training-job", job_names(environment, model)) for model in models]
        packages = [arns.package_versions_arn(group) for group in groups]
        super().__init__(
            scope,
            construct_id,
            package="register_model",
            description="Judges a trained model and registers it",
            key=key,
            log_retention_days=environment.log_retention_days,
            timeout=Duration.minutes(1),
            statements=[
                iam.PolicyStatement(actions=["sagemaker:DescribeTrainingJob"], resources=jobs),
                *([iam.PolicyStatement(actions=_TUNING_ACTIONS, resources=tunings)] if tunings else []),
                iam.PolicyStatement(
                    actions=["sagemaker:CreateModelPackage", "sagemaker:DescribeModelPackage"],
                    resources=packages,
                ),
                iam.PolicyStatement(
                    actions=["sagemaker:CreateModelPackage"],
                    resources=[arns.package_group_arn(group) for group in groups],
                ),
            ],
        )
        allow_listing_packages(self)
        accept_wildcards(
            self.role,
            *jobs,
            *tunings,
            *packages,
            because="jobs and versions are made at run time, below names that are this project's alone",
        )
