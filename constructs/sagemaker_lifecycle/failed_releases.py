"""Who is told when a release, or a change of the instance type, does not take."""

from typing import cast

from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_lifecycle.stack_events import stack_status_change

# After the first, the old release serves; after the second, nobody knows, and a person must look.
STATUSES = ("UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED")


class FailedReleases(Construct):
    """Rule that tells every roll-back of an endpoint stack, by CloudFormation's own event of its status.

    No alarm would: a release that is rolled back may never have answered a request.

    Props:
        stack_prefix: what the names of the environment's endpoint stacks begin with.
        topic: gets a sentence for people; its policy and its key must let EventBridge publish.
    """

    def __init__(self, scope: Construct, construct_id: str, *, stack_prefix: str, topic: sns.ITopic) -> None:
        super().__init__(scope, construct_id)
        field = events.EventField.from_path
        sentence = (
            f"{field('$.detail.stack-id')} is in {field('$.detail.status-details.status')}: "
            "the release did not take, or the change of its instance type. `lifecycle status` says what is "
            "so now, the stack's events say why."
        )
        target = targets.SnsTopic(topic, message=events.RuleTargetInput.from_text(sentence))
        events.Rule(
            self,
            "RolledBack",
            description="A release was rolled back",
            event_pattern=stack_status_change(stack_prefix, STATUSES),
            targets=[cast("events.IRuleTarget", target)],
        )
