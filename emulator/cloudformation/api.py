"""CloudFormation's operations that change stacks, at the front door."""

from __future__ import annotations

import re
import uuid
from typing import Any

from emulator import aws
from emulator.cloudformation import operations
from emulator.cloudformation.deployment import Deployment, MissingExport, deployment_of
from emulator.cloudformation.identity import Identity, of_caller, of_role
from emulator.cloudformation.intrinsics import invalid
from emulator.cloudformation.sources import template_of
from emulator.cloudformation.stack import Stack, registry
from emulator.edge import Call, operation, whole_service
from emulator.errors import AwsError

whole_service("cloudformation", "stack sets, drift, imports, hooks, types and refactoring are not emulated")

BUSY = "_IN_PROGRESS"
NO_STACK = "Stack [{}] does not exist"
NO_UPDATES = "No updates are to be performed."
_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
_REFUSED = ("ResourcesToImport", "NotificationARNs", "ResourceTypes")
"""Members that would change what happens and that the engine does not honour."""


def refuse_unsupported(params: dict[str, Any]) -> None:
    """Raises NotImplemented for what the engine would otherwise silently drop."""
    triggers = params.get("RollbackConfiguration", {}).get("RollbackTriggers")
    named = [name for name in _REFUSED if params.get(name)]
    named += ["RollbackConfiguration.RollbackTriggers"] if triggers else []
    named += ["DeploymentMode"] if params.get("DeploymentMode") else []
    if named:
        raise AwsError("NotImplemented", f"the emulator does not do {', '.join(named)}", status=501)


def acting_identity(call: Call, stack: Stack | None) -> tuple[Identity, str | None]:
    """Whose rights the operation has, and the service role if it is one; a stack remembers its role."""
    role_arn = call.params.get("RoleARN") or (stack.role_arn if stack else None)
    if role_arn:
        return of_role(role_arn, call.region), role_arn
    return of_caller(call.principal, call.region), None


def tags_of(params: dict[str, Any], stack: Stack | None) -> dict[str, str]:
    """The tags the stack shall have; an update without any keeps those it has."""
    if params.get("Tags") is None and stack is not None:
        return dict(stack.tags)
    return {tag["Key"]: tag["Value"] for tag in params.get("Tags") or []}


def new_stack(call: Call, name: str, status: str, identity: Identity) -> Stack:
    """A stack that is not registered yet. Raises ValidationError for a bad name."""
    if not _NAME.fullmatch(name):
        raise invalid(
            f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*"
        )
    stack_id = f"arn:{aws.PARTITION}:cloudformation:{call.region}:{call.account}:stack/{name}/{uuid.uuid4()}"
    stack = Stack(name=name, region=call.region, id=stack_id, status=status, identity=identity)
    stack.idle.set()
    return stack


@operation("cloudformation", "CreateStack")
def create_stack(call: Call) -> dict[str, Any]:
    """Start making a stack."""
    params = call.params
    refuse_unsupported(params)
    name = params["StackName"]
    with registry.lock:
        if registry.find(name, call.region):
            raise AwsError("AlreadyExistsException", f"Stack [{name}] already exists")
        identity, role_arn = acting_identity(call, None)
        stack = new_stack(call, name, "CREATE_IN_PROGRESS", identity)
        deployment = deployment_of(
            stack,
            template_of(params, identity, None),
            params.get("Parameters") or [],
            tags_of(params, None),
            identity,
            previous=None,
            capabilities=params.get("Capabilities"),
        )
        check_resolvable(deployment)
        stack.role_arn = role_arn
        stack.protected = bool(params.get("EnableTerminationProtection"))
        stack.policy = params.get("StackPolicyBody")
        stack.timeout_minutes = params.get("TimeoutInMinutes")
        stack.disable_rollback = bool(params.get("DisableRollback"))
        registry.add(stack)
        stack.begin("CREATE_STACK", params.get("ClientRequestToken"))
        on_failure = "DO_NOTHING" if stack.disable_rollback else params.get("OnFailure") or "ROLLBACK"
        operations.begin_create(
            deployment, on_failure, retain_except_on_create=bool(params.get("RetainExceptOnCreate"))
        )
    return {"StackId": stack.id, "OperationId": stack.operation_id}


def check_resolvable(deployment: Deployment) -> None:
    """Raises ValidationError for what is wrong with the template; an unknown export fails later."""
    try:
        deployment.changes()
    except MissingExport:
        return


def has_updates(deployment: Deployment) -> bool:
    """Whether anything at all would change: a resource, an output or a tag."""
    return (
        bool(deployment.changes())
        or deployment.tags != deployment.stack.tags
        or deployment.outputs_would_change()
    )


@operation("cloudformation", "UpdateStack")
def update_stack(call: Call) -> dict[str, Any]:
    """Start changing a stack; without a change it is refused."""
    params = call.params
    refuse_unsupported(params)
    with registry.lock:
        stack = registry.get(params["StackName"], call.region, NO_STACK)
        operations.require_updatable(stack)
        identity, role_arn = acting_identity(call, stack)
        deployment = deployment_of(
            stack,
            template_of(params, identity, stack),
            params.get("Parameters") or [],
            tags_of(params, stack),
            identity,
            previous=stack.parameters,
            capabilities=params.get("Capabilities"),
        )
        if not has_updates(deployment):
            raise invalid(NO_UPDATES)
        stack.role_arn = role_arn
        stack.policy = params.get("StackPolicyBody") or stack.policy
        stack.begin("UPDATE_STACK", params.get("ClientRequestToken"))
        operations.begin_update(
            deployment,
            disable_rollback=bool(params.get("DisableRollback")),
            retain_except_on_create=bool(params.get("RetainExceptOnCreate")),
        )
    return {"StackId": stack.id, "OperationId": stack.operation_id}


@operation("cloudformation", "DeleteStack")
def delete_stack(call: Call) -> None:
    """Start deleting a stack; one that does not exist is no error."""
    params = call.params
    with registry.lock:
        stack = registry.find(params["StackName"], call.region)
        if stack is None or stack.status in ("DELETE_COMPLETE", "DELETE_IN_PROGRESS"):
            return
        if stack.protected:
            raise invalid(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
        if stack.status.endswith(BUSY) and stack.status not in ("CREATE_IN_PROGRESS", "REVIEW_IN_PROGRESS"):
            raise invalid(f"Stack [{stack.id}] cannot be deleted while in status {stack.status}")
        retain = params.get("RetainResources") or []
        if retain and stack.status != "DELETE_FAILED":
            raise invalid(
                f"Invalid operation on stack [{stack.id}]. RetainResources can only be specified "
                "when the stack is in the DELETE_FAILED state."
            )
        identity, role_arn = acting_identity(call, stack)
        stack.role_arn = role_arn
        stack.begin("DELETE_STACK", params.get("ClientRequestToken"))
        force = params.get("DeletionMode") == "FORCE_DELETE_STACK"
        operations.begin_delete(stack, identity, retain, force=force)


@operation("cloudformation", "ContinueUpdateRollback")
def continue_update_rollback(call: Call) -> None:
    """Try the roll-back again, leaving ``ResourcesToSkip`` as they are."""
    params = call.params
    with registry.lock:
        stack = registry.get(params["StackName"], call.region, NO_STACK)
        if stack.status != "UPDATE_ROLLBACK_FAILED" or stack.rollback is None:
            raise invalid(f"Stack:{stack.id} is in {stack.status} state and can not continue rollback.")
        skip = params.get("ResourcesToSkip") or []
        failed = [name for name, item in stack.resources.items() if item.status == "UPDATE_FAILED"]
        odd = [name for name in skip if name not in failed]
        if odd:
            raise invalid(f"ResourcesToSkip: [{', '.join(odd)}] must be in UPDATE_FAILED state to be skipped")
        _roll_back(call, stack, "CONTINUE_ROLLBACK", skip)


@operation("cloudformation", "RollbackStack")
def rollback_stack(call: Call) -> dict[str, Any]:
    """Undo an update that failed with its roll-back disabled."""
    with registry.lock:
        stack = registry.get(call.params["StackName"], call.region, NO_STACK)
        if stack.status != "UPDATE_FAILED" or stack.rollback is None:
            raise invalid(f"Stack:{stack.id} is in {stack.status} state and can not be rolled back.")
        _roll_back(call, stack, "ROLLBACK", [])
    return {"StackId": stack.id, "OperationId": stack.operation_id}


def _roll_back(call: Call, stack: Stack, kind: str, skip: list[str]) -> None:
    identity, role_arn = acting_identity(call, stack)
    rollback = stack.rollback
    assert rollback is not None
    stack.role_arn = role_arn
    stack.begin(kind, call.params.get("ClientRequestToken"))
    stack.enter("UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated")
    operations.in_background(stack, lambda: operations.roll_back(stack, rollback, identity, skip))


@operation("cloudformation", "CancelUpdateStack")
def cancel_update_stack(call: Call) -> None:
    """Stop an update and roll it back."""
    stack = registry.get(call.params["StackName"], call.region, NO_STACK)
    if stack.status != "UPDATE_IN_PROGRESS":
        raise invalid(
            "CancelUpdateStack cannot be called from current stack status "
            f"({stack.status}); the stack must be in UPDATE_IN_PROGRESS"
        )
    stack.cancel.set()


@operation("cloudformation", "UpdateTerminationProtection")
def update_termination_protection(call: Call) -> dict[str, Any]:
    """Protect a stack from deletion, or no longer."""
    stack = registry.get(call.params["StackName"], call.region)
    stack.protected = bool(call.params["EnableTerminationProtection"])
    return {"StackId": stack.id}


@operation("cloudformation", "SetStackPolicy")
def set_stack_policy(call: Call) -> None:
    """Keep a stack policy (the emulator does not enforce it)."""
    stack = registry.get(call.params["StackName"], call.region)
    stack.policy = call.params.get("StackPolicyBody")


@operation("cloudformation", "GetStackPolicy")
def get_stack_policy(call: Call) -> dict[str, Any]:
    """The stack policy that was set."""
    policy = registry.get(call.params["StackName"], call.region).policy
    return {"StackPolicyBody": policy} if policy else {}
