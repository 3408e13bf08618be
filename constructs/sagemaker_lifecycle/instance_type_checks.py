"""The net below the events by which endpoints change their instance type: the clock asks too."""

import json
from collections.abc import Sequence

from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from sagemaker_lifecycle import arns, names
from sagemaker_lifecycle.service_principal import service_principal
from sagemaker_lifecycle.spec import ModelSpec

_EVERY = "rate(1 hour)"
_RETRIES = 10


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
        prefix = f"{names.prefix(environment)}-resize-"
        scaled = [model.name for model in models if model.serving.autoscaled]
        for model in scaled:
            asked = {"action": "resize", "model": model, "by": "the clock"}
            target = events.CfnRule.TargetProperty(
                id="Rotate",
                arn=function.function_arn,
                input=json.dumps(asked),
                retry_policy=events.CfnRule.RetryPolicyProperty(maximum_retry_attempts=_RETRIES),
            )
            events.CfnRule(
                self,
                model,
                name=names.cut(f"{prefix}{model}", names.RULE_NAME_LIMIT),
                description=f"Lead {model} to the instance type that it wants",
                schedule_expression=_EVERY,
                state="ENABLED",
                targets=[target],
            )
        if scaled:
            function.add_permission(
                "InstanceTypes",
                principal=service_principal("events.amazonaws.com"),
                source_arn=arns.arn("events", "rule", f"{prefix}*"),
            )
