"""What people are told of a trial, and of what is live after a release."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli import challenger
from cli.session import Session
from tests.unit.cli.conftest import PACKAGE, FakeAws, aws_error, stack

TALLIES = {
    "champion": {"outcomes": 4500, "mean": 4.125, "assigned": 4000},
    "challenger": {"outcomes": 0, "mean": None, "assigned": 0},
}
TEST: dict[str, Any] = {
    "state": "running",
    "champion": f"{PACKAGE}/1",
    "challenger": f"{PACKAGE}/2",
    "ended": None,
    "outcome": "squared-error",
    "variants": TALLIES,
    "answer": "inconclusive",
    "reason": "a variant has 0 outcomes, of 500 that each needs",
}


def trial(champion: int = 0, tried: int = 0, mode: str = "canary") -> dict[str, Any]:
    values = {
        "ChampionPackage": f"{PACKAGE}/{champion}" if champion else "",
        "ChallengerPackage": f"{PACKAGE}/{tried}" if tried else "",
        "ChallengerTraffic": "25",
        "ChallengerMode": mode,
    }
    pairs = [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]
    return challenger.on_trial(stack(Parameters=pairs)["Stacks"][0])


def status(trial: dict[str, Any], **test: Any) -> list[str]:
    shares = {"champion": 0.75, "challenger": 0.25} if trial["challenger"] else {"champion": 1.0}
    running = bool(trial["challenger"])
    told = {"running": running, **trial, "variants": shares, "stack": "UPDATE_COMPLETE", "test": test}
    return list(challenger.lines(told))


@pytest.mark.parametrize(
    ("told", "again", "sentence"),
    [
        (trial(), False, "nothing is live"),
        (trial(tried=2), False, "nothing is live: the trial of v2 waits"),
        (trial(1), False, "v1 is live"),
        (trial(1), True, "v1 is live again"),
        (trial(1, 2), False, "v2 is on trial beside v1 and answers 25 % of the requests"),
        (trial(1, 2, "shadow"), False, "v2 is on trial beside v1 and gets copies of 25 % of the requests"),
        (
            trial(1, 2),
            True,
            "v1 is live again; v2 is on trial beside v1 and answers 25 % of the requests",
        ),
    ],
)
def test_what_is_live_is_a_sentence(told: dict[str, Any], again: bool, sentence: str) -> None:
    assert challenger.standing(told, again=again) == sentence


def test_the_share_is_a_number_that_is_0_without_a_trial() -> None:
    assert [trial(1, 2)["traffic"], trial(1)["traffic"]] == [25, 0]


def test_a_running_test_is_told_with_its_outcomes_and_verdict() -> None:
    assert status(trial(1, 2), **TEST) == [
        "v2 is on trial beside v1 and answers 25 % of the requests",
        "weights of the endpoint: champion 75%, challenger 25%",
        "stack: UPDATE_COMPLETE",
        "test: running",
        "champion v1: 4500 outcomes of 4000 callers or requests, squared-error 4.125 on average",
        "challenger v2: 0 outcomes of 0 callers or requests",
        "verdict: inconclusive, a variant has 0 outcomes, of 500 that each needs",
    ]


def test_the_outcomes_beside_a_shadow_are_those_of_the_test_before() -> None:
    before = {**TEST, "state": "ended", "ended": 1_790_000_000}
    told = status(trial(1, 2, "shadow"), **before)
    assert told[3:5] == [
        "test: none, a shadow answers nobody",
        "the test before: v2 beside v1, ended 2026-09-21 14:13 UTC",
    ]
    assert status(trial(2), **before)[2] == told[4]


def test_the_outcomes_while_another_trial_begins_are_those_of_the_test_before() -> None:
    told = status(trial(1, 3), **{**TEST, "state": "changing"})
    assert told[3:5] == ["test: changing", "the test before: v2 beside v1"]


def test_before_the_first_test_there_is_nothing_to_tell() -> None:
    assert status(trial(1), state="none") == ["v1 is live", "stack: UPDATE_COMPLETE"]


def test_a_verdict_names_versions() -> None:
    told = status(trial(1, 2), **{**TEST, "reason": f"{PACKAGE}/2 is better than {PACKAGE}/1"})
    assert told[-1] == "verdict: inconclusive, v2 is better than v1"


def test_an_endpoint_that_is_not_made_yet_has_no_variants(
    session: Session, aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stack names its champion from the beginning of the update that makes the endpoint."""
    monkeypatch.setattr(challenger, "look", lambda *_: {"state": "none"})
    aws.says("cloudformation", "describe_stacks", stack(champion=f"{PACKAGE}/1", status="UPDATE_IN_PROGRESS"))
    missing = aws_error("ValidationException", 'Could not find endpoint "dev-house-prices".')
    aws.says("sagemaker", "describe_endpoint", missing)
    assert challenger.status(session, "house-prices")["variants"] == {}
    aws.says("sagemaker", "describe_endpoint", aws_error("AccessDeniedException"))
    with pytest.raises(ClientError, match="AccessDenied"):
        challenger.status(session, "house-prices")
