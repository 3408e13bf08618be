"""What starts a training by itself, and what rings when one fails."""

from typing import Any

import pytest
from aws_cdk import Stack
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Annotations, Match

from sagemaker_lifecycle.training_triggers import TrainingTriggers
from tests.unit.constructs.test_training_request import model
from tests.unit.synthesis import empty_stack, statement_of, template_of
from tests.unit.template_values import of_type, only

MACHINE_ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:lifecycle-dev-train-houses"


def triggers(**changes: Any) -> Stack:
    stack = empty_stack()
    TrainingTriggers(
        stack,
        "Triggers",
        model=model(**changes),
        state_machine=sfn.StateMachine.from_state_machine_arn(stack, "Machine", MACHINE_ARN),
        data_bucket=s3.Bucket.from_bucket_name(stack, "Data", "data-bucket"),
    )
    return stack


def template(**changes: Any) -> dict[str, Any]:
    return template_of(triggers(**changes))


def test_without_a_trigger_nothing_starts_and_there_is_no_role_for_it() -> None:
    assert template().get("Resources", {}) == {}


@pytest.mark.parametrize("schedule", ["rate(1 day)", "cron(0 6 * * ? *)"])
def test_a_schedule_becomes_a_rule_as_written(schedule: str) -> None:
    rule = only(template(training={"schedule": schedule})["Resources"], "AWS::Events::Rule")
    assert rule["ScheduleExpression"] == schedule
    assert rule["State"] == "ENABLED"
    assert "EventPattern" not in rule


def test_new_data_is_an_object_created_below_the_models_prefix_of_its_bucket() -> None:
    rule = only(template(training={"on_new_data": True})["Resources"], "AWS::Events::Rule")
    assert rule["EventPattern"] == {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {
            "bucket": {"name": ["data-bucket"]},
            "object": {"key": [{"prefix": "models/houses/data/"}]},
        },
    }


def test_new_data_of_a_source_of_its_own_is_looked_for_below_its_prefix() -> None:
    source = {"type": "s3", "bucket": "data-bucket", "prefix": "exports/"}
    made = template(source=source, training={"on_new_data": True})
    pattern = only(made["Resources"], "AWS::Events::Rule")["EventPattern"]
    assert pattern["detail"]["object"] == {"key": [{"prefix": "exports/"}]}


@pytest.mark.parametrize(
    ("source", "told"),
    [({"type": "s3", "bucket": "their-bucket", "prefix": "exports/"}, 1), ({"type": "local"}, 0)],
)
def test_the_synth_reminds_of_the_events_of_a_bucket_of_the_users_own(
    source: dict[str, str], told: int
) -> None:
    stack = triggers(source=source, training={"on_new_data": True})
    match = Match.string_like_regexp("on_new_data hears of new files in their-bucket only if it sends")
    assert len(Annotations.from_stack(stack).find_info("*", match)) == told


def test_both_triggers_start_the_machine_with_an_empty_input_by_one_role_that_can_do_only_that() -> None:
    both = template(training={"schedule": "rate(1 day)", "on_new_data": True})
    rules = of_type(both["Resources"], "AWS::Events::Rule")
    targets = [target for rule in rules for target in rule["Targets"]]
    assert [target["Arn"] for target in targets] == [MACHINE_ARN] * 2
    schedule, new_data = sorted(targets, key=lambda target: "InputTransformer" in target)
    assert schedule["Input"] == "{}"
    transformer = new_data["InputTransformer"]
    assert transformer["InputPathsMap"] == {"detail-object-key": "$.detail.object.key"}
    assert transformer["InputTemplate"] == '{"new_data":<detail-object-key>}'
    assert len(of_type(both["Resources"], "AWS::IAM::Role")) == 1
    statement = statement_of(both, "states:StartExecution")
    assert statement["Action"] == ["states:StartExecution"]
    assert statement["Resource"] == [MACHINE_ARN]
