"""Change sets: an operation on a stack computed first, executed later or never."""

from __future__ import annotations

import datetime
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from emulator import aws
from emulator.cloudformation import operations, parameters
from emulator.cloudformation.api import (
    NO_STACK,
    acting_identity,
    has_updates,
    new_stack,
    refuse_unsupported,
    tags_of,
)
from emulator.cloudformation.deployment import Change, Deployment, deployment_of
from emulator.cloudformation.identity import of_caller, of_role
from emulator.cloudformation.intrinsics import UNKNOWN, invalid
from emulator.cloudformation.provider import provider_of
from emulator.cloudformation.sources import template_of
from emulator.cloudformation.stack import Stack, now, registry
from emulator.edge import Call, operation
from emulator.errors import AwsError

UNCHANGED = (
    "The submitted information didn't contain changes. Submit different information to create a change set."
)


@dataclass
class ChangeSet:
    """A deployment that waits for its execution; ``problem`` says why there is nothing to execute."""

    name: str
    id: str
    kind: str
    deployment: Deployment
    description: str | None
    role_arn: str | None
    on_failure: str | None
    changes: list[Change] = field(default_factory=lambda: list[Change]())
    problem: str | None = None
    execution: str = "AVAILABLE"
    created: datetime.datetime = field(default_factory=now)

    @property
    def status(self) -> str:
        """CREATE_COMPLETE, or FAILED when it would change nothing or cannot be resolved."""
        return "FAILED" if self.problem else "CREATE_COMPLETE"


@operation("cloudformation", "CreateChangeSet")
def create_change_set(call: Call) -> dict[str, Any]:
    """Compute what an operation would change; a stack to be created is REVIEW_IN_PROGRESS until then."""
    params = call.params
    refuse_unsupported(params)
    kind, name = params.get("ChangeSetType") or "UPDATE", params["ChangeSetName"]
    if kind not in ("CREATE", "UPDATE"):
        raise AwsError("NotImplemented", f"the emulator does not do change sets of type {kind}", status=501)
    with registry.lock:
        stack = registry.find(params["StackName"], call.region)
        existing = stack is not None
        if kind == "UPDATE" and stack is None:
            raise invalid(NO_STACK.format(params["StackName"]))
        if kind == "CREATE" and stack is not None and stack.status != "REVIEW_IN_PROGRESS":
            raise invalid(
                f"Stack [{stack.name}] already exists and cannot be created again with the changeSet "
                f"[{name}]."
            )
        if stack is not None and kind == "UPDATE":
            operations.require_updatable(stack)
        if stack is not None and name in stack.change_sets:
            raise AwsError("AlreadyExistsException", f"ChangeSet [{name}] already exists")
        identity, role_arn = acting_identity(call, stack)
        if stack is None:
            stack = new_stack(call, params["StackName"], "REVIEW_IN_PROGRESS", identity)
        deployment = deployment_of(
            stack,
            template_of(params, identity, stack),
            params.get("Parameters") or [],
            tags_of(params, stack),
            identity,
            previous=stack.parameters if kind == "UPDATE" else None,
            capabilities=params.get("Capabilities"),
        )
        change_set = ChangeSet(
            name=name,
            id=_arn(call, name),
            kind=kind,
            deployment=deployment,
            description=params.get("Description"),
            role_arn=role_arn,
            on_failure=params.get("OnStackFailure"),
        )
        _compute(change_set)
        if not existing:
            registry.add(stack)
            stack.begin("CREATE_CHANGESET")
            stack.enter("REVIEW_IN_PROGRESS", "User Initiated")
        stack.change_sets[name] = change_set
    return {"Id": change_set.id, "StackId": stack.id}


def _arn(call: Call, name: str) -> str:
    return f"arn:{aws.PARTITION}:cloudformation:{call.region}:{call.account}:changeSet/{name}/{uuid.uuid4()}"


def _compute(change_set: ChangeSet) -> None:
    deployment = change_set.deployment
    try:
        change_set.changes = deployment.changes()
        if change_set.kind == "UPDATE" and not has_updates(deployment):
            change_set.problem = UNCHANGED
    except AwsError as error:
        change_set.problem = str(error.message)
    if change_set.problem:
        change_set.execution = "UNAVAILABLE"


def _find(call: Call) -> tuple[Stack, ChangeSet]:
    """The change set by name (with its stack's name) or ARN. Raises ChangeSetNotFound."""
    wanted, stack_name = call.params["ChangeSetName"], call.params.get("StackName")
    missing = AwsError("ChangeSetNotFound", f"ChangeSet [{wanted}] does not exist", status=404)
    if stack_name:
        stacks = [registry.get(stack_name, call.region, NO_STACK)]
    elif wanted.startswith("arn:"):
        stacks = registry.all(call.region)
    else:
        raise invalid("StackName must be specified if ChangeSetName is not specified as an ARN.")
    for stack in stacks:
        for change_set in stack.change_sets.values():
            if wanted in (change_set.name, change_set.id):
                return stack, change_set
    raise missing


@operation("cloudformation", "DescribeChangeSet")
def describe_change_set(call: Call) -> dict[str, Any]:
    """A change set and its changes; with IncludePropertyValues also the properties before and after."""
    stack, change_set = _find(call)
    deployment = change_set.deployment
    with_values = bool(call.params.get("IncludePropertyValues"))
    described: dict[str, Any] = {
        **_summary(stack, change_set),
        "Parameters": parameters.described(
            deployment.template.parameters, deployment.parameters, deployment.resolved
        ),
        "Capabilities": deployment.capabilities,
        "Tags": [{"Key": key, "Value": value} for key, value in deployment.tags.items()],
        "NotificationARNs": deployment.notification_arns,
        "RollbackConfiguration": {},
        "Changes": [
            {"Type": "Resource", "ResourceChange": _change(change, deployment, with_values=with_values)}
            for change in change_set.changes
        ],
    }
    if change_set.on_failure:
        described["OnStackFailure"] = change_set.on_failure
    return described


def _summary(stack: Stack, change_set: ChangeSet) -> dict[str, Any]:
    found = {
        "StackId": stack.id,
        "StackName": stack.name,
        "ChangeSetId": change_set.id,
        "ChangeSetName": change_set.name,
        "ExecutionStatus": change_set.execution,
        "Status": change_set.status,
        "CreationTime": change_set.created,
        "IncludeNestedStacks": False,
        "ImportExistingResources": False,
    }
    if change_set.problem:
        found["StatusReason"] = change_set.problem
    if change_set.description:
        found["Description"] = change_set.description
    return found


def _json(properties: Mapping[str, Any]) -> str:
    return json.dumps({"Properties": properties}, default=repr)


def _change(change: Change, deployment: Deployment, *, with_values: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "Action": change.action,
        "LogicalResourceId": change.logical_id,
        "ResourceType": change.type,
        "Scope": list(change.scope),
        "Details": _details(change, with_values=with_values),
    }
    if change.before:
        shown["PhysicalResourceId"] = change.before.physical_id
    if change.action == "Modify":
        shown["Replacement"] = {True: "True", False: "False", None: "Conditional"}[change.replacement]
    if change.action == "Remove" and change.before:
        kept = change.before.definition.get("DeletionPolicy", "Delete").startswith("Retain")
        shown["PolicyAction"] = "Retain" if kept else "Delete"
    if change.replacement:
        kept = deployment.active[change.logical_id].get("UpdateReplacePolicy") == "Retain"
        shown["PolicyAction"] = "ReplaceAndRetain" if kept else "ReplaceAndDelete"
    if with_values:
        if change.before:
            shown["BeforeContext"] = _json(change.before.properties)
        if change.action != "Remove":
            shown["AfterContext"] = _json(change.properties)
    return shown


def _details(change: Change, *, with_values: bool) -> list[dict[str, Any]]:
    if change.action != "Modify" or change.before is None:
        return []
    details: list[dict[str, Any]] = []
    old, new = dict(change.before.properties), dict(change.properties)
    for name in sorted(set(old) | set(new)):
        if old.get(name) == new.get(name):
            continue
        target = {
            "Attribute": "Properties",
            "Name": name,
            "RequiresRecreation": _recreation(change.type, old, new, name),
        }
        if with_values:
            target |= {"Path": f"/Properties/{name}", "AttributeChangeType": _kind(old, new, name)}
            target |= {"BeforeValue": _value(old[name])} if name in old else {}
            target |= {"AfterValue": _value(new[name])} if name in new else {}
        dynamic = new.get(name) is UNKNOWN
        details.append(
            {
                "Target": target,
                "Evaluation": "Dynamic" if dynamic else "Static",
                "ChangeSource": "ResourceReference" if dynamic else "DirectModification",
            }
        )
    details += [
        {"Target": {"Attribute": name, "RequiresRecreation": "Never"}, "Evaluation": "Static"}
        for name in change.scope
        if name != "Properties"
    ]
    return details


def _kind(old: Mapping[str, Any], new: Mapping[str, Any], name: str) -> str:
    return "Add" if name not in old else "Remove" if name not in new else "Modify"


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=repr)


def _recreation(kind: str, old: dict[str, Any], new: dict[str, Any], name: str) -> str:
    provider = provider_of(kind)
    if provider is None:
        return "Never"
    one_changed = dict(old)
    one_changed.pop(name, None)
    if name in new:
        one_changed[name] = new[name]
    try:
        return "Always" if provider.needs_replacement(dict(old), one_changed) else "Never"
    except (TypeError, AttributeError):
        return "Conditionally"


@operation("cloudformation", "ListChangeSets")
def list_change_sets(call: Call) -> dict[str, Any]:
    """A line a change set."""
    stack = registry.get(call.params["StackName"], call.region, NO_STACK)
    return {"Summaries": [_summary(stack, change_set) for change_set in stack.change_sets.values()]}


@operation("cloudformation", "DeleteChangeSet")
def delete_change_set(call: Call) -> None:
    """Forget a change set; one that is gone already is no error."""
    with registry.lock:
        try:
            stack, change_set = _find(call)
        except AwsError as error:
            if error.code != "ChangeSetNotFound":
                raise
            return
        del stack.change_sets[change_set.name]


@operation("cloudformation", "ExecuteChangeSet")
def execute_change_set(call: Call) -> None:
    """Start what the change set computed; the stack's other change sets are void then."""
    params = call.params
    with registry.lock:
        stack, change_set = _find(call)
        if change_set.execution != "AVAILABLE":
            raise AwsError(
                "InvalidChangeSetStatus",
                f"ChangeSet [{change_set.id}] cannot be executed in its current status of "
                f"[{change_set.status}]",
            )
        if stack.status != "REVIEW_IN_PROGRESS":
            operations.require_updatable(stack)
        deployment = change_set.deployment
        deployment.identity = (
            of_role(change_set.role_arn, call.region)
            if change_set.role_arn
            else of_caller(call.principal, call.region)
        )
        stack.role_arn = change_set.role_arn
        stack.executed_change_set = change_set.id
        change_set.execution = "EXECUTE_COMPLETE"
        stack.change_sets = {change_set.name: change_set}
        disabled = bool(params.get("DisableRollback")) or change_set.on_failure == "DO_NOTHING"
        keep_nothing_new = bool(params.get("RetainExceptOnCreate"))
        creating = stack.status == "REVIEW_IN_PROGRESS"
        stack.begin("CREATE_STACK" if creating else "UPDATE_STACK", params.get("ClientRequestToken"))
        if creating:
            stack.disable_rollback = disabled
            on_failure = "DO_NOTHING" if disabled else change_set.on_failure or "ROLLBACK"
            operations.begin_create(deployment, on_failure, retain_except_on_create=keep_nothing_new)
        else:
            operations.begin_update(
                deployment, disable_rollback=disabled, retain_except_on_create=keep_nothing_new
            )
