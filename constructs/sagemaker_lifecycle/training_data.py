"""Where a model's training data lies, and who may read it."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_lifecycle import arns, names
from sagemaker_lifecycle.nag import accept_wildcards
from sagemaker_lifecycle.spec import ModelSpec


class TrainingData(Construct):
    """The project's own data bucket, or the bucket that the model's source names.

    Props:
        own_bucket: used unless the source names another; its readers are its stack's matter.
        reader: role of the training jobs; gets to read the prefix in a bucket of the user's. That bucket's
            policy and key must allow it too, which is the user's to arrange.

    Attributes: bucket, prefix, objects (ARN of all below the prefix), all_objects (in the project's own
    bucket that of all models' data, else `objects`).
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        model: ModelSpec,
        own_bucket: s3.IBucket,
        reader: iam.IRole,
    ) -> None:
        super().__init__(scope, construct_id)
        self.prefix = model.data_prefix
        self.bucket = own_bucket
        name = model.source.bucket or Stack.of(own_bucket).export_value(own_bucket.bucket_name)
        self.objects = f"arn:{arns.PARTITION}:s3:::{name}/{self.prefix}*"
        self.all_objects = self.objects
        if model.source.bucket is None:
            self.all_objects = f"arn:{arns.PARTITION}:s3:::{name}/{names.data_prefix('*')}*"
            return
        self.bucket = s3.Bucket.from_bucket_name(self, "Bucket", model.source.bucket)
        policy = iam.Policy(
            self,
            "Read",
            roles=[reader],
            statements=[
                iam.PolicyStatement(actions=["s3:ListBucket"], resources=[self.bucket.bucket_arn]),
                iam.PolicyStatement(actions=["s3:GetObject"], resources=[self.objects]),
            ],
        )
        accept_wildcards(
            policy, self.objects, because="training reads every file below the prefix that the model declares"
        )
