"""The net below the events by which endpoints change their instance type: the clock asks too."""

from collections.abc import Sequence

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from sagemaker_lifecycle import arns, names
from sagemaker_lifecycle.clock_rules import EVERY_HOUR, asking, clock_rule, let_in
from sagemaker_lifecycle.spec import ModelSpec


class InstanceTypeChecks(Construct):
    """An EventBridge rule for each autoscaled model, which asks the rotate function every hour for the next
    step to the instance type that model.yaml wants: where there is none, that changes nothing.

    An event that was lost, or a step that failed, must not leave a model with its autoscaling paused.

    Props:
        environment: name of the environment; the rules' names begin with it.
        models: all of them; those that are not autoscaled get no rule.
        function: the rotate function. The rules are let in by their common name, however many they are.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: str,
        models: Sequence[ModelSpec],
        function: lambda_.IFunction,
    ) -> None:
        super().__init__(scope, construct_id)
        scaled = [model.name for model in models if model.serving.autoscaled]
        for model in scaled:
            clock_rule(
                self,
                model,
                name=names.resize_rule_name(environment, model),
                description=f"Lead {model} to the instance type that it wants",
                schedule=EVERY_HOUR,
                target=asking(function, {"action": "resize", "model": model, "by": "the clock"}),
            )
        if scaled:
            rules = arns.arn("events", "rule", f"{names.resize_rule_prefix(environment)}*")
            let_in(function, "InstanceTypes", rules)
