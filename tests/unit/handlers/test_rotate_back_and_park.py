"""Rolling back, parking and waking, also when the function dies after any of its calls."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from tests.unit.handlers.rotation_world import GROUP, Crash, World, arn, client_error

Load = Callable[[str], ModuleType]
Ask = Callable[..., dict[str, Any]]


def test_a_roll_back_goes_to_the_release_before_and_rejects_the_live_one(ask: Ask, world: World) -> None:
    world.champion, world.ledger = arn(2), [arn(1), arn(2)]
    answer = ask("rollback")
    assert (answer["outcome"], answer["package"]) == ("started", arn(1))
    assert world.calls == ["reject", "update"]
    world.settle()
    assert ask("reconcile")["outcome"] == "unchanged"


def test_a_roll_back_neither_waits_for_guardrails_nor_minds_the_alarm_of_the_bad_release(
    ask: Ask, world: World
) -> None:
    world.champion, world.ledger, world.in_alarm = arn(2), [arn(1), arn(2)], ("errors",)
    assert ask("rollback")["outcome"] == "started"
    changed = world.updates[-1]["changed"]
    assert (changed["ChampionPackage"], changed["Guardrails"]) == (arn(1), "off")


def test_the_release_after_a_roll_back_is_guarded_again(ask: Ask, world: World) -> None:
    world.champion, world.ledger = arn(2), [arn(1), arn(2)]
    ask("rollback")
    world.settle()
    world.add(3)
    ask("reconcile")
    changed = world.updates[-1]["changed"]
    assert (changed["ChampionPackage"], changed["Guardrails"]) == (arn(3), "on")


def test_a_roll_back_skips_releases_that_are_no_longer_approved(ask: Ask, world: World) -> None:
    world.champion, world.ledger = arn(3), [arn(1), arn(9), arn(2), arn(3), arn(2), arn(3)]
    world.add(2, "Rejected")
    world.add(3)
    assert ask("rollback")["package"] == arn(1)


def test_a_roll_back_does_not_go_to_what_is_on_trial(ask: Ask, world: World) -> None:
    world.champion, world.ledger = arn(3), [arn(1), arn(2), arn(3)]
    world.add(3)
    ask("test", arn(2))
    world.settle()
    assert ask("rollback")["package"] == arn(1)


def test_a_roll_back_without_an_earlier_release_is_refused(ask: Ask, world: World) -> None:
    answer = ask("rollback")
    assert (answer["outcome"], world.calls) == ("refused", [])
    assert "no earlier release" in answer["reason"]


def test_a_model_that_was_never_released_cannot_be_rolled_back(ask: Ask, world: World) -> None:
    world.champion, world.endpoint, world.ledger = "", None, []
    assert "never released" in ask("rollback")["reason"]


def test_a_roll_back_from_a_release_that_is_not_live_changes_nothing(ask: Ask, world: World) -> None:
    world.champion, world.ledger = arn(2), [arn(1), arn(2)]
    ask("rollback", arn(2))
    world.settle()
    assert ask("rollback", arn(2))["outcome"] == "unchanged"
    assert world.champion == arn(1)


def test_a_broken_ledger_is_said(ask: Ask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world, "parameter", lambda _name, **_: "{broken")
    with pytest.raises(ValueError, match="ledger of releases"):
        ask("rollback")


def test_parking_remembers_the_release_and_deletes_the_endpoint(ask: Ask, world: World) -> None:
    assert ask("park")["outcome"] == "started"
    assert world.calls == ["write", "update"]
    world.settle()
    assert (world.champion, world.parked) == ("", arn(1))
    assert ask("park")["outcome"] == "unchanged"


def test_parking_a_model_without_endpoint_changes_nothing(ask: Ask, world: World) -> None:
    world.champion, world.endpoint = "", None
    assert (ask("park")["outcome"], world.parked) == ("unchanged", None)


def test_parking_that_meets_a_lock_leaves_the_model_live(ask: Ask, world: World) -> None:
    text = "Stack:arn:x is in UPDATE_IN_PROGRESS state and can not be updated."
    world.update_error = client_error("ValidationError", text)
    assert ask("park")["outcome"] == "busy"
    world.update_error = None
    assert ask("reconcile")["outcome"] == "started"


def test_what_is_approved_while_parked_waits_for_the_waking(ask: Ask, deliver: Any, world: World) -> None:
    world.champion, world.endpoint, world.parked = "", None, arn(1)
    assert ask("reconcile")["outcome"] == "parked"
    assert deliver(GROUP) == []
    assert world.calls == []


@pytest.mark.parametrize("action", ["release", "test", "traffic", "promote"])
def test_what_waking_would_not_do_is_refused_while_parked(ask: Ask, world: World, action: str) -> None:
    world.champion, world.endpoint, world.parked, world.challenger = "", None, arn(1), arn(2)
    answer = ask(action, arn(2), traffic=50)
    assert (answer["outcome"], answer["reason"]) == ("refused", "the model is parked: wake it first")
    assert world.calls == []


def test_waking_releases_what_was_approved_meanwhile(ask: Ask, world: World) -> None:
    world.champion, world.endpoint, world.parked = "", None, arn(1)
    assert ask("wake")["package"] == arn(2)
    world.settle()
    assert world.champion == arn(2)
    assert ask("wake")["reason"] == "the model is awake"


def test_a_wake_that_is_rolled_back_leaves_the_model_parked(ask: Ask, world: World) -> None:
    world.champion, world.endpoint, world.parked = "", None, arn(1)
    assert ask("wake")["outcome"] == "started"
    world.roll_back()
    assert ask("reconcile")["outcome"] == "parked"
    assert ask("wake")["package"] == arn(2)


def test_a_model_that_was_parked_once_and_is_live_is_not_parked(ask: Ask, world: World) -> None:
    world.parked = arn(1)
    assert ask("reconcile")["package"] == arn(2)


def test_a_stack_that_was_destroyed_and_deployed_again_is_not_parked(
    ask: Ask, deliver: Any, world: World
) -> None:
    ask("park")
    world.settle()
    ask("wake")
    world.settle()
    world.deploy_anew()
    assert ask("rollback")["reason"].startswith("the model was never released")
    assert deliver(GROUP) == []
    world.settle()
    assert world.champion == arn(2)


def test_waking_releases_the_parked_one_when_nothing_newer_is_approved(ask: Ask, world: World) -> None:
    world.champion, world.endpoint, world.parked = "", None, arn(1)
    world.add(2, "Rejected")
    assert ask("wake")["package"] == arn(1)


def test_waking_without_any_approved_package_is_refused(ask: Ask, world: World) -> None:
    world.champion, world.endpoint, world.parked = "", None, arn(1)
    world.packages = {}
    assert (ask("wake")["outcome"], world.parked) == ("refused", arn(1))


def test_waking_a_model_that_is_awake_changes_nothing(ask: Ask, world: World) -> None:
    assert (ask("wake")["outcome"], world.calls) == ("unchanged", [])


def test_waking_a_model_that_was_never_released_releases_it(ask: Ask, world: World) -> None:
    world.champion, world.endpoint, world.ledger = "", None, []
    assert ask("wake")["outcome"] == "started"


def test_a_parked_model_can_be_rolled_back_and_wakes_on_the_release_before(ask: Ask, world: World) -> None:
    world.champion, world.endpoint, world.parked, world.ledger = "", None, arn(2), [arn(1), arn(2)]
    answer = ask("rollback")
    assert (answer["outcome"], answer["package"]) == ("parked", arn(1))
    assert world.parked == arn(1)
    assert ask("wake")["package"] == arn(1)


def run_through_crashes(ask: Ask, world: World, action: str, crash_after: int) -> None:
    """The action, cut off after so many changing calls, and asked for again when what it began has ended."""
    world.crash_after = crash_after
    with pytest.raises(Crash):
        ask(action, arn(2) if action == "rollback" else None)
    world.crash_after = None
    world.settle()
    ask(action, arn(2) if action == "rollback" else None)
    world.settle()


@pytest.mark.parametrize("crash_after", [1, 2])
def test_a_roll_back_survives_a_crash_after_each_call(ask: Ask, world: World, crash_after: int) -> None:
    world.champion, world.ledger = arn(2), [arn(1), arn(2)]
    run_through_crashes(ask, world, "rollback", crash_after)
    assert world.champion == arn(1)
    assert world.packages[arn(2)].approval == "Rejected"
    assert ask("reconcile")["outcome"] == "unchanged"


def test_an_approval_event_ends_a_roll_back_that_was_cut_off(ask: Ask, world: World) -> None:
    world.champion, world.ledger, world.crash_after = arn(2), [arn(1), arn(2)], 1
    with pytest.raises(Crash):
        ask("rollback")
    world.crash_after = None
    assert ask("reconcile")["package"] == arn(1)


@pytest.mark.parametrize("crash_after", [1, 2])
def test_parking_survives_a_crash_after_each_call(ask: Ask, world: World, crash_after: int) -> None:
    run_through_crashes(ask, world, "park", crash_after)
    assert (world.champion, world.parked) == ("", arn(1))


def test_a_model_whose_parking_was_cut_off_is_live(ask: Ask, world: World) -> None:
    world.crash_after = 1
    with pytest.raises(Crash):
        ask("park")
    world.crash_after = None
    assert ask("wake")["reason"] == "the model is awake"
    assert ask("reconcile")["outcome"] == "started"


def test_waking_survives_a_crash_after_its_call(ask: Ask, world: World) -> None:
    world.champion, world.endpoint, world.parked = "", "InService", arn(1)
    run_through_crashes(ask, world, "wake", 1)
    assert world.champion == arn(2)


def test_a_release_survives_a_crash_after_its_call(ask: Ask, world: World) -> None:
    run_through_crashes(ask, world, "reconcile", 1)
    assert (world.champion, len(world.updates)) == (arn(2), 1)
