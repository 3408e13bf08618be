"""How the approval of a model package, and what becomes of an endpoint stack, reach the rotate function."""

from typing import cast

from aws_cdk import Duration, Names, RemovalPolicy
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from sagemaker_lifecycle.stack_events import stack_status_change

# At least six times the function's time-out (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html);
# ten minutes also paces the tries while a stack is busy.
TRY_AGAIN_AFTER = Duration.minutes(10)

# A message that finds its stack busy must outlast SageMaker's longest deployment, eight hours.
TRIES = 50

KEPT_FOR = Duration.days(14)


class ApprovalQueue(Construct):
    """Event rules, queue and dead-letter queue between the registry, CloudFormation and the rotate function.

    A message is only a wake-up: the function reads what is newest itself, so duplicates do no harm.

    Props:
        group_prefix: what the names of the environment's model package groups begin with.
        stack_prefix: what the names of its endpoint stacks begin with.
        function: gets the messages in batches and names those that failed, which alone come again.

    Attributes: queue, dead_letters.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        group_prefix: str,
        stack_prefix: str,
        function: lambda_.IFunction,
    ) -> None:
        super().__init__(scope, construct_id)
        self.dead_letters = self._queue("DeadLetters")
        self.queue = self._queue(
            "Queue",
            visibility_timeout=TRY_AGAIN_AFTER,
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letters, max_receive_count=TRIES),
        )
        target = cast("events.IRuleTarget", targets.SqsQueue(self.queue, dead_letter_queue=self.dead_letters))
        events.Rule(
            self,
            "Approved",
            description="A model package was approved",
            event_pattern=events.EventPattern(
                source=["aws.sagemaker"],
                detail_type=["SageMaker Model Package State Change"],
                detail={
                    "ModelPackageGroupName": [{"prefix": group_prefix}],
                    "ModelApprovalStatus": ["Approved"],
                },
            ),
            targets=[target],
        )
        events.Rule(
            self,
            "RolledBack",
            description="A release is being rolled back, or that failed",
            event_pattern=stack_status_change(
                stack_prefix, ["UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_FAILED"]
            ),
            targets=[target],
        )
        events.Rule(
            self,
            "Updated",
            description="An update has ended: the next step to another instance type may be taken",
            event_pattern=stack_status_change(stack_prefix, ["UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"]),
            targets=[target],
        )
        self._feed(function)

    def _feed(self, function: lambda_.IFunction) -> None:
        """As the CDK's SqsEventSource, under the id that this gives, but with those rights alone that Lambda
        asks for: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html."""
        function.add_to_role_policy(
            iam.PolicyStatement(
                actions=["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
                resources=[self.queue.queue_arn],
            )
        )
        function.add_event_source_mapping(
            f"SqsEventSource:{Names.node_unique_id(self.queue.node)}",
            event_source_arn=self.queue.queue_arn,
            report_batch_item_failures=True,
        )

    def _queue(
        self,
        construct_id: str,
        *,
        visibility_timeout: Duration | None = None,
        dead_letter_queue: sqs.DeadLetterQueue | None = None,
    ) -> sqs.Queue:
        """Reached by TLS only. Keys of SQS's own: a customer key would have to admit EventBridge."""
        return sqs.Queue(
            self,
            construct_id,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=KEPT_FOR,
            visibility_timeout=visibility_timeout,
            dead_letter_queue=dead_letter_queue,
            removal_policy=RemovalPolicy.DESTROY,
        )
