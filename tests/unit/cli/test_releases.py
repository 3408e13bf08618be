"""The rotate function asked, and its outcome believed only when the stack shows it."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import Any

import pytest

from cli import releases
from cli.session import CommandError, Session
from tests.unit.cli.conftest import (
    CALLER,
    CREATED,
    PACKAGE,
    FakeAws,
    does_not_exist,
    stack,
    with_outputs,
)


def answers(aws: FakeAws, result: Any, **more: Any) -> None:
    aws.says("cloudformation", "describe_stacks", with_outputs(RotateFunctionName="rotate"))
    aws.says("lambda", "invoke", {"Payload": io.BytesIO(json.dumps(result).encode()), **more})


def test_a_package_is_sent_only_where_there_is_one(session: Session, aws: FakeAws) -> None:
    for package in (None, PACKAGE):
        answers(aws, {"outcome": "started", "reason": "r"})
        assert releases.ask(session, "release", "m", package)["outcome"] == "started"
    assert [json.loads(call["Payload"]) for call in aws.asked("invoke")] == [
        {"action": "release", "model": "m", "by": CALLER},
        {"action": "release", "model": "m", "package": PACKAGE, "by": CALLER},
    ]
    assert aws.asked("invoke")[0]["FunctionName"] == "rotate"


def test_a_refusal_is_an_error_with_its_reason(session: Session, aws: FakeAws) -> None:
    answers(aws, {"outcome": "refused", "reason": "an alarm rings"})
    with pytest.raises(CommandError, match=r"^rollback m was refused: an alarm rings$"):
        releases.ask(session, "rollback", "m")


@pytest.mark.parametrize(
    ("result", "reason"), [({"errorMessage": "broke"}, "broke"), ({"other": 1}, r"\{'other': 1\}")]
)
def test_a_function_that_fails_is_an_error(session: Session, aws: FakeAws, result: Any, reason: str) -> None:
    answers(aws, result, FunctionError="Unhandled")
    with pytest.raises(CommandError, match=f"^park m: {reason}$"):
        releases.ask(session, "park", "m")


def following(aws: FakeAws, ended: Any, *events: dict[str, str]) -> None:
    aws.says("cloudformation", "describe_stacks", ended)
    aws.says("cloudformation", "describe_stack_events", {"StackEvents": [*reversed(events)]})


def event(number: int, status: str, reason: str = "") -> dict[str, str]:
    return {
        "EventId": f"e{number}",
        "LogicalResourceId": f"R{number}",
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
    }


def test_what_was_parked_before_the_stack_was_deployed_anew_is_not_parked(
    session: Session, aws: FakeAws
) -> None:
    aws.says("cloudformation", "describe_stacks", stack())
    told: list[str] = []
    for written in (CREATED, CREATED - timedelta(seconds=1)):
        stored = {"Value": f"{PACKAGE}/1", "LastModifiedDate": written}
        aws.says("ssm", "get_parameter", {"Parameter": stored})
        told.append(releases.last_parked(session, "m"))
    aws.says("cloudformation", "describe_stacks", does_not_exist("s"))
    assert [*told, releases.last_parked(session, "m")] == [f"{PACKAGE}/1", "", ""]


@pytest.mark.parametrize(
    ("champion", "parked", "named"), [(PACKAGE, "", PACKAGE), ("", PACKAGE, PACKAGE), ("", "", None)]
)
def test_a_roll_back_names_what_it_leaves_so_that_asking_twice_does_not_go_back_twice(
    session: Session,
    aws: FakeAws,
    monkeypatch: pytest.MonkeyPatch,
    champion: str,
    parked: str,
    named: str | None,
) -> None:
    answers(aws, {"outcome": "parked", "reason": "r"})
    monkeypatch.setattr(releases, "champion", lambda *_: champion)
    monkeypatch.setattr(releases, "last_parked", lambda *_: parked)
    releases.roll_back(session, "m")
    assert json.loads(aws.asked("invoke")[0]["Payload"]).get("package") == named


def test_a_release_is_followed_to_its_end(session: Session, aws: FakeAws) -> None:
    following(aws, stack(champion=PACKAGE), event(1, "UPDATE_COMPLETE"), event(2, "UPDATE_COMPLETE"))
    told: list[str] = []
    releases.follow(session, "m", "e1", lambda e: told.append(e.logical_id), expected=PACKAGE)
    assert told == ["R2"]


def test_an_update_that_begins_when_the_release_has_ended_does_not_fail_it(
    session: Session, aws: FakeAws
) -> None:
    """The next step to another instance type."""
    following(aws, stack(champion=PACKAGE))
    next_step = stack(status="UPDATE_IN_PROGRESS", champion=PACKAGE)
    aws.says("cloudformation", "describe_stacks", stack(champion=PACKAGE), next_step)
    releases.follow(session, "m", "", lambda _event: None, expected=PACKAGE)


def test_a_roll_back_is_an_error_with_the_first_reason(session: Session, aws: FakeAws) -> None:
    following(
        aws,
        stack(status="UPDATE_ROLLBACK_COMPLETE", champion=PACKAGE),
        event(1, "UPDATE_FAILED", "the alarm rang"),
        event(2, "UPDATE_FAILED", "cancelled"),
    )
    with pytest.raises(CommandError, match=r"UPDATE_ROLLBACK_COMPLETE: R1: the alarm rang$"):
        releases.follow(session, "m", "", lambda _event: None, expected=PACKAGE)


def test_a_failure_without_a_reason_says_so(session: Session, aws: FakeAws) -> None:
    following(aws, stack(status="UPDATE_ROLLBACK_FAILED"))
    with pytest.raises(CommandError, match=r"UPDATE_ROLLBACK_FAILED: no reason given$"):
        releases.follow(session, "m", "", lambda _event: None, expected=PACKAGE)


def test_another_package_than_the_expected_is_an_error(session: Session, aws: FakeAws) -> None:
    following(aws, stack(champion=f"{PACKAGE}/1"))
    with pytest.raises(CommandError, match=r"released v1, not v2$"):
        releases.follow(session, "m", "", lambda _event: None, expected=f"{PACKAGE}/2")


@pytest.mark.parametrize("reached", [stack(status="UPDATE_IN_PROGRESS"), stack(champion=PACKAGE)])
def test_an_approval_that_reached_the_stack_is_noticed(session: Session, aws: FakeAws, reached: Any) -> None:
    aws.says("cloudformation", "describe_stacks", stack(), reached)
    releases.wait_until_started(session, "m", PACKAGE)
    assert len(aws.asked("describe_stacks")) == 2


def test_an_approval_that_nobody_heard_is_an_error(session: Session, aws: FakeAws) -> None:
    aws.says("cloudformation", "describe_stacks", stack())
    with pytest.raises(CommandError, match="m: the approval has not begun a rotation within 0 s"):
        releases.wait_until_started(session, "m", PACKAGE, timeout=0)
