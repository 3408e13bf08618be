"""A stack's events, followed until it rests."""

from __future__ import annotations

from typing import Any

import pytest

from cli.session import CommandError, NotDeployed, Session
from cli.stacks_watch import StackEvent, last_event_id, watch
from tests.unit.cli.conftest import FakeAws, aws_error, stack


def events(*numbers: int) -> Any:
    """Events as DescribeStackEvents lists them: the newest first."""
    return {
        "StackEvents": [
            {"EventId": f"e{n}", "LogicalResourceId": f"R{n}", "ResourceStatus": "UPDATE_COMPLETE"}
            for n in sorted(numbers, reverse=True)
        ]
    }


def test_the_newest_event_is_where_a_watch_begins(session: Session, aws: FakeAws) -> None:
    aws.says("cloudformation", "describe_stack_events", events(1, 2), events())
    assert last_event_id(session, "s") == "e2"
    assert last_event_id(session, "s") == ""


def test_a_stack_that_is_not_there_has_no_events(session: Session, aws: FakeAws) -> None:
    missing = aws_error("ValidationError", "Stack [s] does not exist")
    aws.says("cloudformation", "describe_stack_events", missing)
    with pytest.raises(NotDeployed, match=r"^the stack s is not deployed: `make deploy-local`$"):
        last_event_id(session, "s")


def test_each_new_event_is_told_once_and_in_order(session: Session, aws: FakeAws) -> None:
    aws.says("cloudformation", "describe_stacks", stack(status="UPDATE_IN_PROGRESS"), stack())
    aws.says("cloudformation", "describe_stack_events", events(1, 2, 3), events(1, 2, 3, 4))
    told: list[StackEvent] = []
    watch(session, "s", "e1", told.append)
    assert [event.logical_id for event in told] == ["R2", "R3", "R4"]
    assert (told[0].resource_type, told[0].reason) == ("", "")


def test_a_stack_that_does_not_rest_is_not_watched_for_ever(session: Session, aws: FakeAws) -> None:
    aws.says("cloudformation", "describe_stacks", stack(status="UPDATE_IN_PROGRESS"))
    aws.says("cloudformation", "describe_stack_events", events(1))
    with pytest.raises(CommandError, match="s is still UPDATE_IN_PROGRESS after 0 s: look at its events"):
        watch(session, "s", "e1", lambda _event: None, timeout=0)
