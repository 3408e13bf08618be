"""The two roles that SageMaker's containers run under: one for training jobs, one for endpoints."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_lifecycle import arns
from sagemaker_lifecycle.images import IMAGES
from sagemaker_lifecycle.nag import accept, accept_wildcards
from sagemaker_lifecycle.role_policy import Statement, allow, attach
from sagemaker_lifecycle.service_principal import service_for_own_resources

MODEL_OBJECTS = "models/*"


@dataclass(frozen=True)
class _Pattern:
    """`actions` on `resource`, an ARN with a `*` in it, and why no exact one is possible."""

    actions: Sequence[str]
    resource: str
    because: str

    @property
    def statement(self) -> Statement:
        """The policy's statement."""
        return allow(self.actions, [self.resource])


class _SageMakerRole(iam.Role):
    """Role that SageMaker may assume for `source` resources of this account and region, and for no other's.

    It may do `own` and `patterns`, besides what every container of SageMaker needs.
    Trust as in https://docs.aws.amazon.com/sagemaker/latest/dg/security-confused-deputy-prevention.html.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        description: str,
        source: str,
        log_groups: Sequence[str],
        own: Sequence[Statement],
        patterns: Sequence[_Pattern],
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            description=description,
            assumed_by=service_for_own_resources("sagemaker.amazonaws.com", source),
        )
        logs, images = [_logs(groups) for groups in log_groups], _aws_images()
        attach(
            self,
            [
                *(log.statement for log in logs),
                allow(
                    ["cloudwatch:PutMetricData"],
                    ["*"],
                    {"StringLike": {"cloudwatch:namespace": "/aws/sagemaker/*"}},
                ),
                allow(["ecr:GetAuthorizationToken"], ["*"]),
                *(image.statement for image in images),
                *own,
                *(pattern.statement for pattern in patterns),
            ],
        )
        for pattern in (*logs, *images, *patterns):
            accept_wildcards(self, pattern.resource, because=pattern.because)
        accept(
            self,
            "IAM5[Resource::*]",
            because="PutMetricData (limited by namespace) and ecr:GetAuthorizationToken take no resource",
        )


class TrainingRole(_SageMakerRole):
    """Execution role of jobs that train, prepare or transform: reads models' data, writes what it becomes."""

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
            source="*",
            log_groups=[
                f"/aws/sagemaker/{jobs}:*" for jobs in ("TrainingJobs", "ProcessingJobs", "TransformJobs")
            ],
            own=[
                *_use(key, "kms:Decrypt", "kms:GenerateDataKey"),
                allow(["s3:ListBucket"], [data_bucket.bucket_arn, artifact_bucket.bucket_arn]),
            ],
            patterns=[
                _Pattern(
                    ["s3:GetObject"],
                    data_bucket.arn_for_objects(MODEL_OBJECTS),
                    because="training reads every file below a model's prefix",
                ),
                _Pattern(
                    ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
                    artifact_bucket.arn_for_objects(MODEL_OBJECTS),
                    because="SageMaker names a job's output and checkpoints",
                ),
            ],
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
            log_groups=["/aws/sagemaker/Endpoints/*"],
            own=_use(key, "kms:Decrypt"),
            patterns=[
                _Pattern(
                    ["s3:GetObject"],
                    artifact_bucket.arn_for_objects(MODEL_OBJECTS),
                    because="which artefact an endpoint serves is decided by a release",
                )
            ],
        )


def _logs(groups: str) -> _Pattern:
    return _Pattern(
        ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
        arns.log_groups_arn(groups),
        because="SageMaker names the log streams, and for endpoints the groups",
    )


def _aws_images() -> list[_Pattern]:
    return [
        _Pattern(
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            f"arn:{arns.PARTITION}:ecr:*:*:repository/{image.repository}",
            because="the account of AWS that keeps the image differs by region",
        )
        for image in IMAGES.values()
    ]


def _use(key: kms.IKey, *actions: str) -> list[Statement]:
    """To use `key`, and to let SageMaker attach volumes that are encrypted with it."""
    return [
        allow([*actions, "kms:DescribeKey"], [key.key_arn]),
        allow(["kms:CreateGrant"], [key.key_arn], {"Bool": {"kms:GrantIsForAWSResource": "true"}}),
    ]
