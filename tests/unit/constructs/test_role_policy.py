"""A role's rights in policies of the sizes that IAM takes."""

import json
from typing import Any

import pytest
from aws_cdk import aws_iam as iam

from sagemaker_lifecycle import arns
from sagemaker_lifecycle.role_policy import INLINE_LIMIT, MANAGED_LIMIT, allow, attach
from sagemaker_lifecycle.service_principal import service_principal
from tests.unit.synthesis import empty_stack, template_of, written

Statements = list[dict[str, Any]]


def policies(resources: int) -> dict[str, list[Statements]]:
    """The statements, by the policies' types, of a role with two statements on so many resources."""
    stack = empty_stack()
    role = iam.Role(stack, "Role", assumed_by=service_principal("lambda.amazonaws.com"))
    named = [arns.endpoint_arn(f"{number:04}-{'x' * 58}") for number in range(resources)]
    attach(role, [allow(["sagemaker:DescribeEndpoint"], named), allow(["sagemaker:ListTags"], named[1:])])
    found: dict[str, list[Statements]] = {"AWS::IAM::Policy": [], "AWS::IAM::ManagedPolicy": []}
    for resource in template_of(stack)["Resources"].values():
        if resource["Type"] in found:
            found[resource["Type"]].append(resource["Properties"]["PolicyDocument"]["Statement"])
    return found


def allowed(statements: Statements) -> list[tuple[str, str]]:
    return [
        (statement["Action"], written(resource))
        for statement in statements
        for resource in (
            statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
        )
    ]


def longest(statements: Statements) -> int:
    """Characters of the resources in the partition and the region with the longest names."""
    text = json.dumps([arn for _, arn in allowed(statements)], separators=(",", ":"))
    for reference, value in (
        ("Partition", "aws-us-gov"),
        ("Region", "ap-southeast-1"),
        ("AccountId", "1" * 12),
    ):
        text = text.replace(f"<AWS::{reference}>", value)
    return len(text)


def test_few_rights_are_one_inline_policy() -> None:
    found = policies(10)
    assert [len(statements) for statements in found["AWS::IAM::Policy"]] == [2]
    assert found["AWS::IAM::ManagedPolicy"] == []


def test_what_an_inline_policy_cannot_hold_is_in_managed_ones_and_nothing_is_lost() -> None:
    found = policies(100)
    [inline], managed = found["AWS::IAM::Policy"], found["AWS::IAM::ManagedPolicy"]
    assert len(managed) == 3
    together = [right for statements in (inline, *managed) for right in allowed(statements)]
    assert len(together) == len(set(together)) == 199
    assert {action for action, _ in together} == {"sagemaker:DescribeEndpoint", "sagemaker:ListTags"}
    assert all(longest(one) <= MANAGED_LIMIT for one in managed)
    assert longest(inline) <= INLINE_LIMIT


def test_more_than_a_role_can_hold_ends_the_synth_with_the_limit() -> None:
    with pytest.raises(ValueError, match=r"^test/Role: .* a role may have 10 \(IAM's quota\)\. Deploy fewer"):
        policies(400)
