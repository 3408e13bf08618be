"""A bucket for what must not be lost or read by others: versioned, encrypted, TLS only, logged, retained."""

from typing import cast

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct


class EncryptedBucket(s3.Bucket):
    """Bucket on the project's key.

    Props:
        key: encrypts every object; a bucket key keeps the calls to KMS few.
        log_bucket: receives the access logs, below `log_prefix`.
        log_prefix: ends with a slash.
        noncurrent_days: days that a replaced or deleted object version is kept, default 90.
        events: whether S3 tells EventBridge of each object, default false.

    The name is CloudFormation's, and the bucket outlives its stack.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        key: kms.IKey,
        log_bucket: s3.IBucket,
        log_prefix: str,
        noncurrent_days: int = 90,
        events: bool = False,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            encryption=s3.BucketEncryption.KMS,
            encryption_key=key,
            bucket_key_enabled=True,
            versioned=True,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            server_access_logs_bucket=log_bucket,
            server_access_logs_prefix=log_prefix,
            lifecycle_rules=[housekeeping(noncurrent_days)],
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        if events:
            # The L2's event_bridge_enabled adds a custom resource with a Node function; nobody needs it.
            cast(
                "s3.CfnBucket", self.node.default_child
            ).notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
                event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(
                    event_bridge_enabled=True
                )
            )


class AccessLogBucket(s3.Bucket):
    """Bucket that receives the other buckets' access logs, for `retention_days` days.

    Encrypted with S3's own keys: the log delivery service cannot write to a bucket whose default is a KMS key
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html).
    Kept even where its creation is rolled back: a log that has arrived by then would make the roll-back fail.
    """

    def __init__(self, scope: Construct, construct_id: str, *, retention_days: int) -> None:
        super().__init__(
            scope,
            construct_id,
            encryption=s3.BucketEncryption.S3_MANAGED,
            versioned=True,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            lifecycle_rules=[housekeeping(30), s3.LifecycleRule(expiration=Duration.days(retention_days))],
            removal_policy=RemovalPolicy.RETAIN,
        )


def housekeeping(noncurrent_days: int) -> s3.LifecycleRule:
    """Expire old versions after `noncurrent_days` and what an interrupted upload left after 7 days."""
    return s3.LifecycleRule(
        noncurrent_version_expiration=Duration.days(noncurrent_days),
        abort_incomplete_multipart_upload_after=Duration.days(7),
    )
