"""The clock that asks for steps to another instance type: of which models, and how it is let in."""

import json
from typing import Any

from aws_cdk import aws_lambda as lambda_

from sagemaker_lifecycle.instance_type_checks import InstanceTypeChecks
from sagemaker_lifecycle.spec import ModelSpec
from tests.unit.constructs.test_training_request import model
from tests.unit.synthesis import empty_stack, template_of
from tests.unit.template_values import of_type, only

ROTATE = "arn:aws:lambda:us-east-1:123456789012:function:rotate"


def resources(*models: ModelSpec) -> dict[str, Any]:
    stack = empty_stack()
    function = lambda_.Function.from_function_attributes(
        stack, "Rotate", function_arn=ROTATE, same_environment=True
    )
    InstanceTypeChecks(stack, "Checks", environment="dev", models=models, function=function)
    return template_of(stack).get("Resources", {})


def serving(most: int) -> dict[str, Any]:
    return {"type": "realtime", "min_instances": 1, "max_instances": most}


def test_every_hour_the_next_step_of_each_autoscaled_model_is_asked_for() -> None:
    found = resources(model(name="scaled", serving=serving(2)), model(name="fixed", serving=serving(1)))
    rule = only(found, "AWS::Events::Rule")
    assert (rule["Name"], rule["ScheduleExpression"]) == ("lifecycle-dev-resize-scaled", "rate(1 hour)")
    [target] = rule["Targets"]
    assert target["Arn"] == ROTATE
    assert json.loads(target["Input"]) == {"action": "resize", "model": "scaled", "by": "the clock"}


def test_however_many_rules_are_let_in_by_their_common_name() -> None:
    """A function's policy takes 20 kB."""
    found = resources(*(model(name=f"model-{number}", serving=serving(2)) for number in range(30)))
    permission = only(found, "AWS::Lambda::Permission")
    assert permission["SourceArn"]["Fn::Join"][1][-1] == ":rule/lifecycle-dev-resize-*"
    assert len({rule["Name"] for rule in of_type(found, "AWS::Events::Rule")}) == 30


def test_the_longest_name_of_a_model_is_cut() -> None:
    rule = only(resources(model(name="m" * 63, serving=serving(2))), "AWS::Events::Rule")
    assert len(rule["Name"]) == 64


def test_where_nothing_scales_nobody_asks() -> None:
    assert resources(model(serving=serving(1))) == {}
