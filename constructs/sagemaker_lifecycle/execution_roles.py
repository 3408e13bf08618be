"""The two roles that SageMaker's containers run under: one for training jobs, one for endpoints."""

from aws_cdk import Aws, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_lifecycle.images import REPOSITORY
from sagemaker_lifecycle.nag import accept, accept_wildcard
from sagemaker_lifecycle.service_principal import service_for_own_resources

MODEL_OBJECTS = "models/*"


class _SageMakerRole(iam.Role):
    """Role that SageMaker may assume for `source` resources of this account and region, and for no other's.

    Trust as in https://docs.aws.amazon.com/sagemaker/latest/dg/security-confused-deputy-prevention.html.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, description: str, source: str, log_groups: str
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            description=description,
            assumed_by=service_for_own_resources(scope, "sagemaker.amazonaws.com", source),
        )
        self._write_logs_and_metrics(log_groups)
        self._pull_aws_images()

    def _write_logs_and_metrics(self, log_groups: str) -> None:
        stack = Stack.of(self)
        self.allow_pattern(
            ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            f"arn:{Aws.PARTITION}:logs:{stack.region}:{stack.account}:log-group:{log_groups}",
            because="SageMaker names the log streams, and for endpoints the groups",
        )
        self.add_to_policy(
            iam.PolicyStatement(
                actions=["cloudwatch:PutMetricData"],
                resources=["*"],
                conditions={"StringLike": {"cloudwatch:namespace": "/aws/sagemaker/*"}},
            )
        )
        accept(
            self,
            "IAM5[Resource::*]",
            because="PutMetricData (limited by namespace) and ecr:GetAuthorizationToken take no resource",
        )

    def _pull_aws_images(self) -> None:
        self.add_to_policy(iam.PolicyStatement(actions=["ecr:GetAuthorizationToken"], resources=["*"]))
        self.allow_pattern(
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            f"arn:{Aws.PARTITION}:ecr:*:*:repository/{REPOSITORY}",
            because="the account of AWS that keeps the image differs by region",
        )

    def allow_pattern(self, actions: list[str], resource: str, *, because: str) -> None:
        """Allow `actions` on `resource`, an ARN with a `*` in it, and say why no exact one is possible."""
        self.add_to_policy(iam.PolicyStatement(actions=actions, resources=[resource]))
        accept_wildcard(self, resource, because=because)

    def use_key(self, key: kms.IKey, *actions: str) -> None:
        """Let the role use `key`, and let SageMaker attach volumes that are encrypted with it."""
        self.add_to_policy(
            iam.PolicyStatement(actions=[*actions, "kms:DescribeKey"], resources=[key.key_arn])
        )
        self.add_to_policy(
            iam.PolicyStatement(
                actions=["kms:CreateGrant"],
                resources=[key.key_arn],
                conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
            )
        )


class TrainingRole(_SageMakerRole):
    """Execution role of training jobs: reads the models' data, writes their output and checkpoints."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        key: kms.IKey,
        data_bucket: s3.IBucket,
        artifact_bucket: s3.IBucket,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            description="SageMaker training jobs: read training data, write model artefacts",
            source="training-job/*",
            log_groups="/aws/sagemaker/TrainingJobs:*",
        )
        self.use_key(key, "kms:Decrypt", "kms:GenerateDataKey")
        self.add_to_policy(
            iam.PolicyStatement(
                actions=["s3:ListBucket"], resources=[data_bucket.bucket_arn, artifact_bucket.bucket_arn]
            )
        )
        self.allow_pattern(
            ["s3:GetObject"],
            data_bucket.arn_for_objects(MODEL_OBJECTS),
            because="training reads every file below a model's prefix",
        )
        self.allow_pattern(
            ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
            artifact_bucket.arn_for_objects(MODEL_OBJECTS),
            because="SageMaker names a job's output and checkpoints",
        )


class InferenceRole(_SageMakerRole):
    """Execution role of endpoints: reads model artefacts, nothing else of the buckets."""

    def __init__(
        self, scope: Construct, construct_id: str, *, key: kms.IKey, artifact_bucket: s3.IBucket
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            description="SageMaker endpoints: read model artefacts",
            source="*",
            log_groups="/aws/sagemaker/Endpoints/*",
        )
        self.use_key(key, "kms:Decrypt")
        self.allow_pattern(
            ["s3:GetObject"],
            artifact_bucket.arn_for_objects(MODEL_OBJECTS),
            because="which artefact an endpoint serves is decided by a release",
        )
