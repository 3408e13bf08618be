"""Parts of a template that are called as functions and people know them, not as the CDK would call them."""

from typing import Any

from aws_cdk import CfnCondition, CfnOutput, CfnParameter, ICfnConditionExpression
from constructs import Construct


def parameter(scope: Construct, name: str, **props: Any) -> CfnParameter:
    """A parameter called `name`; props: CfnParameter's."""
    made = CfnParameter(scope, name, **props)
    made.override_logical_id(name)
    return made


def condition(scope: Construct, name: str, expression: ICfnConditionExpression) -> CfnCondition:
    """A condition called `name`."""
    made = CfnCondition(scope, name, expression=expression)
    made.override_logical_id(name)
    return made


def output(scope: Construct, name: str, value: str, when: CfnCondition | None = None) -> None:
    """An output called `name`, which may be a parameter's name too; it is there while `when` holds."""
    made = CfnOutput(scope, f"{name}Output", value=value, condition=when)
    made.override_logical_id(name)
