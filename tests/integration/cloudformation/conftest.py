"""An emulator in this process, and a resource type whose failures the tests command."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from emulator.cloudformation.provider import Created, Fidelity, ResourceContext, ResourceFailure, provides
from tests.waiting import eventually


class Thing:
    """``Test::Thing``: Name replaces, everything else changes in place; remembers every call."""

    type = "Test::Thing"
    fidelity: Fidelity = "real"
    note = "of the tests"
    taggable = True

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.contexts: dict[str, ResourceContext] = {}
        self.alive: dict[str, dict[str, Any]] = {}
        self.failing: dict[tuple[str, str], str] = {}
        self.held: dict[str, threading.Event] = {}

    def needs_replacement(self, old: dict[str, Any], new: dict[str, Any]) -> bool:
        return old.get("Name") != new.get("Name")

    def _act(self, verb: str, context: ResourceContext) -> None:
        self.calls.append((verb, context.logical_id))
        self.contexts[context.logical_id] = context
        hold = self.held.get(context.logical_id)
        while hold and not hold.wait(0.01):
            if context.cancelled():
                raise ResourceFailure("cancelled while it was held")
        if (verb, context.logical_id) in self.failing:
            raise ResourceFailure(self.failing[verb, context.logical_id])

    def create(self, context: ResourceContext, properties: dict[str, Any]) -> Created:
        self._act("create", context)
        physical_id = f"{properties.get('Name', 'thing')}-{uuid.uuid4().hex[:6]}"
        self.alive[physical_id] = properties
        return self._made(physical_id)

    def update(
        self, context: ResourceContext, physical_id: str, old: dict[str, Any], new: dict[str, Any]
    ) -> Created:
        self._act("update", context)
        self.alive[physical_id] = new
        return self._made(physical_id)

    def delete(self, context: ResourceContext, physical_id: str, properties: dict[str, Any]) -> None:
        self._act("delete", context)
        self.alive.pop(physical_id, None)

    def _made(self, physical_id: str) -> Created:
        return Created(physical_id, {"Value": self.alive[physical_id].get("Value", "")})

    def reset(self) -> None:
        """Forget commands and calls; what is alive stays."""
        self.calls.clear()
        self.failing.clear()
        self.held.clear()


_THING = Thing()
provides(_THING)


@pytest.fixture(scope="module")
def cfn(client: Callable[..., Any]) -> Any:
    return client("cloudformation")


@pytest.fixture
def things() -> Iterator[Thing]:
    _THING.reset()
    yield _THING
    _THING.reset()


@pytest.fixture
def settled(cfn: Any) -> Callable[..., dict[str, Any]]:
    """Waits until a stack is in no operation, and gives its description."""

    def wait(stack: str) -> dict[str, Any]:
        return eventually(
            lambda: cfn.describe_stacks(StackName=stack)["Stacks"][0],
            lambda found: not found["StackStatus"].endswith("_IN_PROGRESS"),
        )

    return wait


@pytest.fixture
def create(cfn: Any, settled: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Creates a stack from resources (and other sections) and waits for it."""

    def make(stack: str, resources: dict[str, Any], **rest: Any) -> dict[str, Any]:
        sections = taken_sections(rest)
        cfn.create_stack(StackName=stack, TemplateBody=body(resources, **sections), **rest)
        return settled(stack)

    return make


@pytest.fixture
def update(cfn: Any, settled: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Updates a stack, to new resources or with its previous template, and waits for it."""

    def change(stack: str, resources: dict[str, Any] | None = None, **rest: Any) -> dict[str, Any]:
        sections = taken_sections(rest)
        template = (
            {"UsePreviousTemplate": True}
            if resources is None
            else {"TemplateBody": body(resources, **sections)}
        )
        cfn.update_stack(StackName=stack, **template, **rest)
        return settled(stack)

    return change


SECTIONS = {"Parameters", "Conditions", "Outputs", "Mappings", "Rules", "Description"}


def taken_sections(given: dict[str, Any]) -> dict[str, Any]:
    """Template sections among keywords; the request's own Parameters are a list, a template's a mapping."""
    names = [key for key, value in given.items() if key in SECTIONS and not isinstance(value, list)]
    return {key: given.pop(key) for key in names}


def body(resources: dict[str, Any], **sections: Any) -> str:
    return json.dumps({"Resources": resources, **sections})


@pytest.fixture
def template() -> Callable[..., str]:
    """The text of a template."""
    return body


@pytest.fixture
def thing() -> Callable[..., dict[str, Any]]:
    """A ``Test::Thing``; capitalised keywords beside Properties' own go to the resource."""

    def make(properties: dict[str, Any] | None = None, **attributes: Any) -> dict[str, Any]:
        return {"Type": "Test::Thing", "Properties": properties or {}, **attributes}

    return make


@pytest.fixture
def resources_of(cfn: Any) -> Callable[[str], dict[str, dict[str, Any]]]:
    """Resources of a stack by logical id."""

    def look(stack: str) -> dict[str, dict[str, Any]]:
        found = cfn.describe_stack_resources(StackName=stack)["StackResources"]
        return {item["LogicalResourceId"]: item for item in found}

    return look


@pytest.fixture
def events_of(cfn: Any) -> Callable[[str], list[tuple[str, str]]]:
    """(logical id, status) of a stack's events, the oldest first."""

    def look(stack: str) -> list[tuple[str, str]]:
        found = cfn.describe_stack_events(StackName=stack)["StackEvents"]
        return [(item["LogicalResourceId"], item["ResourceStatus"]) for item in reversed(found)]

    return look


@pytest.fixture
def reasons_of(cfn: Any) -> Callable[[str], list[str]]:
    """Every reason in a stack's events."""

    def look(stack: str) -> list[str]:
        found = cfn.describe_stack_events(StackName=stack)["StackEvents"]
        return [item["ResourceStatusReason"] for item in found if "ResourceStatusReason" in item]

    return look
