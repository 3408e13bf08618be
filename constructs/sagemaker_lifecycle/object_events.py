"""S3's own events of objects, for rules; the bucket must send them to EventBridge."""

from aws_cdk import aws_events as events
from aws_cdk import aws_s3 as s3


def object_created(bucket: s3.IBucket, prefix: str) -> events.EventPattern:
    """The pattern of an object that is made or replaced below the prefix.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
    """
    return events.EventPattern(
        source=["aws.s3"],
        detail_type=["Object Created"],
        detail={
            "bucket": {"name": [bucket.bucket_name]},
            "object": {"key": [{"prefix": prefix}]},
        },
    )
