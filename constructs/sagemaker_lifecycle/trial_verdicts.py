"""Who is told when a test of a challenger has come to a verdict."""

from typing import cast

from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_lifecycle import names


class TrialVerdicts(Construct):
    """Rule that tells each new verdict of the analysis to people.

    Props:
        environment: whose verdicts.
        topic: gets a sentence; its policy and its key must let EventBridge publish.
    """

    def __init__(self, scope: Construct, construct_id: str, *, environment: str, topic: sns.ITopic) -> None:
        super().__init__(scope, construct_id)
        field = events.EventField.from_path
        sentence = (
            f"The test of {field('$.detail.challenger')} says {field('$.detail.answer')}: "
            f"{field('$.detail.reason')}. Done about it: {field('$.detail.done')}. "
            f"`lifecycle test status {field('$.detail.model')}` has the numbers."
        )
        target = targets.SnsTopic(topic, message=events.RuleTargetInput.from_text(sentence))
        events.Rule(
            self,
            "Verdict",
            description="A test of a challenger has come to a verdict",
            event_pattern=events.EventPattern(
                source=[names.TRIAL_EVENT_SOURCE],
                detail_type=[names.TRIAL_EVENT_TYPE],
                detail={"environment": [environment]},
            ),
            targets=[cast("events.IRuleTarget", target)],
        )
