"""A stack's events as they happen, until it rests."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cli.session import CommandError, Session

POLL_SECONDS = 0.3
POLL_SECONDS_AWS = 3.0


@dataclass(frozen=True)
class StackEvent:
    """One line of a stack's history."""

    logical_id: str
    resource_type: str
    status: str
    reason: str


def last_event_id(session: Session, stack_name: str) -> str:
    """The newest event's id: what came before an operation is not shown with it. Raises NotDeployed."""
    with session.asking_for(stack_name):
        events = session.client("cloudformation").describe_stack_events(StackName=stack_name)["StackEvents"]
    return events[0]["EventId"] if events else ""


def watch(
    session: Session,
    stack_name: str,
    after: str,
    on_event: Callable[[StackEvent], None],
    timeout: float = 3600,
) -> dict[str, Any]:
    """Tells every event after the one with id ``after`` until the stack rests; the stack as it is described
    then: asked for once more, it may be in the next update already.

    Raises CommandError when the stack does not rest within ``timeout`` seconds.
    """
    deadline = time.monotonic() + timeout
    cloudformation = session.client("cloudformation")
    while True:
        described = session.stack(stack_name)
        status = described["StackStatus"]
        fresh: list[dict[str, Any]] = []
        for event in cloudformation.describe_stack_events(StackName=stack_name)["StackEvents"]:
            if event["EventId"] == after:
                break
            fresh.append(event)
        for event in reversed(fresh):
            after = event["EventId"]
            on_event(
                StackEvent(
                    event["LogicalResourceId"],
                    event.get("ResourceType", ""),
                    event["ResourceStatus"],
                    event.get("ResourceStatusReason", ""),
                )
            )
        if not status.endswith("_IN_PROGRESS"):
            return described
        if time.monotonic() > deadline:
            raise CommandError(f"{stack_name} is still {status} after {timeout:.0f} s: look at its events")
        time.sleep(POLL_SECONDS if session.local else POLL_SECONDS_AWS)
