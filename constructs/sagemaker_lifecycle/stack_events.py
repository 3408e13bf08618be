"""CloudFormation's own events of a stack's status, for rules."""

from collections.abc import Sequence

from aws_cdk import aws_events as events

from sagemaker_lifecycle import arns


def stack_status_change(stack_prefix: str, statuses: Sequence[str]) -> events.EventPattern:
    """The pattern of stacks whose names begin with the prefix and that enter one of the statuses.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/event-detail-stack-status-change.html
    """
    return events.EventPattern(
        source=["aws.cloudformation"],
        detail_type=["CloudFormation Stack Status Change"],
        detail={
            "stack-id": [{"prefix": arns.arn("cloudformation", "stack", stack_prefix)}],
            "status-details": {"status": list(statuses)},
        },
    )
