"""What every other stack stands on: the key, the buckets, the registry and the execution roles."""

from collections.abc import Sequence
from typing import cast

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_lifecycle import names
from sagemaker_lifecycle.encrypted_bucket import AccessLogBucket, EncryptedBucket
from sagemaker_lifecycle.encryption_key import EncryptionKey
from sagemaker_lifecycle.environments import Environment
from sagemaker_lifecycle.execution_roles import InferenceRole, TrainingRole
from sagemaker_lifecycle.model_registry import ModelRegistry
from sagemaker_lifecycle.spec import ModelSpec


class FoundationStack(Stack):
    """Stack `lifecycle-<env>-foundation`. All that it stores outlives it.

    Attributes: key, log_bucket, data_bucket, artifact_bucket, model_package_groups (by model name),
    training_role, inference_role.
    """

    def __init__(self, scope: Construct, *, environment: Environment, models: Sequence[ModelSpec]) -> None:
        super().__init__(
            scope,
            names.stack_name(environment.name, "foundation"),
            description="Key, buckets, model registry and execution roles",
            termination_protection=environment.termination_protection,
        )
        self.key = cast("kms.IKey", EncryptionKey(self, "Key", alias=names.prefix(environment.name)))
        self.log_bucket = AccessLogBucket(self, "LogBucket", retention_days=environment.log_retention_days)
        self.data_bucket = EncryptedBucket(
            self, "DataBucket", key=self.key, log_bucket=self.log_bucket, log_prefix="data/", events=True
        )
        self.artifact_bucket = EncryptedBucket(
            self, "ArtifactBucket", key=self.key, log_bucket=self.log_bucket, log_prefix="artifacts/"
        )
        self.model_package_groups = ModelRegistry(
            self, "Registry", environment=environment, models=models
        ).groups
        training_role = TrainingRole(
            self,
            "TrainingRole",
            key=self.key,
            data_bucket=self.data_bucket,
            artifact_bucket=self.artifact_bucket,
        )
        inference_role = InferenceRole(
            self, "InferenceRole", key=self.key, artifact_bucket=self.artifact_bucket
        )
        self.training_role = cast("iam.IRole", training_role)
        self.inference_role = cast("iam.IRole", inference_role)
        CfnOutput(self, "DataBucketName", value=self.data_bucket.bucket_name)
        CfnOutput(self, "ArtifactBucketName", value=self.artifact_bucket.bucket_name)
        CfnOutput(self, "KeyArn", value=self.key.key_arn)
