"""What the function behind the dashboards' ledgers may do, and what it is told."""

from functools import cache
from typing import Any

from aws_cdk import aws_kms as kms

from sagemaker_lifecycle import names
from sagemaker_lifecycle.environments import environment_named
from sagemaker_lifecycle.ledger_widget import LedgerWidgetFunction
from tests.unit.synthesis import KEY_ARN, empty_stack, statements, template_of, written
from tests.unit.template_values import only

PARAMETERS = "arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:parameter/lifecycle/dev"

STACKS = "arn:<AWS::Partition>:cloudformation:<AWS::Region>:<AWS::AccountId>:stack/lifecycle-dev-endpoint-*/*"


@cache
def template() -> dict[str, Any]:
    stack = empty_stack()
    LedgerWidgetFunction(
        stack,
        "Widget",
        environment=environment_named("dev"),
        models=["houses", "flats"],
        key=kms.Key.from_key_arn(stack, "Key", KEY_ARN),
    )
    return template_of(stack)


def test_it_reads_the_memory_of_its_environments_models_and_nothing_else() -> None:
    found = statements(template())
    actions = {action for it in found for action in it["Action"]}
    assert actions == {
        "cloudformation:DescribeStacks",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "ssm:GetParameters",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    }
    [reading] = [it for it in found if "ssm:GetParameters" in it["Action"]]
    assert {written(it) for it in reading["Resource"]} == {
        f"{PARAMETERS}/*/{memory}" for memory in ("releases", "parked")
    }
    [looking] = [it for it in found if "cloudformation:DescribeStacks" in it["Action"]]
    assert [written(it) for it in looking["Resource"]] == [STACKS]


def test_nobody_may_invoke_it_by_a_policy_of_its_own() -> None:
    assert "AWS::Lambda::Permission" not in {it["Type"] for it in template()["Resources"].values()}


def test_it_is_told_its_models_and_named_for_dashboards() -> None:
    function = only(template()["Resources"], "AWS::Lambda::Function")
    assert function["Environment"]["Variables"] == {
        "MODELS": "houses,flats",
        "PARAMETER_PREFIX": "/lifecycle/dev/",
        "STACK_PREFIX": "lifecycle-dev-endpoint-",
    }
    assert function["FunctionName"] == "customWidget-lifecycle-dev-ledger"


def test_its_name_fits_the_longest_environment() -> None:
    assert len(names.ledger_widget_name("e" * 10)) <= 64
