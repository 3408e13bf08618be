"""What CloudFormation may do in a release, and what it may not."""

from functools import cache
from typing import Any

import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_

from sagemaker_lifecycle.release_role import ReleaseRole
from tests.cloudformation_handlers import RELEASED_TYPES, handler_permissions
from tests.unit.synthesis import empty_stack, statement_of, statements, template_of, written
from tests.unit.template_values import only

CHECK = "arn:aws:lambda:us-east-1:123456789012:function:check"
EXECUTION = "arn:aws:iam::123456789012:role/inference"


@cache
def template() -> dict[str, Any]:
    stack = empty_stack()
    ReleaseRole(
        stack,
        "Role",
        environment="dev",
        models=["houses", "flats"],
        execution_role=iam.Role.from_role_arn(stack, "Execution", EXECUTION),
        key=kms.Key.from_key_arn(
            stack, "Key", "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        ),
        release_check=lambda_.Function.from_function_arn(stack, "Check", CHECK),
    )
    return template_of(stack)


def resources_of(action: str) -> set[str]:
    return {
        written(resource)
        for statement in statements(template())
        if action in statement["Action"]
        for resource in statement["Resource"]
    }


# What CloudFormation's handlers list and a release never comes to.
NOT_OF_A_RELEASE = {
    "lambda:DeleteProvisionedConcurrencyConfig",  # scalable targets of functions
    "lambda:GetProvisionedConcurrencyConfig",
    "lambda:PutProvisionedConcurrencyConfig",
    "application-autoscaling:PutScheduledAction",  # the stack schedules nothing
}


@pytest.mark.parametrize("resource_type", RELEASED_TYPES)
def test_it_may_do_what_cloudformations_handlers_do(resource_type: str) -> None:
    allowed = {action for statement in statements(template()) for action in statement["Action"]}
    assert handler_permissions()[resource_type] - NOT_OF_A_RELEASE - allowed == set()


def test_only_cloudformation_assumes_it() -> None:
    [trust] = only(template()["Resources"], "AWS::IAM::Role")["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "cloudformation.amazonaws.com"}
    assert "Condition" not in trust  # which CloudFormation is not documented to meet


def test_it_makes_no_role_policy_or_function() -> None:
    actions = {action for statement in statements(template()) for action in statement["Action"]}
    assert {action for action in actions if action.startswith(("iam:", "lambda:"))} == {
        "iam:CreateServiceLinkedRole",
        "iam:PassRole",
        "lambda:InvokeFunction",
    }
    assert not [action for action in actions if "*" in action]


def test_it_hands_one_role_to_sagemaker_and_one_to_autoscaling() -> None:
    passed = {
        written(statement["Resource"][0]): statement["Condition"]["StringEquals"]["iam:PassedToService"]
        for statement in statements(template())
        if statement["Action"] == ["iam:PassRole"]
    }
    linked = (
        "arn:<AWS::Partition>:iam::<AWS::AccountId>:role/aws-service-role/"
        "sagemaker.application-autoscaling.amazonaws.com/"
        "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
    )
    assert passed == {
        EXECUTION: "sagemaker.amazonaws.com",
        linked: [
            "sagemaker.application-autoscaling.amazonaws.com",
            "application-autoscaling.amazonaws.com",
        ],
    }


def test_it_deletes_no_endpoint_but_those_of_the_models() -> None:
    here = "arn:<AWS::Partition>:sagemaker:<AWS::Region>:<AWS::AccountId>:endpoint"
    assert resources_of("sagemaker:DeleteEndpoint") == {f"{here}/dev-houses", f"{here}/dev-flats"}


def test_it_deletes_only_models_and_configurations_of_its_environment() -> None:
    own = {"aws:ResourceTag/project": "sagemaker-lifecycle", "aws:ResourceTag/environment": "dev"}
    for action in ("sagemaker:DeleteModel", "sagemaker:DeleteEndpointConfig"):
        statement = statement_of(template(), action)
        assert statement["Condition"] == {"StringEquals": own}
        assert not [it for it in statement["Action"] if "Delete" not in it]


def test_it_tags_only_what_it_creates() -> None:
    assert statement_of(template(), "sagemaker:AddTags")["Condition"] == {
        "StringEquals": {"sagemaker:TaggingAction": ["CreateModel", "CreateEndpointConfig", "CreateEndpoint"]}
    }


def test_it_invokes_the_release_check_and_nothing_else() -> None:
    assert resources_of("lambda:InvokeFunction") == {CHECK}


def test_it_changes_the_alarms_of_the_models_endpoints_only() -> None:
    here = "arn:<AWS::Partition>:cloudwatch:<AWS::Region>:<AWS::AccountId>:alarm"
    assert resources_of("cloudwatch:DeleteAlarms") == {
        f"{here}:dev-houses-*",
        f"{here}:TargetTracking-endpoint/dev-houses/*",
        f"{here}:dev-flats-*",
        f"{here}:TargetTracking-endpoint/dev-flats/*",
    }


def test_it_scales_nothing_but_sagemaker() -> None:
    assert statement_of(template(), "application-autoscaling:RegisterScalableTarget")["Condition"] == {
        "StringEquals": {"application-autoscaling:service-namespace": "sagemaker"}
    }


def test_a_star_stands_for_a_resource_only_where_something_is_read() -> None:
    starred = [statement for statement in statements(template()) if "*" in statement["Resource"]]
    assert starred
    for statement in starred:
        assert all(
            action.split(":")[1].startswith(("Describe", "GetMetric")) for action in statement["Action"]
        )
