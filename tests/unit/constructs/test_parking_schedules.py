"""Parking by the clock: which rules there are, and what they ask."""

import json
from typing import Any

import pytest
from aws_cdk import aws_lambda as lambda_
from pydantic import ValidationError

from sagemaker_lifecycle.approval_queue import ApprovalQueue
from sagemaker_lifecycle.parking_schedules import ParkingSchedules
from sagemaker_lifecycle.spec import ModelSpec
from tests.unit.constructs.test_training_request import model
from tests.unit.synthesis import empty_stack, template_of, written
from tests.unit.template_values import of_type

NIGHTS = {"from": "cron(0 20 ? * MON-FRI *)", "to": "cron(0 6 ? * MON-FRI *)"}
ROTATE = "arn:aws:lambda:us-east-1:123456789012:function:rotate"


def template(*models: ModelSpec) -> dict[str, Any]:
    stack = empty_stack()
    function = lambda_.Function.from_function_attributes(
        stack, "Rotate", function_arn=ROTATE, same_environment=True
    )
    approvals = ApprovalQueue(
        stack, "Approvals", group_prefix="lifecycle-", stack_prefix="lifecycle-", function=function
    )
    ParkingSchedules(
        stack, "Parking", environment="dev", models=models, function=function, approvals=approvals
    )
    return template_of(stack)["Resources"]


def rules(**park: Any) -> list[dict[str, Any]]:
    """The rules of a model with these settings of parking that have a schedule."""
    found = of_type(template(model(cost={"park": park})), "AWS::Events::Rule")
    return [rule for rule in found if "ScheduleExpression" in rule]


def test_without_a_schedule_there_is_no_rule() -> None:
    assert rules() == []


def test_each_time_asks_for_its_action_through_the_queue_where_it_waits_while_the_stack_is_busy() -> None:
    asked: dict[str, Any] = {}
    for rule in rules(schedule=NIGHTS):
        (target,) = rule["Targets"]
        assert target["Arn"]["Fn::GetAtt"][0].startswith("ApprovalsQueue")
        assert target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0].startswith("ApprovalsDeadLetters")
        asked[rule["ScheduleExpression"]] = json.loads(target["Input"])
    by = {"model": model().name, "by": "the schedule in model.yaml"}
    assert asked == {NIGHTS["from"]: {"action": "park", **by}, NIGHTS["to"]: {"action": "wake", **by}}


def test_however_many_rules_are_let_in_by_their_common_name() -> None:
    """A queue's policy takes twenty statements and ten conditions, a function's 20 kB."""
    park = {"schedule": NIGHTS, "idle_hours": 6}
    made = template(*(model(name=f"model-{number}", cost={"park": park}) for number in range(30)))
    known = [rule["Name"] for rule in of_type(made, "AWS::Events::Rule") if "ScheduleExpression" in rule]
    assert len(known) == 90
    assert all(name.startswith("lifecycle-dev-parking-") for name in known)
    rules = ":rule/lifecycle-dev-parking-*"
    for policy in of_type(made, "AWS::SQS::QueuePolicy"):
        statements = policy["PolicyDocument"]["Statement"]
        assert len(statements) <= 5
        (clock,) = [it for it in statements if "ArnLike" in it.get("Condition", {})]
        assert written(clock["Condition"]["ArnLike"]["aws:SourceArn"]).endswith(rules)
    (permission,) = of_type(made, "AWS::Lambda::Permission")
    assert written(permission["SourceArn"]).endswith(rules)


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        ({"from": NIGHTS["from"]}, "Field required"),
        ({**NIGHTS, "to": NIGHTS["from"]}, "would be parked and woken at once"),
        ({**NIGHTS, "to": "rate(1 day)"}, "has no time of day"),
        ({**NIGHTS, "to": "06:00"}, "is neither a rate nor a cron expression"),
    ],
)
def test_times_that_cannot_be_meant_are_refused(schedule: dict[str, str], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        model(cost={"park": {"schedule": schedule}})


def test_an_idle_model_is_looked_for_every_hour() -> None:
    (rule,) = rules(idle_hours=6)
    (target,) = rule["Targets"]
    assert target["Arn"] == ROTATE
    assert rule["ScheduleExpression"] == "rate(1 hour)"
    assert json.loads(target["Input"]) == {
        "action": "park",
        "model": model().name,
        "idle_hours": 6,
        "by": "idle_hours in model.yaml",
    }


@pytest.mark.parametrize("hours", [0, 169, 2.5, "6"])
def test_idle_hours_out_of_bounds_are_refused(hours: object) -> None:
    with pytest.raises(ValidationError, match="idle_hours"):
        model(cost={"park": {"idle_hours": hours}})


def test_no_rule_wakes_a_model_that_a_prediction_wakes() -> None:
    assert rules(wake_on_predict=True) == []
