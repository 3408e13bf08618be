"""What a template asks for is what the service then tells: per resource type, created and updated."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator.cloudformation.provider import all_providers
from emulator.cloudformation.resource_schemas import create_only_of
from emulator.cloudformation.resources.base import ApiProvider, create_only_table
from tests.integration.fidelity import (
    cases_compute,
    cases_gateway,
    cases_messaging,
    cases_sagemaker,
    cases_storage,
    cases_tables,
)
from tests.integration.fidelity.case import Case, Json, Look, World, differences
from tests.integration.fidelity.test_behaviours import BEHAVIOURS
from tests.waiting import eventually

_MODULES = (cases_storage, cases_tables, cases_messaging, cases_compute, cases_gateway, cases_sagemaker)
CASES = [case for module in _MODULES for case in module.CASES]
PROVIDERS = [provider for provider in all_providers() if isinstance(provider, ApiProvider)]
DONE = ("CREATE_COMPLETE", "UPDATE_COMPLETE")


class Stack:
    """A stack whose resource ``Subject`` is the case's."""

    def __init__(self, world: World, case: Case) -> None:
        self.client = world.client("cloudformation")
        self.name = f"fidelity-{case.id.replace('::', '-').replace('.', '-')}"
        self._case, self._world = case, world

    def body(self, properties: Json) -> str:
        subject = {"Type": self._case.type, "Properties": properties}
        others = self._case.others(self._world)
        if others:
            subject["DependsOn"] = sorted(others)
        return json.dumps({"Resources": {"Subject": subject, **others}})

    def apply(self, operation: str, properties: Json) -> Look:
        """Create or update it; the Look at its subject."""
        capabilities = ["CAPABILITY_NAMED_IAM"]
        getattr(self.client, operation)(
            StackName=self.name, TemplateBody=self.body(properties), Capabilities=capabilities
        )
        status = self.settled()
        assert status in DONE, "\n".join(self.reasons())
        resources = self.client.describe_stack_resources(StackName=self.name)["StackResources"]
        physical = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in resources}
        self.physical = physical
        return Look(self._world, physical["Subject"])

    def settled(self) -> str:
        return eventually(
            lambda: self.client.describe_stacks(StackName=self.name)["Stacks"][0]["StackStatus"],
            lambda status: not status.endswith("IN_PROGRESS"),
        )

    def reasons(self) -> list[str]:
        events = self.client.describe_stack_events(StackName=self.name)["StackEvents"]
        return [
            f"{one['LogicalResourceId']} {one['ResourceStatus']}: {one['ResourceStatusReason']}"
            for one in reversed(events)
            if one.get("ResourceStatusReason")
        ]

    def delete(self) -> None:
        identity = self.client.describe_stacks(StackName=self.name)["Stacks"][0]["StackId"]
        self.client.delete_stack(StackName=self.name)
        self.name = identity
        assert self.settled() == "DELETE_COMPLETE", "\n".join(self.reasons())


def resolved(value: Any, physical: dict[str, str]) -> Any:
    """``value`` with Ref replaced."""
    if isinstance(value, dict):
        if set(value) == {"Ref"}:
            return physical[value["Ref"]]
        return {key: resolved(item, physical) for key, item in value.items()}
    return [resolved(item, physical) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_what_is_asked_is_what_is_told(world: World, case: Case) -> None:
    stack = Stack(world, case)
    asked = case.properties(world)
    look = stack.apply("create_stack", asked)
    assert differences(resolved(asked, stack.physical), case.described(look)) == []
    changed = case.changed(world)
    if changed:
        asked = {name: value for name, value in {**asked, **changed}.items() if value is not None}
        updated = stack.apply("update_stack", asked)
        assert updated.id == look.id, "an update in place keeps the resource"
        assert differences(resolved(asked, stack.physical), case.described(updated)) == []
    stack.delete()


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.type)
def test_every_handled_property_is_in_a_case(world: World, provider: ApiProvider) -> None:
    asked: set[str] = set(BEHAVIOURS.get(provider.type, {}))
    for case in CASES:
        if case.type == provider.type:
            asked |= {name for name, value in {**case.properties(world), **case.changed(world)}.items()}
    assert provider.handled - asked == set()


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.type)
def test_replacement_follows_the_published_schema(provider: ApiProvider) -> None:
    assert create_only_table()[provider.type] == create_only_of(provider.type)


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.type)
def test_a_provider_says_how_faithful_it_is(provider: ApiProvider) -> None:
    assert provider.fidelity in ("real", "stub", "ignored")
    assert provider.fidelity == "real" or provider.note
