"""Undoing an operation: previous properties back in dependency order, then what was new is deleted."""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from emulator.cloudformation import graph
from emulator.cloudformation.deployment import Deployment
from emulator.cloudformation.stack import Resource, Stack
from emulator.cloudformation.template import Template
from emulator.cloudformation.work import Failed, Step, Worker

SKIPPED = "Resource skipped during UpdateRollback"


@dataclass(frozen=True)
class Before:
    """What a stack was before the operation, its resources aside."""

    template: Template | None
    parameters: dict[str, str]
    resolved_parameters: dict[str, Any]
    tags: dict[str, str]
    capabilities: list[str]
    notification_arns: list[str]
    outputs: list[dict[str, str]]
    imports: set[str]

    @staticmethod
    def of(stack: Stack) -> Before:
        """Remember ``stack`` as it is."""
        return Before(
            stack.template,
            stack.parameters,
            stack.resolved_parameters,
            stack.tags,
            stack.capabilities,
            stack.notification_arns,
            stack.outputs,
            set(stack.imports),
        )

    def put_back(self, stack: Stack) -> None:
        """Make ``stack`` that again."""
        stack.template = self.template
        stack.parameters = self.parameters
        stack.resolved_parameters = self.resolved_parameters
        stack.tags = self.tags
        stack.capabilities = self.capabilities
        stack.notification_arns = self.notification_arns
        stack.outputs = self.outputs
        stack.imports = set(self.imports)


def adopt(stack: Stack, deployment: Deployment) -> None:
    """Let ``stack`` show the deployment's template and values: the operation has begun."""
    stack.template = deployment.template
    stack.description = deployment.template.sections.get("Description")
    stack.parameters = deployment.parameters
    stack.resolved_parameters = deployment.resolved
    stack.tags = deployment.tags
    stack.capabilities = deployment.capabilities
    stack.notification_arns = deployment.notification_arns


@dataclass
class Rollback:
    """What is left to undo of an update; kept by the stack while the roll-back has not succeeded."""

    before: Before
    steps: dict[str, Step] = field(default_factory=lambda: dict[str, Step]())
    leftovers: list[Resource] = field(default_factory=lambda: list[Resource]())
    retain_except_on_create: bool = False

    def restore(self, worker: Worker, skip: Collection[str] = ()) -> list[str]:
        """Undo every step that changed an existing resource; the logical ids of those that would not.

        Those in ``skip`` count as restored although nothing is done to them.
        """
        stack = worker.stack
        for name in [name for name in skip if name in self.steps]:
            step = self.steps.pop(name)
            assert step.before is not None
            self._skip(stack, step.before)
        pending = {name: step for name, step in self.steps.items() if step.before is not None}
        needs = {name: step.before.needs for name, step in pending.items() if step.before}

        def undo(name: str) -> None:
            left = worker.restore(pending[name])
            if left:
                self.leftovers.append(left)
            del self.steps[name]

        failures = graph.run(needs, undo, threading.Event(), carry_on=True)
        return sorted(failures)

    @staticmethod
    def _skip(stack: Stack, resource: Resource) -> None:
        stack.resources[resource.logical_id] = resource
        stack.tell(resource.logical_id, resource.physical_id, resource.type, "UPDATE_COMPLETE", SKIPPED)

    def clean_up(self, worker: Worker) -> list[str]:
        """Delete what the failed update had made, dependants first; the logical ids of what would not go."""
        created = {name: step.after for name, step in self.steps.items() if step.before is None}
        failed = delete_all(
            worker,
            [*created.values(), *self.leftovers],
            {name: deletion_policy(item, self.retain_except_on_create) for name, item in created.items()},
        )
        for name in created:
            worker.stack.resources.pop(name, None)
        self.steps.clear()
        return failed


def deletion_policy(resource: Resource, retain_except_on_create: bool) -> str:
    """What becomes of a resource whose creation is undone."""
    policy = resource.definition.get("DeletionPolicy", "Delete")
    kept = policy == "Retain" and not retain_except_on_create and resource.status != "CREATE_FAILED"
    return "Retain" if kept else "Delete"


def delete_all(worker: Worker, doomed: list[Resource], policies: dict[str, str]) -> list[str]:
    """Delete dependants before what they depend on; the logical ids of those that are still there.

    ``policies`` gives Retain or Delete by logical id; what is not in it is deleted.
    """
    by_key = {f"{item.logical_id}#{item.physical_id}": item for item in doomed}
    keys: dict[str, set[str]] = {}
    for key, item in by_key.items():
        keys.setdefault(item.logical_id, set()).add(key)
    needs = {
        key: {other for name in item.needs for other in keys.get(name, ())} for key, item in by_key.items()
    }
    done: set[str] = set()

    def remove(key: str) -> None:
        item = by_key[key]
        worker.delete(item, policies.get(item.logical_id))
        done.add(key)

    failures = graph.run(graph.reversed_needs(needs), remove, threading.Event(), carry_on=True)
    for error in failures.values():
        if not isinstance(error, Failed):
            raise error
    return sorted(by_key[key].logical_id for key in by_key if key not in done)
