"""A log group that is encrypted with the project's key and forgets after a declared time."""

from typing import cast

from aws_cdk import RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct


class EncryptedLogGroup(logs.LogGroup):
    """Log group on the project's key.

    Props:
        key: its policy must let CloudWatch Logs use it (the foundation's key does).
        retention_days: days that CloudWatch Logs accepts (1, 3, 5, 7, 14, 30, 60, 90, ...).
        name: only where a service asks for one; by default CloudFormation makes a unique name.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        key: kms.IKey,
        retention_days: int,
        name: str | None = None,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            log_group_name=name,
            encryption_key=key,
            removal_policy=RemovalPolicy.DESTROY,
        )
        # The L2 takes an enum of names; the service takes the number of days that an environment declares.
        cast("logs.CfnLogGroup", self.node.default_child).retention_in_days = retention_days
