"""What the functions that release and verify may do."""

from functools import cache
from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from sagemaker_lifecycle.environments import environment_named
from sagemaker_lifecycle.release_functions import ReleaseCheckFunction, RotateFunction
from tests.unit.synthesis import KEY_ARN, empty_stack, statement_of, statements, template_of, written
from tests.unit.template_values import only

ROLE = "arn:aws:iam::123456789012:role/release"
HERE = "<AWS::Region>:<AWS::AccountId>"


@cache
def rotate() -> dict[str, Any]:
    stack = empty_stack()
    RotateFunction(
        stack,
        "Rotate",
        environment=environment_named("dev"),
        models=["houses", "flats"],
        release_role=iam.Role.from_role_arn(stack, "Release", ROLE),
        key=kms.Key.from_key_arn(stack, "Key", KEY_ARN),
    )
    return template_of(stack)


@cache
def check() -> dict[str, Any]:
    stack = empty_stack()
    ReleaseCheckFunction(
        stack,
        "Check",
        environment=environment_named("dev"),
        models=["houses"],
        key=kms.Key.from_key_arn(stack, "Key", KEY_ARN),
    )
    return template_of(stack)


def test_rotate_updates_endpoint_stacks_only_and_only_with_the_release_role() -> None:
    statement = statement_of(rotate(), "cloudformation:UpdateStack")
    assert statement["Action"] == ["cloudformation:ContinueUpdateRollback", "cloudformation:UpdateStack"]
    assert [written(it) for it in statement["Resource"]] == [
        f"arn:<AWS::Partition>:cloudformation:{HERE}:stack/lifecycle-dev-endpoint-*/*"
    ]
    assert statement["Condition"] == {"StringEquals": {"cloudformation:RoleArn": ROLE}}


def test_rotate_hands_the_release_role_to_cloudformation_only() -> None:
    statement = statement_of(rotate(), "iam:PassRole")
    assert statement["Resource"] == [ROLE]
    assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}}


def test_rotate_writes_what_is_parked_and_not_the_ledger() -> None:
    assert {written(it) for it in statement_of(rotate(), "ssm:PutParameter")["Resource"]} == {
        f"arn:<AWS::Partition>:ssm:{HERE}:parameter/lifecycle/dev/*/parked",
    }


def test_rotate_touches_no_endpoint_itself() -> None:
    actions = {
        a for statement in statements(rotate()) for a in statement["Action"] if a.startswith("sagemaker:")
    }
    assert actions == {
        "sagemaker:DescribeEndpoint",
        "sagemaker:DescribeModelPackage",
        "sagemaker:ListModelPackages",
        "sagemaker:UpdateModelPackage",
    }


def test_rotate_is_told_its_names() -> None:
    function = only(rotate()["Resources"], "AWS::Lambda::Function")
    assert function["Environment"]["Variables"] == {
        "ENVIRONMENT": "dev",
        "STACK_PREFIX": "lifecycle-dev-endpoint-",
        "GROUP_PREFIX": "lifecycle-dev-",
        "PARAMETER_PREFIX": "/lifecycle/dev/",
        "RELEASE_ROLE_ARN": ROLE,
        "MODELS": "houses,flats",
    }


def test_release_check_writes_the_ledgers_of_its_environment_only() -> None:
    assert [written(it) for it in statement_of(check(), "ssm:PutParameter")["Resource"]] == [
        f"arn:<AWS::Partition>:ssm:{HERE}:parameter/lifecycle/dev/*/releases"
    ]


def test_release_check_reads_the_stacks_of_its_environment_and_changes_none() -> None:
    actions = {a for it in statements(check()) for a in it["Action"] if a.startswith("cloudformation:")}
    assert actions == {"cloudformation:DescribeStacks"}
    assert [written(it) for it in statement_of(check(), "cloudformation:DescribeStacks")["Resource"]] == [
        f"arn:<AWS::Partition>:cloudformation:{HERE}:stack/lifecycle-dev-endpoint-*/*"
    ]


def test_release_check_puts_metrics_of_the_project_only() -> None:
    assert statement_of(check(), "cloudwatch:PutMetricData")["Condition"] == {
        "StringEquals": {"cloudwatch:namespace": "SageMakerLifecycle"}
    }


def test_a_star_stands_for_a_resource_only_where_an_action_takes_none() -> None:
    def starred(template: dict[str, Any]) -> set[str]:
        found = (it for it in statements(template) if "*" in it["Resource"])
        return {action for it in found for action in it["Action"] if not action.startswith("xray:")}

    assert starred(rotate()) == {"cloudwatch:DescribeAlarms", "sagemaker:ListModelPackages"}
    assert starred(check()) == {"cloudwatch:PutMetricData"}
