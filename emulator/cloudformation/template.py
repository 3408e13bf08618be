"""A template: read from JSON or YAML, and checked for what can be known before anything is made."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from emulator.cloudformation import graph
from emulator.cloudformation.intrinsics import function_name, invalid
from emulator.cloudformation.provider import provider_of
from emulator.errors import AwsError

SECTIONS = {
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Rules",
    "Mappings",
    "Conditions",
    "Transform",
    "Hooks",
    "Resources",
    "Outputs",
}
MAX_RESOURCES = 500
MAX_OUTPUTS = 200
MAX_PARAMETERS = 200
"""Of one template (CloudFormation quotas)."""
RESOURCE_KEYS = {
    "Type",
    "Properties",
    "DependsOn",
    "Condition",
    "Metadata",
    "DeletionPolicy",
    "UpdateReplacePolicy",
    "UpdatePolicy",
    "CreationPolicy",
}
PSEUDO = {
    "AWS::AccountId",
    "AWS::Region",
    "AWS::StackName",
    "AWS::StackId",
    "AWS::Partition",
    "AWS::URLSuffix",
    "AWS::NoValue",
    "AWS::NotificationARNs",
}
# "Acknowledging IAM resources in CloudFormation templates": type -> the property that names it.
IAM_NAMES = {
    "AWS::IAM::AccessKey": None,
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Policy": None,
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
    "AWS::IAM::UserToGroupAddition": None,
}


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms, and dates left as they are written."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - a class attribute of PyYAML's own
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _short_form(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = list(value.partition(".")[::2])
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_form)


def parse(body: str) -> dict[str, Any]:
    """The sections of a template. Raises ValidationError for text that is none."""
    if body.lstrip().startswith("{"):
        try:
            document = json.loads(body)
        except json.JSONDecodeError as error:
            raise invalid(
                f"Template format error: JSON not well-formed. (line {error.lineno}, column {error.colno})"
            ) from None
    else:
        try:
            document = yaml.load(body, Loader=_Loader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
            raise invalid(f"Template format error: YAML not well-formed.{where}") from None
    if not isinstance(document, dict):
        raise invalid("Template format error: unsupported structure.")
    return document


@dataclass(frozen=True)
class Template:
    """A template that passed ``load``: every reference in it leads somewhere and none leads in a circle."""

    body: str
    sections: Mapping[str, Any]

    @property
    def resources(self) -> Mapping[str, Mapping[str, Any]]:
        """Definitions by logical id, whatever their conditions."""
        return self.sections["Resources"]

    @property
    def parameters(self) -> Mapping[str, Mapping[str, Any]]:
        """Declarations by name."""
        return self.sections.get("Parameters") or {}

    @property
    def outputs(self) -> Mapping[str, Mapping[str, Any]]:
        """Declarations by name."""
        return self.sections.get("Outputs") or {}

    def section(self, name: str) -> Mapping[str, Any]:
        """Another section, empty when the template has none."""
        return self.sections.get(name) or {}

    @property
    def capabilities(self) -> list[str]:
        """What a caller must acknowledge: CAPABILITY_NAMED_IAM, CAPABILITY_IAM, or nothing."""
        iam = [definition for definition in self.resources.values() if definition["Type"] in IAM_NAMES]
        named = [
            definition
            for definition in iam
            if IAM_NAMES[definition["Type"]] in (definition.get("Properties") or {})
        ]
        return ["CAPABILITY_NAMED_IAM"] if named else ["CAPABILITY_IAM"] if iam else []


def load(body: str) -> Template:
    """The template in ``body``. Raises ValidationError, in CloudFormation's words, if it is bad."""
    sections = parse(body)
    unknown = sorted(set(sections) - SECTIONS)
    if unknown:
        raise invalid(f"Invalid template property or properties [{', '.join(unknown)}]")
    if sections.get("Transform") or "Fn::Transform" in body:
        raise AwsError("NotImplemented", "the emulator runs no transforms (macros) on templates", status=501)
    resources = sections.get("Resources")
    if not isinstance(resources, Mapping) or not resources:
        raise invalid("Template format error: At least one Resources member must be defined.")
    for logical_id, definition in resources.items():
        _check_resource(logical_id, definition)
    template = Template(body, sections)
    _check_counts(template)
    _check_types(template)
    _check_references(template)
    _check_conditions(template)
    graph.in_order(graph.dependencies(resources))
    return template


def _check_counts(template: Template) -> None:
    """Words: serverless/serverless#2387, dougmoscrop/serverless-plugin-split-stacks#43, aws/aws-cdk#8736."""
    resources = len(template.resources)
    if resources > MAX_RESOURCES:
        raise invalid(
            f"Template format error: Number of resources, {resources}, is greater than maximum allowed, "
            f"{MAX_RESOURCES}"
        )
    for word, parts, most in (
        ("Outputs", template.outputs, MAX_OUTPUTS),
        ("Parameter", template.parameters, MAX_PARAMETERS),
    ):
        if len(parts) > most:
            raise invalid(
                f"Template format error: {word} count {len(parts)} is greater than max allowed {most}"
            )


def _check_resource(logical_id: str, definition: Any) -> None:
    if not logical_id.isalnum():
        raise invalid(f"Template format error: Resource name {logical_id} is non alphanumeric.")
    if not isinstance(definition, Mapping) or not isinstance(definition.get("Type"), str):
        raise invalid(
            f"Template format error: [/Resources/{logical_id}] Every Resources object must contain a Type "
            "member."
        )
    unknown = sorted(set(definition) - RESOURCE_KEYS)
    if unknown:
        raise invalid(f"Invalid template resource property '{unknown[0]}'")
    for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
        allowed = ["Delete", "Retain", "Snapshot"]
        if policy == "DeletionPolicy":
            allowed.append("RetainExceptOnCreate")
        if definition.get(policy, "Delete") not in allowed:
            raise invalid(f"Template format error: Unrecognized {policy} {definition[policy]} for resource "
                          f"{logical_id}")  # fmt: skip


def allowed_stub_types() -> set[str]:
    """Types without a provider that may be kept as stubs, from EMULATOR_ALLOW_TYPES (a comma list)."""
    return {name.strip() for name in os.environ.get("EMULATOR_ALLOW_TYPES", "").split(",") if name.strip()}


def _check_types(template: Template) -> None:
    types = {definition["Type"] for definition in template.resources.values()}
    allowed = allowed_stub_types()
    unknown = sorted(name for name in types if provider_of(name) is None and name not in allowed)
    if unknown:
        raise invalid(f"Template format error: Unrecognized resource types: [{', '.join(unknown)}]")


def _check_references(template: Template) -> None:
    for block in ("Resources", "Outputs"):
        unresolved: dict[str, None] = {}
        for definition in template.section(block).values():
            values = definition.get("Properties") if block == "Resources" else definition
            named = [*graph.references(values or {})]
            named += graph.depends_on(definition) if block == "Resources" else []
            for name in named:
                known = name in template.resources or name in template.parameters or name in PSEUDO
                if not known:
                    unresolved[name] = None
        if unresolved:
            raise invalid(
                f"Template format error: Unresolved resource dependencies [{', '.join(unresolved)}] "
                f"in the {block} block of the template"
            )


def _check_conditions(template: Template) -> None:
    conditions = template.section("Conditions")
    used: list[str] = []
    for definition in (*template.resources.values(), *template.outputs.values()):
        used += [definition["Condition"]] if "Condition" in definition else []
        used += _if_conditions(definition)
    used += _calls(conditions, "Condition", lambda argument: argument)
    missing = sorted({name for name in used if name not in conditions})
    if missing:
        raise invalid(
            f"Template format error: Unresolved condition dependency {missing[0]} "
            "in the Conditions block of the template"
        )
    needs = {
        name: set(_calls(value, "Condition", lambda argument: argument)) for name, value in conditions.items()
    }
    try:
        graph.in_order(needs)
    except AwsError:
        raise invalid(
            f"Template format error: Circular dependency between conditions: [{', '.join(sorted(needs))}]"
        ) from None


def _if_conditions(value: Any) -> list[str]:
    return _calls(value, "Fn::If", lambda argument: argument[0])


def _calls(value: Any, function: str, pick: Callable[[Any], Any]) -> list[str]:
    return [pick(argument) for argument in _arguments(value, function)]


def _arguments(value: Any, function: str) -> Iterator[Any]:
    if isinstance(value, Mapping):
        if function_name(value) == function:
            yield value[function]
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _arguments(item, function)
