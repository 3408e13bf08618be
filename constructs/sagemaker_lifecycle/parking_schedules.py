"""Parking by the clock: rules that ask the rotate function to park a model, idle or not, and to wake it."""

from collections.abc import Sequence
from typing import cast

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from sagemaker_lifecycle.approval_queue import ApprovalQueue
from sagemaker_lifecycle.spec import ModelSpec
from sagemaker_lifecycle.spec.parking import ParkingSchedule

# A model is parked up to this much later than its idle hours are over.
IDLE_CHECK_EVERY = Duration.hours(1)


class ParkingSchedules(Construct):
    """Two EventBridge rules for each model with `cost.park.schedule`: `<model>Park` and `<model>Wake`.
    One for each with `cost.park.idle_hours`, `<model>Idle`, which asks every hour.

    Props:
        function: the rotate function. What it is asked by a rule is what `lifecycle park` and `wake` ask, so
            the release is remembered, and asking for what is so already changes nothing.
        approvals: the queue before it. What a schedule asks waits there while the model's stack is busy;
            idleness is looked for in the next hour again.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        models: Sequence[ModelSpec],
        function: lambda_.IFunction,
        approvals: ApprovalQueue,
    ) -> None:
        super().__init__(scope, construct_id)
        for model in models:
            if model.cost.park.schedule is not None:
                self._by_schedule(model.name, model.cost.park.schedule, approvals)
            if model.cost.park.idle_hours is not None:
                self._when_idle(model.name, model.cost.park.idle_hours, function)

    def _by_schedule(self, model: str, schedule: ParkingSchedule, approvals: ApprovalQueue) -> None:
        for action, time in (("park", schedule.park_at), ("wake", schedule.wake_at)):
            asked = {"action": action, "model": model, "by": "the schedule in model.yaml"}
            target = targets.SqsQueue(
                approvals.queue,
                message=events.RuleTargetInput.from_object(asked),
                dead_letter_queue=approvals.dead_letters,
            )
            events.Rule(
                self,
                f"{model}{action.capitalize()}",
                description=f"{action.capitalize()} {model} by its schedule",
                schedule=events.Schedule.expression(time),
                targets=[cast("events.IRuleTarget", target)],
            )

    def _when_idle(self, model: str, hours: int, function: lambda_.IFunction) -> None:
        asked = {"action": "park", "model": model, "idle_hours": hours, "by": "idle_hours in model.yaml"}
        target = targets.LambdaFunction(
            function, event=events.RuleTargetInput.from_object(asked), retry_attempts=10
        )
        events.Rule(
            self,
            f"{model}Idle",
            description=f"Park {model} if it is idle",
            schedule=events.Schedule.rate(IDLE_CHECK_EVERY),
            targets=[cast("events.IRuleTarget", target)],
        )
