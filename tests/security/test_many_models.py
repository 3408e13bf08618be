"""Fifty models with the longest names that there may be: nothing that AWS limits is too large."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from sagemaker_lifecycle.environments import environment_named
from sagemaker_lifecycle.handler_function import VARIABLES_LIMIT
from sagemaker_lifecycle.names import MODEL_NAME_LIMIT
from sagemaker_lifecycle.role_policy import INLINE_LIMIT, MANAGED_LIMIT, MANAGED_POLICIES
from sagemaker_lifecycle.template_sizes import LIMIT as TEMPLATE_BYTES
from tests.app_synthesis import app_with, models, templates_in

Template = dict[str, Any]
Templates = dict[str, Template]

COUNT = 50

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
AT_MOST = {"Resources": 500, "Outputs": 200, "Parameters": 200}

PSEUDO_PARAMETERS = {
    "AWS::Partition": "aws-us-gov",
    "AWS::Region": "ap-southeast-1",
    "AWS::AccountId": "1" * 12,
}
LONGEST_NAME = "x" * 64
LONGEST_ARN = "x" * 140


@pytest.fixture(scope="module")
def outdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("many")
    [shipped] = models()
    named = [f"m{number:02}-".ljust(MODEL_NAME_LIMIT, "x") for number in range(COUNT)]
    specs = [shipped.model_copy(update={"name": name}) for name in named]
    app_with(specs, environment_named("prod"), folder).synth()
    return folder


@pytest.fixture(scope="module")
def templates(outdir: Path) -> Templates:
    return templates_in(outdir, "prod")


def longest(value: Any) -> Any:
    """The value with every reference as long as what it may become: names in a joined text, else ARNs."""
    if isinstance(value, list):
        return [longest(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return separator.join(part if isinstance(part, str) else _longest_part(part) for part in parts)
    if "Ref" in value or "Fn::GetAtt" in value or "Fn::ImportValue" in value:
        return _longest_reference(value, LONGEST_ARN)
    return {key: longest(each) for key, each in value.items()}


def _longest_part(reference: Any) -> str:
    is_arn = "Fn::GetAtt" in reference or "Arn" in str(reference.get("Fn::ImportValue", ""))
    return _longest_reference(reference, LONGEST_ARN if is_arn else LONGEST_NAME)


def _longest_reference(reference: Any, otherwise: str) -> str:
    return PSEUDO_PARAMETERS.get(str(reference.get("Ref")), otherwise)


def size(document: Any) -> int:
    """Characters of a policy as IAM counts them."""
    return len(json.dumps(longest(document), separators=(",", ":")))


def policies(templates: Templates, resource_type: str) -> list[dict[str, Any]]:
    """Properties of the policies of that type of all stacks."""
    return [
        resource["Properties"]
        for template in templates.values()
        for resource in template["Resources"].values()
        if resource["Type"] == resource_type
    ]


def of_each_role(templates: Templates, resource_type: str) -> dict[str, list[int]]:
    """The sizes of the policies that a role holds, by the role."""
    held: dict[str, list[int]] = defaultdict(list)
    for policy in policies(templates, resource_type):
        for role in policy["Roles"]:
            held[json.dumps(role)].append(size(policy["PolicyDocument"]))
    return held


def test_a_roles_inline_policies_are_not_too_large_together(templates: Templates) -> None:
    sums = {role: sum(sizes) for role, sizes in of_each_role(templates, "AWS::IAM::Policy").items()}
    assert {role: total for role, total in sums.items() if total > INLINE_LIMIT} == {}
    assert max(sums.values()) > INLINE_LIMIT / 2


def test_no_managed_policy_is_too_large_and_no_role_has_too_many(templates: Templates) -> None:
    held = of_each_role(templates, "AWS::IAM::ManagedPolicy")
    assert held
    assert {role: sizes for role, sizes in held.items() if max(sizes) > MANAGED_LIMIT} == {}
    assert max(len(sizes) for sizes in held.values()) <= MANAGED_POLICIES


def test_no_functions_variables_are_too_large(templates: Templates) -> None:
    functions = policies(templates, "AWS::Lambda::Function")
    variables = [longest(one.get("Environment", {}).get("Variables", {})) for one in functions]
    assert max(len(json.dumps(each, separators=(",", ":"))) for each in variables) <= VARIABLES_LIMIT


@pytest.mark.parametrize("section", AT_MOST)
def test_no_template_has_too_many(templates: Templates, section: str) -> None:
    counts = {stack: len(template.get(section, {})) for stack, template in templates.items()}
    assert {stack: count for stack, count in counts.items() if count > AT_MOST[section]} == {}


def test_no_template_is_too_large(outdir: Path) -> None:
    sizes = {path.name: path.stat().st_size for path in outdir.glob("*.template.json")}
    assert {name: total for name, total in sizes.items() if total > TEMPLATE_BYTES} == {}
