"""A stack as it shall be: template and parameters, and what would change if it were deployed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from emulator import aws
from emulator.cloudformation import graph
from emulator.cloudformation import parameters as parameter_values
from emulator.cloudformation.identity import Identity
from emulator.cloudformation.intrinsics import (
    UNKNOWN,
    Scope,
    condition,
    contains_unknown,
    invalid,
    resolve,
    text,
)
from emulator.cloudformation.provider import provider_of
from emulator.cloudformation.stack import Resource, Stack, registry
from emulator.cloudformation.template import Template
from emulator.errors import AwsError

ATTRIBUTE_KEYS = ("Metadata", "DeletionPolicy", "UpdateReplacePolicy", "UpdatePolicy", "CreationPolicy")


class MissingExport(AwsError):
    """An import of what no stack exports: found out while the stack is being made, not before."""

    def __init__(self, name: str) -> None:
        super().__init__("ValidationError", f"No export named {name} found.")


@dataclass(frozen=True)
class Change:
    """One resource that differs; ``properties`` are those it would get, with UNKNOWN parts in them."""

    action: str
    logical_id: str
    type: str
    before: Resource | None
    properties: Mapping[str, Any]
    replacement: bool | None = None
    scope: tuple[str, ...] = ()


@dataclass
class Deployment:
    """What an operation shall make of ``stack``, acting as ``identity``."""

    stack: Stack
    template: Template
    parameters: dict[str, str]
    resolved: dict[str, Any]
    tags: dict[str, str]
    identity: Identity
    capabilities: list[str] = field(default_factory=lambda: list[str]())
    notification_arns: list[str] = field(default_factory=lambda: list[str]())
    imports: set[str] = field(default_factory=lambda: set[str]())

    def __post_init__(self) -> None:
        self.scope = Scope(
            parameters=self.resolved,
            pseudo=self._pseudo(),
            mappings=self.template.section("Mappings"),
            conditions=self.template.section("Conditions"),
            ref=self._ref,
            get_att=self._get_att,
            export=self._export,
            stack_output=self._stack_output,
            dynamic=self._dynamic,
        )
        self.active = {
            logical_id: definition
            for logical_id, definition in self.template.resources.items()
            if "Condition" not in definition or self.scope.holds(definition["Condition"])
        }
        self.needs = graph.dependencies(self.active, self.scope.holds)
        self._planned: dict[str, str] = {}
        self.planning = False

    def check_rules(self) -> None:
        """Raises ValidationError when an assertion of a rule of the template does not hold."""
        for name, rule in self.template.section("Rules").items():
            if "RuleCondition" in rule and not condition(self.scope, rule["RuleCondition"]):
                continue
            for assertion in rule["Assertions"]:
                if not condition(self.scope, assertion["Assert"]):
                    raise invalid(
                        f"Template validation error: Rule {name} failed: "
                        f"{assertion.get('AssertDescription', 'an assertion does not hold')}"
                    )

    def properties_of(self, logical_id: str) -> dict[str, Any]:
        """The resource's properties, resolved against the resources as they are now."""
        given = self.active[logical_id].get("Properties") or {}
        resolved: dict[str, Any] = resolve(self.scope, given)
        return resolved

    def resource_tags(self, logical_id: str) -> dict[str, str]:
        """The stack's tags and those that CloudFormation adds by itself."""
        return {
            **self.tags,
            "aws:cloudformation:stack-name": self.stack.name,
            "aws:cloudformation:stack-id": self.stack.id,
            "aws:cloudformation:logical-id": logical_id,
        }

    def changes(self) -> list[Change]:
        """What would be added, modified and removed. Raises ValidationError for what cannot be resolved."""
        found: list[Change] = []
        self._planned, self.planning = {}, True
        try:
            for logical_id in graph.in_order(self.needs):
                change = self._change(logical_id)
                if change:
                    found.append(change)
                    replaced = change.action == "Add" or change.replacement is not False
                    self._planned[logical_id] = "new" if replaced else "modified"
        finally:
            self.planning = False
        found += [
            Change("Remove", resource.logical_id, resource.type, resource, resource.properties)
            for logical_id, resource in self.stack.resources.items()
            if logical_id not in self.active
        ]
        return found

    def _change(self, logical_id: str) -> Change | None:
        definition = self.active[logical_id]
        old = self.stack.resources.get(logical_id)
        kind = definition["Type"]
        properties = self.properties_of(logical_id)
        if old is None:
            return Change("Add", logical_id, kind, None, properties)
        if old.type != kind:
            raise invalid(
                "Update of resource type is not permitted. The new template modifies resource type of the "
                f"following resources: [{logical_id}]"
            )
        scope = [key for key in ATTRIBUTE_KEYS if old.definition.get(key) != definition.get(key)]
        if old.properties != properties or old.status.endswith("_FAILED"):
            scope.insert(0, "Properties")
        if self._retagged(old):
            scope.append("Tags")
        if not scope:
            return None
        replacement = self.replaces(old, properties) if scope[0] == "Properties" else False
        return Change("Modify", logical_id, kind, old, properties, replacement, tuple(scope))

    def _retagged(self, old: Resource) -> bool:
        return old.tags != self.resource_tags(old.logical_id) and is_taggable(old.type)

    def replaces(self, old: Resource, properties: Mapping[str, Any]) -> bool | None:
        """Whether the change makes a new resource; None when only the deployment will tell."""
        provider = provider_of(old.type)
        if provider is None:
            return False
        if not contains_unknown(properties):
            return provider.needs_replacement(dict(old.properties), dict(properties))
        try:
            return bool(provider.needs_replacement(dict(old.properties), dict(properties)))
        except (TypeError, AttributeError):
            return None

    def outputs(self) -> list[dict[str, str]]:
        """Outputs as DescribeStacks shows them. Raises ValidationError for a value that is no string."""
        result: list[dict[str, str]] = []
        for name, definition in self.template.outputs.items():
            if "Condition" in definition and not self.scope.holds(definition["Condition"]):
                continue
            value = resolve(self.scope, definition["Value"])
            if isinstance(value, list | dict):
                raise invalid(
                    "Template format error: The Value field of every Outputs member must evaluate to a "
                    "String."
                )
            item = {"OutputKey": name, "OutputValue": text(value)}
            if "Description" in definition:
                item["Description"] = definition["Description"]
            if "Export" in definition:
                item["ExportName"] = text(resolve(self.scope, definition["Export"]["Name"]))
            result.append(item)
        return result

    def outputs_would_change(self) -> bool:
        """Whether an output differs when no resource does."""
        return self.outputs() != self.stack.outputs

    def _pseudo(self) -> dict[str, Any]:
        return {
            "AWS::AccountId": aws.ACCOUNT,
            "AWS::Region": self.stack.region,
            "AWS::StackName": self.stack.name,
            "AWS::StackId": self.stack.id,
            "AWS::Partition": aws.PARTITION,
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::NotificationARNs": list(self.notification_arns),
        }

    def _resource(self, logical_id: str) -> Resource | None:
        if logical_id not in self.active:
            raise invalid(
                f"Template format error: Unresolved resource dependencies [{logical_id}] "
                "in the Resources block of the template"
            )
        if self.planning and self._planned.get(logical_id) == "new":
            return None
        return self.stack.resources.get(logical_id)

    def _ref(self, logical_id: str) -> Any:
        resource = self._resource(logical_id)
        return UNKNOWN if resource is None else resource.physical_id

    def _get_att(self, logical_id: str, attribute: str) -> Any:
        resource = self._resource(logical_id)
        if resource is None:
            return UNKNOWN
        if attribute in resource.attributes:
            return resource.attributes[attribute]
        if self.planning and self._planned.get(logical_id):
            return UNKNOWN
        if resource.type.startswith(("Custom::", "AWS::CloudFormation::CustomResource")):
            raise invalid(
                f"CustomResource attribute error: Vendor response doesn't contain {attribute} attribute "
                f"in object {resource.physical_id}"
            )
        raise invalid(
            f"Template error: resource {logical_id} does not support attribute type {attribute} in Fn::GetAtt"
        )

    def _export(self, name: str) -> Any:
        exporter = registry.exporter(name, self.stack.region)
        if exporter is None:
            raise MissingExport(name)
        self.imports.add(name)
        return exporter.exports[name]

    def _stack_output(self, stack: str, output: str, region: str | None) -> Any:
        found = registry.find(stack, region or self.stack.region)
        for item in found.outputs if found else []:
            if item["OutputKey"] == output:
                return item["OutputValue"]
        raise invalid(f"Output {output} not found in stack {stack}")

    def _dynamic(self, service: str, reference: str) -> str:
        if service in ("ssm", "ssm-secure"):
            answer = self.identity.client("ssm").get_parameter(
                Name=reference, WithDecryption=service == "ssm-secure"
            )
            return answer["Parameter"]["Value"]
        raise invalid(f"Dynamic reference to {service} is not supported by the emulator")


def is_taggable(resource_type: str) -> bool:
    """Whether a change of the stack's tags alone updates resources of this type."""
    return bool(getattr(provider_of(resource_type), "taggable", False))


def deployment_of(
    stack: Stack,
    template: Template,
    given: list[dict[str, Any]],
    tags: dict[str, str],
    identity: Identity,
    *,
    previous: Mapping[str, str] | None,
    capabilities: list[str] | None = None,
    notification_arns: list[str] | None = None,
) -> Deployment:
    """A checked deployment: parameters, capabilities, rules. Raises as CloudFormation does."""
    missing = [name for name in template.capabilities if not _acknowledged(name, capabilities or [])]
    if missing:
        raise AwsError("InsufficientCapabilitiesException", f"Requires capabilities : [{', '.join(missing)}]")
    values = parameter_values.chosen(template.parameters, given, previous)
    resolved = parameter_values.resolved(template.parameters, values, identity.client("ssm"))
    deployment = Deployment(
        stack, template, values, resolved, tags, identity, capabilities or [], notification_arns or []
    )
    deployment.check_rules()
    return deployment


def _acknowledged(needed: str, given: list[str]) -> bool:
    return needed in given or (needed == "CAPABILITY_IAM" and "CAPABILITY_NAMED_IAM" in given)
