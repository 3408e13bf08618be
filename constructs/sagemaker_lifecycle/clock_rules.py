"""EventBridge's rules by the clock, and how such a rule asks a function."""

import json
from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from sagemaker_lifecycle.service_principal import service_principal

EVERY_HOUR = "rate(1 hour)"
# Of what the next hour asks again.
_RETRIES = 10


def clock_rule(
    scope: Construct,
    construct_id: str,
    *,
    name: str,
    description: str,
    schedule: str,
    target: events.CfnRule.TargetProperty,
) -> None:
    """A rule that asks its one target by `schedule`, a rate or a cron expression."""
    events.CfnRule(
        scope,
        construct_id,
        name=name,
        description=description,
        schedule_expression=schedule,
        state="ENABLED",
        targets=[target],
    )


def asking(function: lambda_.IFunction, asked: Mapping[str, Any]) -> events.CfnRule.TargetProperty:
    """The rotate function as a target, asked what `asked` says; `let_in` allows that."""
    return events.CfnRule.TargetProperty(
        id="Rotate",
        arn=function.function_arn,
        input=json.dumps(asked),
        retry_policy=events.CfnRule.RetryPolicyProperty(maximum_retry_attempts=_RETRIES),
    )


def let_in(function: lambda_.IFunction, permission_id: str, rules: str) -> None:
    """Allow the rules to ask the function: by the pattern of their ARNs, however many they are."""
    function.add_permission(
        permission_id, principal=service_principal("events.amazonaws.com"), source_arn=rules
    )
