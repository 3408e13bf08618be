"""The two functions of every training execution, shared by the models."""

from collections.abc import Sequence

from aws_cdk import Aws, Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_lifecycle.environments import Environment
from sagemaker_lifecycle.handler_function import HandlerFunction
from sagemaker_lifecycle.nag import accept


class SnapshotData(HandlerFunction):
    """Names the version of a model's training data; may list `buckets` and read no object of them."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        key: kms.IKey,
        buckets: Sequence[s3.IBucket],
    ) -> None:
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
                )
            ],
        )


class RegisterModel(HandlerFunction):
    """Judges a finished training job and registers its model in one of `groups`."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        key: kms.IKey,
        job_prefixes: Sequence[str],
        groups: Sequence[sagemaker.CfnModelPackageGroup],
    ) -> None:
        stack = Stack.of(scope)
        here = f"arn:{Aws.PARTITION}:sagemaker:{stack.region}:{stack.account}"
        jobs = [f"training-job/{prefix}-*" for prefix in job_prefixes]
        packages = [f"model-package/{group.model_package_group_name}/*" for group in groups]
        super().__init__(
            scope,
            construct_id,
            package="register_model",
            description="Judges a trained model and registers it",
            key=key,
            log_retention_days=environment.log_retention_days,
            timeout=Duration.minutes(1),
            statements=[
                iam.PolicyStatement(
                    actions=["sagemaker:DescribeTrainingJob"], resources=[f"{here}:{job}" for job in jobs]
                ),
                iam.PolicyStatement(actions=["sagemaker:ListModelPackages"], resources=["*"]),
                iam.PolicyStatement(
                    actions=["sagemaker:CreateModelPackage", "sagemaker:DescribeModelPackage"],
                    resources=[f"{here}:{package}" for package in packages],
                ),
                iam.PolicyStatement(
                    actions=["sagemaker:CreateModelPackage"],
                    resources=[group.attr_model_package_group_arn for group in groups],
                ),
            ],
        )
        for resource in [*jobs, *packages]:
            accept(
                self.role,
                f"IAM5[Resource::arn:<AWS::Partition>:sagemaker:<AWS::Region>:<AWS::AccountId>:{resource}]",
                because="jobs and versions are made at run time, below names that are this project's alone",
            )
