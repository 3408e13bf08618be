"""What no policy of any stack may say."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.training_values import plain

Templates = dict[str, dict[str, Any]]
Statement = tuple[str, dict[str, Any]]
STACKS = ("endpoint-house-prices", "foundation", "inference", "observability", "training")

POLICIES = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")

# Actions that take no resource (service authorization reference), or whose resource an account cannot know.
# And those that a condition limits instead, with the keys of the condition.
LIMITED_BY = {
    "cloudwatch:PutMetricData": {"cloudwatch:namespace"},
    "iam:CreateServiceLinkedRole": {"iam:AWSServiceName"},
}
WITHOUT_RESOURCE = {
    "application-autoscaling:DescribeScalableTargets",
    "application-autoscaling:DescribeScalingActivities",
    "application-autoscaling:DescribeScalingPolicies",
    "application-autoscaling:DescribeScheduledActions",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetMetricData",
    "cloudwatch:PutMetricData",
    "ecr:GetAuthorizationToken",
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
    "sagemaker:ListModelPackages",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def identity_statements(template: dict[str, Any]) -> Iterator[Statement]:
    """Statements of all IAM policies, inline ones too."""
    for logical_id, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        documents = [properties["PolicyDocument"]] if resource["Type"] in POLICIES else []
        if resource["Type"] == "AWS::IAM::Role":
            documents += [each["PolicyDocument"] for each in properties.get("Policies", [])]
        for document in documents:
            yield from ((logical_id, statement) for statement in document["Statement"])


def resource_statements(template: dict[str, Any]) -> Iterator[Statement]:
    """Statements of the policies of keys, buckets, queues and topics."""
    for logical_id, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        document = properties.get("KeyPolicy") or properties.get("PolicyDocument")
        if document and resource["Type"] not in POLICIES:
            yield from ((logical_id, statement) for statement in document["Statement"])


def condition_keys(statement: dict[str, Any]) -> set[str]:
    """The keys that the statement's condition asks for."""
    return {key for tests in statement.get("Condition", {}).values() for key in tests}


@pytest.mark.parametrize("stack", STACKS)
def test_no_policy_allows_an_action_by_wildcard(templates: Templates, stack: str) -> None:
    offenders = [
        (name, action)
        for name, statement in identity_statements(templates[stack])
        for action in listed(statement["Action"])
        if "*" in action
    ]
    assert offenders == []


@pytest.mark.parametrize("stack", STACKS)
def test_only_actions_without_a_resource_are_allowed_on_everything(templates: Templates, stack: str) -> None:
    offenders = [
        (name, action)
        for name, statement in identity_statements(templates[stack])
        if "*" in [plain(each) for each in listed(statement["Resource"])]
        for action in listed(statement["Action"])
        if not (
            LIMITED_BY[action] <= condition_keys(statement)
            if action in LIMITED_BY
            else action in WITHOUT_RESOURCE
        )
    ]
    assert offenders == []


@pytest.mark.parametrize("stack", STACKS)
def test_a_role_is_passed_one_by_one_and_to_a_named_service(templates: Templates, stack: str) -> None:
    for name, statement in identity_statements(templates[stack]):
        if "iam:PassRole" in listed(statement["Action"]):
            assert all("*" not in plain(each) for each in listed(statement["Resource"])), name
            assert statement["Condition"]["StringEquals"]["iam:PassedToService"], name


@pytest.mark.parametrize("stack", STACKS)
def test_no_role_manages_roles(templates: Templates, stack: str) -> None:
    actions = {
        action
        for _, statement in identity_statements(templates[stack])
        for action in listed(statement["Action"])
        if action.startswith("iam:")
    }
    # The second makes application auto scaling's own role, where an account has none yet.
    assert actions <= {"iam:PassRole", "iam:CreateServiceLinkedRole"}


@pytest.mark.parametrize("stack", STACKS)
def test_no_role_can_be_assumed_by_an_account_or_by_everybody(templates: Templates, stack: str) -> None:
    for name, resource in templates[stack]["Resources"].items():
        if resource["Type"] == "AWS::IAM::Role":
            for trust in resource["Properties"]["AssumeRolePolicyDocument"]["Statement"]:
                assert set(trust["Principal"]) == {"Service"}, name


@pytest.mark.parametrize("stack", STACKS)
def test_nothing_is_open_to_everybody(templates: Templates, stack: str) -> None:
    offenders = [
        name
        for name, statement in resource_statements(templates[stack])
        if statement["Effect"] == "Allow"
        and statement.get("Principal") in ("*", {"AWS": "*"})
        and "Condition" not in statement
    ]
    assert offenders == []


def test_the_endpoint_stack_holds_no_iam_resource_and_no_function(templates: Templates) -> None:
    """A release updates this stack without capabilities, by a role that may do little."""
    types = {each["Type"] for each in templates["endpoint-house-prices"]["Resources"].values()}
    assert [each for each in types if each.startswith(("AWS::IAM::", "AWS::Lambda::"))] == []
