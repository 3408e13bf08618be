"""Parking by the clock: rules that ask the rotate function to park a model, idle or not, and to wake it."""

import json
from collections.abc import Sequence

from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from sagemaker_lifecycle import arns, names
from sagemaker_lifecycle.approval_queue import ApprovalQueue
from sagemaker_lifecycle.clock_rules import EVERY_HOUR, asking, clock_rule, let_in
from sagemaker_lifecycle.service_principal import service_principal
from sagemaker_lifecycle.spec import ModelSpec
from sagemaker_lifecycle.spec.parking import ParkingSchedule


class ParkingSchedules(Construct):
    """Two EventBridge rules for each model with `cost.park.schedule`: `<model>Park` and `<model>Wake`.
    One for each with `cost.park.idle_hours`, `<model>Idle`, which asks every hour.

    Props:
        environment: name of the environment; the rules' names begin with it.
        function: the rotate function. What it is asked by a rule is what `lifecycle park` and `wake` ask, so
            the release is remembered, and asking for what is so already changes nothing.
        approvals: the queue before it. What a schedule asks waits there while the model's stack is busy;
            idleness is looked for in the next hour again.

    The rules are let in by their common name, however many models there are: a queue's policy takes twenty
    statements and ten conditions
    (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html).
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: str,
        models: Sequence[ModelSpec],
        function: lambda_.IFunction,
        approvals: ApprovalQueue,
    ) -> None:
        super().__init__(scope, construct_id)
        self._environment = environment
        for model in models:
            if model.cost.park.schedule is not None:
                self._by_schedule(model.name, model.cost.park.schedule, approvals)
            if model.cost.park.idle_hours is not None:
                self._when_idle(model.name, model.cost.park.idle_hours, function)
        if any(model.cost.park.schedule for model in models):
            self._let_into(approvals.queue)
            self._let_into(approvals.dead_letters)
        if any(model.cost.park.idle_hours for model in models):
            let_in(function, "Clock", self._rules)

    @property
    def _rules(self) -> str:
        return arns.arn("events", "rule", f"{names.parking_rule_prefix(self._environment)}*")

    def _let_into(self, queue: sqs.Queue) -> None:
        queue.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[service_principal("events.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[queue.queue_arn],
                conditions={"ArnLike": {"aws:SourceArn": self._rules}},
            )
        )

    def _by_schedule(self, model: str, schedule: ParkingSchedule, approvals: ApprovalQueue) -> None:
        given_up = events.CfnRule.DeadLetterConfigProperty(arn=approvals.dead_letters.queue_arn)
        for action, time in (("park", schedule.park_at), ("wake", schedule.wake_at)):
            asked = {"action": action, "model": model, "by": "the schedule in model.yaml"}
            target = events.CfnRule.TargetProperty(
                id="Approvals",
                arn=approvals.queue.queue_arn,
                input=json.dumps(asked),
                dead_letter_config=given_up,
            )
            self._rule(model, action, f"{action.capitalize()} {model} by its schedule", time, target)

    def _when_idle(self, model: str, hours: int, function: lambda_.IFunction) -> None:
        asked = {"action": "park", "model": model, "idle_hours": hours, "by": "idle_hours in model.yaml"}
        # A model is parked up to an hour later than its idle hours are over.
        self._rule(model, "idle", f"Park {model} if it is idle", EVERY_HOUR, asking(function, asked))

    def _rule(
        self, model: str, kind: str, description: str, time: str, target: events.CfnRule.TargetProperty
    ) -> None:
        clock_rule(
            self,
            f"{model}{kind.capitalize()}",
            name=names.parking_rule_name(self._environment, model, kind),
            description=description,
            schedule=time,
            target=target,
        )
