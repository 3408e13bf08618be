"""What a rotation does in each state that a model, its stack and its endpoint can be in."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from tests.unit.handlers.rotation_world import GROUP, World, arn, client_error

Load = Callable[[str], ModuleType]
Ask = Callable[..., dict[str, Any]]


def test_the_newest_approved_package_is_released(ask: Ask, world: World) -> None:
    answer = ask("reconcile")
    assert answer == {
        "action": "reconcile",
        "model": "house-prices",
        "outcome": "started",
        "package": arn(2),
        "reason": f"replaces {arn(1)}",
    }
    assert world.updates[0]["changed"] == {
        "ChampionPackage": arn(2),
        "Guardrails": "on",
        "ReleasedBy": "",
        "ReleaseReason": "reconcile",
    }


def test_who_asked_and_why_goes_with_the_release(ask: Ask, deliver: Any, world: World) -> None:
    ask("release", arn(2), by="anna", reason="the old one drifts")
    world.settle()
    world.add(3)
    deliver(GROUP)
    told = [(one["changed"]["ReleasedBy"], one["changed"]["ReleaseReason"]) for one in world.updates]
    assert told == [("anna", "the old one drifts"), ("approval", "reconcile")]


def test_every_attempt_has_a_name_of_its_own_that_tells_the_version(ask: Ask, world: World) -> None:
    ask("release", arn(2))
    world.roll_back()
    ask("release", arn(2))
    tokens = [one["token"] for one in world.updates]
    assert len(set(tokens)) == 2
    assert [token.rpartition("-")[0] for token in tokens] == ["release-2", "release-2"]


def test_the_update_passes_the_release_role_and_keeps_the_other_parameters(ask: Ask, world: World) -> None:
    ask("reconcile")
    (update,) = world.updates
    assert update["name"] == "lifecycle-dev-endpoint-house-prices"
    assert update["role"].endswith(":role/release")
    assert set(update["known"]) == {
        "ChampionPackage",
        "ChallengerPackage",
        "ChallengerTraffic",
        "ChallengerMode",
        "Guardrails",
    }


def test_the_first_release_needs_no_endpoint(ask: Ask, world: World) -> None:
    world.champion, world.endpoint, world.ledger = "", None, []
    assert ask("reconcile")["outcome"] == "started"


def test_nothing_approved_changes_nothing(ask: Ask, world: World) -> None:
    world.champion, world.endpoint, world.packages = "", None, {}
    assert ask("reconcile")["outcome"] == "unchanged"
    assert world.calls == []


def test_what_is_live_already_is_not_released_again(ask: Ask, world: World) -> None:
    world.champion = arn(2)
    assert (ask("reconcile")["outcome"], world.calls) == ("unchanged", [])


def test_a_duplicate_approval_rotates_once(deliver: Any, world: World) -> None:
    assert deliver(GROUP, GROUP) == []
    assert world.calls == ["update"]
    world.settle()
    assert deliver(GROUP) == []
    assert world.calls == ["update"]


def test_a_second_rotation_waits_for_the_first(deliver: Any, world: World) -> None:
    deliver(GROUP)
    assert deliver(GROUP) == ["m0"]
    assert world.calls == ["update"]


def test_a_burst_ends_on_the_newest(deliver: Any, world: World) -> None:
    deliver(GROUP)
    world.add(3)
    assert deliver(GROUP) == ["m0"]
    world.settle()
    assert deliver(GROUP) == []
    world.settle()
    assert world.champion == arn(3)


def test_two_at_once_are_told_apart_by_the_stacks_lock(ask: Ask, deliver: Any, world: World) -> None:
    text = "Stack:arn:aws:cloudformation:x:1:stack/s/1 is in UPDATE_IN_PROGRESS state and can not be updated."
    world.update_error = client_error("ValidationError", text)
    assert ask("reconcile")["outcome"] == "busy"
    assert deliver(GROUP) == ["m0"]


def test_an_update_that_changes_nothing_is_unchanged(ask: Ask, deliver: Any, world: World) -> None:
    world.update_error = client_error("ValidationError", "No updates are to be performed.")
    assert ask("reconcile")["outcome"] == "unchanged"
    assert deliver(GROUP) == []


@pytest.mark.parametrize("action", ["reconcile", "rollback", "park", "wake"])
@pytest.mark.parametrize(
    "status", ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "CREATE_IN_PROGRESS"]
)
def test_a_busy_stack_is_left_alone(ask: Ask, world: World, action: str, status: str) -> None:
    world.status = status
    assert ask(action)["outcome"] == "busy"
    assert world.calls == []


@pytest.mark.parametrize("status", ["UPDATE_ROLLBACK_FAILED", "ROLLBACK_COMPLETE", "DELETE_FAILED"])
def test_a_stack_that_takes_no_update_is_refused_loudly(
    ask: Ask, deliver: Any, world: World, status: str
) -> None:
    world.status = status
    answer = ask("reconcile")
    assert answer["outcome"] == "refused"
    assert status in answer["reason"]
    assert deliver(GROUP) == ["m0"]
    assert world.calls == []


def test_what_such_a_stack_says_is_live_is_not_believed(ask: Ask, deliver: Any, world: World) -> None:
    """A roll-back that failed leaves the parameters of the release that was to be taken back."""
    world.status, world.champion = "UPDATE_ROLLBACK_FAILED", arn(2)
    assert ask("reconcile")["outcome"] == "refused"
    assert deliver(GROUP) == ["m0"]


def test_a_stack_that_fell_into_that_state_meanwhile_is_refused(ask: Ask, world: World) -> None:
    text = "Stack:arn:x is in UPDATE_ROLLBACK_FAILED state and can not be updated."
    world.update_error = client_error("ValidationError", text)
    assert ask("reconcile")["outcome"] == "refused"


def test_after_a_failed_release_another_one_may_begin(ask: Ask, world: World) -> None:
    world.status = "UPDATE_ROLLBACK_COMPLETE"
    assert ask("reconcile")["outcome"] == "started"


def test_a_missing_stack_is_refused(ask: Ask, world: World) -> None:
    world.exists = False
    assert "deploy it first" in ask("reconcile")["reason"]


@pytest.mark.parametrize("status", ["Updating", "RollingBack", "SystemUpdating", "Creating"])
def test_a_changing_endpoint_is_busy(ask: Ask, deliver: Any, world: World, status: str) -> None:
    world.endpoint = status
    assert ask("reconcile")["outcome"] == "busy"
    assert deliver(GROUP) == ["m0"]
    assert world.calls == []


@pytest.mark.parametrize("status", ["Failed", "UpdateRollbackFailed"])
def test_a_broken_endpoint_is_refused_but_can_be_parked(ask: Ask, world: World, status: str) -> None:
    world.endpoint = status
    answer = ask("reconcile")
    assert answer["outcome"] == "refused"
    assert status in answer["reason"]
    assert ask("park")["outcome"] == "started"


def test_no_release_begins_while_an_alarm_rings(ask: Ask, deliver: Any, world: World) -> None:
    world.in_alarm, world.ledger, world.champion = ("errors",), [arn(1), arn(0)], arn(0)
    world.add(0)
    answer = ask("reconcile")
    assert answer["outcome"] == "refused"
    assert "errors" in answer["reason"]
    assert world.calls == []
    assert deliver(GROUP) == ["m0"]


def test_an_alarm_does_not_keep_a_model_from_being_parked(ask: Ask, world: World) -> None:
    world.in_alarm = ("errors",)
    assert ask("park")["outcome"] == "started"


@pytest.mark.parametrize(
    ("approval", "status", "outcome"),
    [
        ("Approved", "Completed", "started"),
        ("PendingManualApproval", "Completed", "refused"),
        ("Rejected", "Completed", "refused"),
        ("Approved", "Failed", "refused"),
        ("Approved", "Deleting", "refused"),
        ("Approved", "InProgress", "busy"),
    ],
)
def test_only_approved_and_completed_packages_are_released(
    ask: Ask, world: World, approval: str, status: str, outcome: str
) -> None:
    package = world.add(3, approval, status)
    assert ask("release", package)["outcome"] == outcome
    assert bool(world.calls) == (outcome == "started")


def test_a_newest_package_that_failed_is_refused(ask: Ask, world: World) -> None:
    world.add(3, status="Failed")
    assert ask("reconcile")["outcome"] == "refused"


def test_a_missing_package_is_refused(ask: Ask, world: World) -> None:
    assert "no such package" in ask("release", arn(9))["reason"]


def test_another_models_package_is_refused(ask: Ask, world: World) -> None:
    package = world.add(3, group="lifecycle-dev-churn")
    assert "lifecycle-dev-churn" in ask("release", package)["reason"]


def test_releasing_what_is_live_changes_nothing(ask: Ask, world: World) -> None:
    assert ask("release", arn(1))["outcome"] == "unchanged"


def test_throttling_is_tried_again(ask: Ask, deliver: Any, world: World) -> None:
    world.update_error = client_error("Throttling", "Rate exceeded")
    assert ask("reconcile")["outcome"] == "busy"
    assert deliver(GROUP) == ["m0"]


def test_a_missing_permission_is_raised_so_that_lambda_counts_it(
    ask: Ask, deliver: Any, world: World
) -> None:
    world.update_error = client_error("AccessDenied", "not authorized")
    with pytest.raises(type(world.update_error), match="not authorized"):
        ask("reconcile")
    with pytest.raises(Exception, match=r"house-prices: .*not authorized"):
        deliver(GROUP)


def test_one_models_fault_does_not_hold_up_another(deliver: Any, world: World) -> None:
    # The world knows no parameter of the other model: reading it raises.
    with pytest.raises(Exception, match="churn: KeyError"):
        deliver("lifecycle-dev-churn", GROUP)
    assert world.calls == ["update"]


def test_messages_about_no_model_here_come_again_until_the_dead_letter_queue(
    load: Load, deliver: Any
) -> None:
    assert deliver("lifecycle-dev-unknown") == ["m0"]
    broken = {"Records": [{"messageId": "x", "body": body} for body in ("", "[]", "{}", '{"detail": null}')]}
    assert len(load("rotate.handler").handler(broken, None)["batchItemFailures"]) == 4


def test_a_group_name_over_the_limit_still_finds_its_model(load: Load) -> None:
    from sagemaker_lifecycle import names

    model = "m" * 60
    group = load("handler_common.names").package_group("lifecycle-dev-", model)
    assert group == names.model_package_group_name("dev", model)
    assert len(group) == 63


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({"action": "explode", "model": "house-prices"}, "no action 'explode'"),
        ({"action": "park", "model": "nothing"}, "no model 'nothing'"),
        ({"action": "release", "model": "house-prices"}, "release needs `package`"),
        ({}, "no action"),
    ],
)
def test_a_bad_request_is_refused_with_what_is_allowed(load: Load, event: dict[str, str], words: str) -> None:
    answer = load("rotate.handler").handler(event, None)
    assert answer["outcome"] == "refused"
    assert words in answer["reason"]
