"""Parking by the clock: rules that ask the rotate function to park a model, and to wake it."""

from collections.abc import Sequence
from typing import cast

from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from sagemaker_lifecycle.spec import ModelSpec


class ParkingSchedules(Construct):
    """Two EventBridge rules for each model with `cost.park.schedule`: `<model>Park` and `<model>Wake`.

    Props:
        function: the rotate function. What it is asked by a rule is what `lifecycle park` and `wake` ask, so
            the release is remembered, and asking for what is so already changes nothing.

    A rule that finds the model's stack busy does nothing: several times in one cron expression
    (`cron(0,20,40 20 ? * MON-FRI *)`) ask again.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, models: Sequence[ModelSpec], function: lambda_.IFunction
    ) -> None:
        super().__init__(scope, construct_id)
        for model in models:
            schedule = model.cost.park.schedule
            if schedule is None:
                continue
            for action, time in (("park", schedule.park_at), ("wake", schedule.wake_at)):
                events.Rule(
                    self,
                    f"{model.name}{action.capitalize()}",
                    description=f"{action.capitalize()} {model.name} by its schedule",
                    schedule=events.Schedule.expression(time),
                    targets=[_ask(function, action, model.name)],
                )


def _ask(function: lambda_.IFunction, action: str, model: str) -> events.IRuleTarget:
    asked = {"action": action, "model": model, "by": "the schedule in model.yaml"}
    target = targets.LambdaFunction(
        function, event=events.RuleTargetInput.from_object(asked), retry_attempts=10
    )
    return cast("events.IRuleTarget", target)
