"""Tests of a challenger: what their functions are told and may do, and what asks them."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from aws_cdk import App, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns

from sagemaker_lifecycle.environments import environment_named
from sagemaker_lifecycle.trial_functions import experiments_json
from sagemaker_lifecycle.trial_verdicts import TrialVerdicts
from sagemaker_lifecycle.trials import Trials
from tests.unit.constructs.test_training_request import model
from tests.unit.synthesis import empty_stack, template_of
from tests.unit.template_values import of_type, only

ROTATE = "arn:aws:lambda:us-east-1:123456789012:function:rotate"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@cache
def template(environment: str = "dev") -> dict[str, Any]:
    stack = empty_stack()
    Trials(
        stack,
        "Trials",
        environment=environment_named(environment),
        models=[model()],
        rotate=lambda_.Function.from_function_arn(stack, "Rotate", ROTATE),
        data_bucket=s3.Bucket(stack, "Data"),
        key=kms.Key.from_key_arn(stack, "Key", KEY),
    )
    return template_of(stack)["Resources"]


def statements(word: str) -> dict[str, Any]:
    """The function's own statements by their actions."""
    [policy] = [
        resource["Properties"]
        for name, resource in template().items()
        if resource["Type"] == "AWS::IAM::Policy" and word in name and "DefaultPolicy" in name
    ]
    return {
        " ".join(actions if isinstance(actions := one["Action"], list) else [actions]): one["Resource"]
        for one in policy["PolicyDocument"]["Statement"]
    }


def test_the_counts_can_be_restored_and_what_was_counted_is_forgotten() -> None:
    table = only(template(), "AWS::DynamoDB::Table")
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert table["DeletionProtectionEnabled"] is False


def test_the_counts_of_production_outlive_the_stack() -> None:
    assert only(template("prod"), "AWS::DynamoDB::Table")["DeletionProtectionEnabled"] is True
    [policies] = [
        (one["DeletionPolicy"], one["UpdateReplacePolicy"])
        for one in template("prod").values()
        if one["Type"] == "AWS::DynamoDB::Table"
    ]
    assert policies == ("Retain", "Retain")


def test_feedback_may_write_counts_and_read_files_of_outcomes_alone() -> None:
    allowed = statements("Feedback")
    assert set(allowed) == {
        "logs:CreateLogStream logs:PutLogEvents",
        "dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem",
        "s3:GetObject",
        "kms:Decrypt",
    }
    assert allowed["s3:GetObject"]["Fn::Join"][1][-1] == "/feedback/*"
    assert allowed["kms:Decrypt"] == KEY


def test_the_analysis_may_ask_the_rotate_function_and_change_nothing_itself() -> None:
    allowed = statements("Analysis")
    assert set(allowed) == {
        "logs:CreateLogStream logs:PutLogEvents",
        "cloudformation:DescribeStacks",
        "dynamodb:GetItem dynamodb:PutItem dynamodb:UpdateItem",
        "lambda:InvokeFunction",
        "events:PutEvents",
    }
    assert allowed["lambda:InvokeFunction"] == ROTATE


def test_the_analysis_looks_by_the_clock_and_files_are_counted_as_they_come() -> None:
    clock, files = sorted(of_type(template(), "AWS::Events::Rule"), key=lambda rule: "EventPattern" in rule)
    assert clock["ScheduleExpression"] == "rate(15 minutes)"
    assert json.loads(clock["Targets"][0]["Input"]) == {"act": True}
    assert files["EventPattern"]["detail"]["object"] == {"key": [{"prefix": "feedback/"}]}
    assert "Input" not in files["Targets"][0]


def test_the_analysis_is_told_what_the_model_says() -> None:
    told = json.loads(
        experiments_json(
            "dev",
            [model(experiment={"alpha": 0.1, "auto_promote": True, "thompson": {"min": 10, "max": 40}})],
        )
    )
    assert told == {
        model().name: {
            "endpoint": f"dev-{model().name}",
            "outcome": "squared-error",
            "rules": {"alpha": 0.1, "minimum_samples": 500, "loss_tolerance": 0.01},
            "guardrails": {"error_margin": 0.001, "latency_ratio": 1.5},
            "auto_promote": True,
            "thompson": {"min": 10, "max": 40},
        }
    }


def test_verdicts_of_the_environment_are_told() -> None:
    stack = Stack(App(), "Stack")
    TrialVerdicts(stack, "Verdicts", environment="dev", topic=sns.Topic(stack, "Topic"))
    rule = only(template_of(stack)["Resources"], "AWS::Events::Rule")
    assert rule["EventPattern"] == {
        "source": ["sagemaker-lifecycle"],
        "detail-type": ["Trial Verdict"],
        "detail": {"environment": ["dev"]},
    }
    sentence = rule["Targets"][0]["InputTransformer"]["InputTemplate"]
    assert "Done about it: <detail-done>." in sentence


def test_the_functions_ship_nothing_of_each_other() -> None:
    root = Path(__file__).resolve().parents[3] / "lambda"
    sources = {
        name: "".join(p.read_text() for p in (root / name).glob("*.py"))
        for name in ("feedback", "analyse_test")
    }
    assert "import analyse_test" not in sources["feedback"]
    assert "from analyse_test" not in sources["feedback"]
    assert "from feedback" not in sources["analyse_test"]
