"""The one customer-managed key of an environment."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_lifecycle import arns
from sagemaker_lifecycle.service_principal import service_principal


class EncryptionKey(kms.Key):
    """Key with yearly rotation that encrypts an environment's objects, logs, volumes, queues and topics.

    Its policy lets the account's administrators use it, and CloudWatch Logs for this account's log groups. It
    outlives its stack: objects in the retained buckets are unreadable without it.
    """

    def __init__(self, scope: Construct, construct_id: str, *, alias: str) -> None:
        super().__init__(
            scope,
            construct_id,
            alias=alias,
            description=f"Everything that {alias} stores",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
        self.add_to_resource_policy(
            iam.PolicyStatement(
                actions=[
                    "kms:Decrypt",
                    "kms:DescribeKey",
                    "kms:Encrypt",
                    "kms:GenerateDataKey*",
                    "kms:ReEncrypt*",
                ],
                principals=[service_principal(f"logs.{arns.REGION}.amazonaws.com")],
                resources=["*"],
                conditions={
                    "ArnLike": {"kms:EncryptionContext:aws:logs:arn": arns.log_groups_arn("*")},
                },
            )
        )
