"""What is remembered of a stack: its resources, parameters, outputs, events, change sets, and all stacks."""

from __future__ import annotations

import datetime
import json
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from emulator.cloudformation.intrinsics import invalid
from emulator.cloudformation.template import Template
from emulator.events import bus

if TYPE_CHECKING:
    from emulator.cloudformation.changesets import ChangeSet
    from emulator.cloudformation.identity import Identity
    from emulator.cloudformation.rollback import Rollback

STACK_TYPE = "AWS::CloudFormation::Stack"


def now() -> datetime.datetime:
    """The time, with UTC as its zone."""
    return datetime.datetime.now(datetime.UTC)


@dataclass(frozen=True)
class Resource:
    """A resource as it was last made: what it was made with, and what it is known by."""

    logical_id: str
    type: str
    physical_id: str
    properties: Mapping[str, Any]
    attributes: Mapping[str, Any]
    definition: Mapping[str, Any]
    needs: frozenset[str]
    token: str
    tags: Mapping[str, str]
    status: str = ""
    reason: str | None = None
    updated: datetime.datetime = field(default_factory=now)


@dataclass
class Stack:
    """One stack. ``version`` counts its operations; ``idle`` is set while none is running."""

    name: str
    region: str
    id: str
    status: str
    identity: Identity
    template: Template | None = None
    reason: str | None = None
    description: str | None = None
    parameters: dict[str, str] = field(default_factory=lambda: dict[str, str]())
    resolved_parameters: dict[str, Any] = field(default_factory=lambda: dict[str, Any]())
    tags: dict[str, str] = field(default_factory=lambda: dict[str, str]())
    capabilities: list[str] = field(default_factory=lambda: list[str]())
    notification_arns: list[str] = field(default_factory=lambda: list[str]())
    role_arn: str | None = None
    resources: dict[str, Resource] = field(default_factory=lambda: dict[str, Resource]())
    outputs: list[dict[str, str]] = field(default_factory=lambda: list[dict[str, str]]())
    imports: set[str] = field(default_factory=lambda: set[str]())
    events: list[dict[str, Any]] = field(default_factory=lambda: list[dict[str, Any]]())
    change_sets: dict[str, ChangeSet] = field(default_factory=lambda: dict[str, "ChangeSet"]())
    executed_change_set: str | None = None
    policy: str | None = None
    protected: bool = False
    disable_rollback: bool = False
    timeout_minutes: int | None = None
    created: datetime.datetime = field(default_factory=now)
    updated: datetime.datetime | None = None
    deleted: datetime.datetime | None = None
    rollback: Rollback | None = None
    operation_id: str = ""
    operation_type: str = ""
    client_token: str | None = None
    cancel: threading.Event = field(default_factory=threading.Event)
    idle: threading.Event = field(default_factory=threading.Event)

    @property
    def exports(self) -> dict[str, str]:
        """Values of the outputs that are exported, by the export's name."""
        return {item["ExportName"]: item["OutputValue"] for item in self.outputs if "ExportName" in item}

    def begin(self, operation: str, client_token: str | None = None) -> None:
        """Give the events that follow an operation of their own."""
        self.operation_id, self.operation_type = str(uuid.uuid4()), operation
        self.client_token = client_token

    def enter(self, status: str, reason: str | None = None) -> None:
        """Change the stack's status, and tell it, on the bus too; ``reason`` of None is no reason."""
        self.status, self.reason = status, reason
        self._tell(self.name, self.id, STACK_TYPE, status, reason, str(uuid.uuid4()))
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/event-detail-stack-status-change.html
        detail = {
            "stack-id": self.id,
            "status-details": {"status": status, "status-reason": reason or ""},
            **({"client-request-token": self.client_token} if self.client_token else {}),
        }
        bus.publish(
            "aws.cloudformation", "CloudFormation Stack Status Change", detail, [self.id], self.region
        )

    def tell(
        self,
        logical_id: str,
        physical_id: str,
        kind: str,
        status: str,
        reason: str | None = None,
        properties: Mapping[str, Any] | None = None,
    ) -> None:
        """An event of a resource."""
        moment = now().isoformat(timespec="microseconds").replace("+00:00", "Z")
        self._tell(
            logical_id, physical_id, kind, status, reason, f"{logical_id}-{status}-{moment}", properties
        )

    def _tell(
        self,
        logical_id: str,
        physical_id: str,
        kind: str,
        status: str,
        reason: str | None,
        event_id: str,
        properties: Mapping[str, Any] | None = None,
    ) -> None:
        event = {
            "StackId": self.id,
            "EventId": event_id,
            "StackName": self.name,
            "OperationId": self.operation_id,
            "OperationType": self.operation_type,
            "LogicalResourceId": logical_id,
            "PhysicalResourceId": physical_id,
            "ResourceType": kind,
            "Timestamp": now(),
            "ResourceStatus": status,
        }
        if reason:
            event["ResourceStatusReason"] = reason
        if properties is not None:
            event["ResourceProperties"] = json.dumps(properties, default=str)
        if self.client_token:
            event["ClientRequestToken"] = self.client_token
        self.events.append(event)


class Registry:
    """All stacks, the deleted ones too, by id; ``lock`` guards what decides over more than one stack."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._stacks: dict[str, Stack] = {}

    def add(self, stack: Stack) -> None:
        """Remember a new stack."""
        self._stacks[stack.id] = stack

    def all(self, region: str) -> list[Stack]:
        """The newest first."""
        return [stack for stack in reversed(list(self._stacks.values())) if stack.region == region]

    def find(self, name_or_id: str, region: str) -> Stack | None:
        """By id whatever its state, by name unless it is deleted."""
        if name_or_id in self._stacks:
            return self._stacks[name_or_id]
        for stack in self.all(region):
            if stack.name == name_or_id and stack.status != "DELETE_COMPLETE":
                return stack
        return None

    def get(self, name_or_id: str, region: str, missing: str = "Stack with id {} does not exist") -> Stack:
        """As ``find``; raises ValidationError with the words of ``missing``."""
        stack = self.find(name_or_id, region)
        if stack is None:
            raise invalid(missing.format(name_or_id))
        return stack

    def exporter(self, export: str, region: str) -> Stack | None:
        """The stack that exports this name."""
        return next(
            (
                stack
                for stack in self.all(region)
                if stack.status != "DELETE_COMPLETE" and export in stack.exports
            ),
            None,
        )

    def cancel_all(self) -> None:
        """Ask every running operation to stop."""
        for stack in self._stacks.values():
            stack.cancel.set()

    def importers(self, export: str, region: str) -> list[Stack]:
        """Stacks that import this name."""
        return [stack for stack in self.all(region) if export in stack.imports]


registry = Registry()
