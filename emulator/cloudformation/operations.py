"""The stack's state machine: each operation runs in a thread of its own and ends in a settled status."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from emulator.cloudformation import graph
from emulator.cloudformation.deployment import Deployment
from emulator.cloudformation.identity import Identity
from emulator.cloudformation.intrinsics import invalid
from emulator.cloudformation.rollback import Before, Rollback, adopt, delete_all, deletion_policy
from emulator.cloudformation.stack import Resource, Stack, now, registry
from emulator.cloudformation.work import Failed, Step, Worker
from emulator.errors import AwsError

log = logging.getLogger("emulator.cloudformation")

UPDATABLE = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE"}
PAUSED = {"CREATE_FAILED", "UPDATE_FAILED"}
"""Where an operation with its roll-back disabled ends; an update may go on from there."""


class Problem(Exception):
    """Why an operation fails as a whole, in CloudFormation's words."""


def require_updatable(stack: Stack) -> None:
    """Raises ValidationError while the stack is locked by an operation, or beyond updating."""
    if stack.status not in UPDATABLE and stack.status not in PAUSED:
        raise invalid(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")


def in_background(stack: Stack, work: Callable[[], None]) -> None:
    """Run an operation whose first status is entered already; whatever breaks it is told as its failure."""
    idle = stack.idle = threading.Event()
    stack.cancel = threading.Event()

    def run() -> None:
        try:
            work()
        except Exception as error:
            log.exception("the operation on %s broke", stack.name)
            stack.enter(stack.status.replace("_IN_PROGRESS", "_FAILED"), f"Internal Failure: {error!r}")
        finally:
            idle.set()

    threading.Thread(target=run, daemon=True, name=f"stack-{stack.name}").start()


def begin_create(deployment: Deployment, on_failure: str, *, retain_except_on_create: bool = False) -> None:
    """Start making a stack; ``on_failure`` is ROLLBACK, DO_NOTHING or DELETE."""
    stack = deployment.stack
    adopt(stack, deployment)
    stack.enter("CREATE_IN_PROGRESS", "User Initiated")
    in_background(stack, lambda: _create(deployment, on_failure, retain_except_on_create))


def _create(deployment: Deployment, on_failure: str, retain_except_on_create: bool) -> None:
    stack = deployment.stack
    try:
        _deploy(deployment, {})
        _publish_outputs(deployment)
    except Problem as problem:
        if stack.status == "DELETE_IN_PROGRESS":
            return
        if on_failure == "DO_NOTHING":
            stack.enter("CREATE_FAILED", f"{problem}")
            return
        _undo_create(deployment, f"{problem}", on_failure, retain_except_on_create)
        return
    if stack.status != "DELETE_IN_PROGRESS":
        stack.enter("CREATE_COMPLETE")


def _undo_create(deployment: Deployment, reason: str, on_failure: str, retain_except_on_create: bool) -> None:
    stack = deployment.stack
    deleting = on_failure == "DELETE"
    asked = "Delete" if deleting else "Rollback"
    stack.begin("ROLLBACK", stack.client_token)
    stack.enter(
        "DELETE_IN_PROGRESS" if deleting else "ROLLBACK_IN_PROGRESS", f"{reason} {asked} requested by user."
    )
    worker = Worker(stack, deployment.identity, threading.Event())
    policies = {
        name: deletion_policy(resource, retain_except_on_create) for name, resource in stack.resources.items()
    }
    failed = delete_all(worker, list(stack.resources.values()), policies)
    stack.imports, stack.outputs = set(), []
    if failed:
        stack.enter("DELETE_FAILED" if deleting else "ROLLBACK_FAILED", _failed_to("delete", failed))
        return
    if deleting:
        stack.deleted = now()
    stack.enter("DELETE_COMPLETE" if deleting else "ROLLBACK_COMPLETE")


def _failed_to(verb: str, names: list[str]) -> str:
    return f"The following resource(s) failed to {verb}: [{', '.join(names)}]."


def _deploy(deployment: Deployment, steps: dict[str, Step]) -> None:
    """Bring every resource to its place, noting what was done in ``steps``. Raises Problem."""
    stack = deployment.stack
    try:
        deployment.changes()  # imports and functions that cannot be resolved fail before anything is made
    except AwsError as error:
        raise Problem(str(error.message)) from error
    stack.imports |= deployment.imports
    stop, existing = stack.cancel, set(stack.resources)
    worker = Worker(stack, deployment.identity, stop)

    def apply(logical_id: str) -> None:
        try:
            step = worker.apply(deployment, logical_id)
        except Failed as failure:
            if failure.args[0] is not None:
                steps[logical_id] = failure.args[0]
            raise
        if step:
            steps[logical_id] = step

    failures = graph.run(deployment.needs, apply, stop)
    for error in failures.values():
        if not isinstance(error, Failed):
            raise error
    if failures:
        new = sorted(failures.keys() - existing)
        changed = sorted(failures.keys() & existing)
        parts = [_failed_to("create", new)] if new else []
        raise Problem(" ".join([*parts, _failed_to("update", changed)] if changed else parts))
    if stop.is_set():
        raise Problem("User Initiated")


def _publish_outputs(deployment: Deployment) -> None:
    stack = deployment.stack
    with registry.lock:
        try:
            outputs = deployment.outputs()
        except AwsError as error:
            raise Problem(str(error.message)) from error
        exports = {item["ExportName"]: item["OutputValue"] for item in outputs if "ExportName" in item}
        for name in exports:
            owner = registry.exporter(name, stack.region)
            if owner is not None and owner is not stack:
                raise Problem(f"Export with name {name} is already exported by stack {owner.name}.")
        for name, value in stack.exports.items():
            if exports.get(name) == value:
                continue
            users = [user.name for user in registry.importers(name, stack.region) if user is not stack]
            if users:
                done = "updated" if name in exports else "deleted"
                raise Problem(f"Export {name} cannot be {done} as it is in use by {', '.join(users)}")
        stack.outputs = outputs
        stack.imports = set(deployment.imports)


def begin_update(
    deployment: Deployment, *, disable_rollback: bool = False, retain_except_on_create: bool = False
) -> None:
    """Start changing a stack to ``deployment``."""
    stack = deployment.stack
    paused = stack.rollback if stack.status in PAUSED else None
    rollback = paused or Rollback(Before.of(stack), retain_except_on_create=retain_except_on_create)
    adopt(stack, deployment)
    stack.updated = now()
    stack.enter("UPDATE_IN_PROGRESS", "User Initiated")
    in_background(stack, lambda: _update(deployment, rollback, disable_rollback))


def _update(deployment: Deployment, rollback: Rollback, disable_rollback: bool) -> None:
    stack = deployment.stack
    steps: dict[str, Step] = {}
    try:
        try:
            _deploy(deployment, steps)
            _publish_outputs(deployment)
        finally:
            _merge(rollback.steps, steps)
    except Problem as problem:
        stack.rollback = rollback
        if disable_rollback:
            stack.enter("UPDATE_FAILED", f"{problem}")
            return
        stack.begin("ROLLBACK", stack.client_token)
        stack.enter("UPDATE_ROLLBACK_IN_PROGRESS", f"{problem}")
        roll_back(stack, rollback, deployment.identity)
        return
    stack.rollback = None
    stack.enter("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    failed = _clean_up(deployment, rollback)
    stack.enter("UPDATE_COMPLETE", "One or more resources could not be deleted." if failed else None)


def _merge(known: dict[str, Step], steps: dict[str, Step]) -> None:
    """Add steps to those of an earlier attempt: what counts is the state before the first of them."""
    for name, step in steps.items():
        earlier = known.get(name)
        if earlier is None:
            known[name] = step
        else:
            known[name] = Step(earlier.kind, earlier.before, step.after)


def _clean_up(deployment: Deployment, rollback: Rollback) -> list[str]:
    """Delete what was replaced or removed, now that nothing points at it any more."""
    stack = deployment.stack
    doomed: list[Resource] = []
    policies: dict[str, str] = {}
    for name, step in rollback.steps.items():
        if step.before is not None and step.before.physical_id != step.after.physical_id:
            doomed.append(step.before)
            policies[name] = step.after.definition.get("UpdateReplacePolicy", "Delete")
    removed = [name for name in stack.resources if name not in deployment.active]
    for name in removed:
        doomed.append(stack.resources[name])
        policies[name] = stack.resources[name].definition.get("DeletionPolicy", "Delete")
        if policies[name] == "RetainExceptOnCreate":
            policies[name] = "Retain"
    failed = delete_all(Worker(stack, deployment.identity, threading.Event()), doomed, policies)
    for name in removed:
        stack.resources.pop(name)
    return failed


def roll_back(stack: Stack, rollback: Rollback, identity: Identity, skip: list[str] | None = None) -> None:
    """Undo an update whose roll-back status is entered; ends in UPDATE_ROLLBACK_COMPLETE or _FAILED."""
    worker = Worker(stack, identity, threading.Event())
    failed = rollback.restore(worker, skip or [])
    if failed:
        stack.enter("UPDATE_ROLLBACK_FAILED", _failed_to("update", failed))
        return
    rollback.before.put_back(stack)
    stack.enter("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
    left = rollback.clean_up(worker)
    stack.rollback = None
    stack.enter("UPDATE_ROLLBACK_COMPLETE", "One or more resources could not be deleted." if left else None)


def begin_delete(stack: Stack, identity: Identity, retain: list[str], *, force: bool = False) -> None:
    """Start deleting a stack; one that is being created stops first."""
    settled, before = stack.status, stack.idle
    stack.enter("DELETE_IN_PROGRESS", "User Initiated")
    if settled == "CREATE_IN_PROGRESS":
        stack.cancel.set()
    with registry.lock:
        for name in stack.exports:
            users = [user.name for user in registry.importers(name, stack.region) if user is not stack]
            if users:
                stack.enter(settled, f"Export {name} cannot be deleted as it is in use by {', '.join(users)}")
                return

    def delete() -> None:
        if settled == "CREATE_IN_PROGRESS":
            before.wait()
        _delete(stack, identity, retain, force=force)

    in_background(stack, delete)


def _delete(stack: Stack, identity: Identity, retain: list[str], *, force: bool) -> None:
    if stack.status != "DELETE_IN_PROGRESS":  # a creation that ended while this waited for it
        stack.enter("DELETE_IN_PROGRESS", "User Initiated")
    left = {
        name: resource for name, resource in stack.resources.items() if resource.status != "DELETE_COMPLETE"
    }
    policies = {name: resource.definition.get("DeletionPolicy", "Delete") for name, resource in left.items()}
    policies |= {name: "Retain" for name, policy in policies.items() if policy == "RetainExceptOnCreate"}
    policies |= dict.fromkeys(retain, "Retain")
    failed = delete_all(Worker(stack, identity, threading.Event()), list(left.values()), policies)
    if failed and not force:
        stack.enter("DELETE_FAILED", _failed_to("delete", failed))
        return
    stack.imports = set()
    stack.deleted = now()
    stack.enter("DELETE_COMPLETE")
