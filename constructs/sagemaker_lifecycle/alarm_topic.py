"""Where alarms are told."""

from typing import cast

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from sagemaker_lifecycle import arns
from sagemaker_lifecycle.service_principal import service_principal

_OWN_ALARMS = {"StringEquals": {"aws:SourceAccount": arns.ACCOUNT}}


class AlarmTopic(sns.Topic):
    """Encrypted topic for this account's alarms from CloudWatch and events from EventBridge, over TLS only.

    Props:
        key: encrypts the messages. Neither can use SNS's own key, so the key's policy is given statements for
            them: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html.
        email: subscriber, who must confirm; None: none yet.
    """

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey, email: str | None) -> None:
        super().__init__(scope, construct_id, master_key=key, enforce_ssl=True)
        cloudwatch = service_principal("cloudwatch.amazonaws.com", _OWN_ALARMS)
        for publisher in (cloudwatch, service_principal("events.amazonaws.com")):
            key.add_to_resource_policy(
                iam.PolicyStatement(
                    actions=["kms:Decrypt", "kms:GenerateDataKey*"], principals=[publisher], resources=["*"]
                )
            )
        # A topic with a policy of its own has lost the default one, which let the account's alarms in.
        self.add_to_resource_policy(
            iam.PolicyStatement(actions=["sns:Publish"], principals=[cloudwatch], resources=[self.topic_arn])
        )
        if email is not None:
            self.add_subscription(cast("sns.ITopicSubscription", subscriptions.EmailSubscription(email)))
