"""How a challenger comes beside the champion, and what becomes of it."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.handlers.rotation_world import GROUP, Crash, World, arn

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def trial(ask: Ask, world: World) -> World:
    """Package 2, which waited for its approval, is on trial beside 1."""
    world.add(2, "PendingManualApproval")
    assert ask("test")["outcome"] == "started"
    world.settle()
    world.calls.clear()
    return world


def test_the_newest_package_is_tried_with_a_tenth_of_the_requests(ask: Ask, trial: World) -> None:
    assert trial.updates[0]["changed"] == {
        "ChallengerPackage": arn(2),
        "ChallengerTraffic": "10",
        "ChallengerMode": "canary",
        "Guardrails": "off",
    }
    assert (trial.champion, trial.packages[arn(2)].on_trial) == (arn(1), True)


def test_a_shadow_gets_the_share_that_was_asked_for(ask: Ask, world: World) -> None:
    ask("test", arn(2), mode="shadow", traffic=50)
    changed = world.updates[0]["changed"]
    assert (changed["ChallengerMode"], changed["ChallengerTraffic"]) == ("shadow", "50")


def test_a_trial_that_was_cut_short_releases_nothing(ask: Ask, deliver: Any, world: World) -> None:
    world.add(2, "PendingManualApproval")
    world.crash_after = 1
    with pytest.raises(Crash):
        ask("test")
    assert (deliver(GROUP), world.calls) == ([], ["approve"])
    world.crash_after = None
    assert ask("test", arn(2))["outcome"] == "started"
    assert world.calls == ["approve", "update"]


@pytest.mark.parametrize(
    ("package", "why"), [(arn(1), "champion"), (arn(9), "no such"), (arn(3), "Rejected"), (arn(4), "group")]
)
def test_what_cannot_be_tried_is_refused(ask: Ask, world: World, package: str, why: str) -> None:
    world.add(3, "Rejected")
    world.add(4, group="another")
    answer = ask("test", package)
    assert (answer["outcome"], why in answer["reason"], world.calls) == ("refused", True, [])


def test_nothing_older_than_the_champion_is_tried_unless_it_is_named(ask: Ask, world: World) -> None:
    """The release before is what a roll-back goes to, and a trial that is discarded rejects its package."""
    world.champion, world.ledger = arn(2), [arn(1), arn(2)]
    world.add(3, "Rejected")
    answer = ask("test")
    assert (answer["outcome"], world.calls) == ("refused", [])
    assert answer["reason"].startswith("nothing newer than the champion v2")
    assert ask("test", arn(1))["package"] == arn(1)


def test_nothing_is_tried_without_a_champion(ask: Ask, world: World) -> None:
    world.champion, world.endpoint = "", None
    assert ask("test", arn(2))["outcome"] == "refused"


def test_no_trial_begins_while_an_alarm_rings(ask: Ask, world: World) -> None:
    world.in_alarm = ("errors",)
    assert ask("test", arn(2))["outcome"] == "refused"


def test_one_trial_at_a_time(ask: Ask, trial: World) -> None:
    trial.add(3)
    assert ask("test", arn(2))["outcome"] == "unchanged"
    assert ask("test", arn(3))["outcome"] == "refused"


def test_what_is_approved_meanwhile_waits_for_the_end_of_the_trial(
    ask: Ask, deliver: Any, trial: World
) -> None:
    trial.add(3)
    assert deliver(GROUP) == []
    assert "on trial" in ask("reconcile")["reason"]
    assert ask("release", arn(3))["outcome"] == "refused"
    assert trial.calls == []
    ask("discard")
    trial.settle()
    assert ask("reconcile")["package"] == arn(3)


def test_more_traffic_is_guarded_and_less_is_not(ask: Ask, trial: World) -> None:
    assert ask("traffic", traffic=50)["outcome"] == "started"
    assert trial.updates[-1]["changed"] == {"ChallengerTraffic": "50", "Guardrails": "on"}
    trial.settle()
    trial.in_alarm = ("errors",)
    assert ask("traffic", traffic=60)["outcome"] == "refused"
    assert ask("traffic", traffic=50)["outcome"] == "unchanged"
    assert ask("traffic", traffic=5)["outcome"] == "started"
    assert trial.updates[-1]["changed"] == {"ChallengerTraffic": "5", "Guardrails": "off"}


def test_more_copies_for_a_shadow_are_not_guarded(ask: Ask, world: World) -> None:
    ask("test", arn(2), mode="shadow", traffic=10)
    world.settle()
    assert ask("traffic", traffic=50)["outcome"] == "started"
    assert world.updates[-1]["changed"] == {"ChallengerTraffic": "50", "Guardrails": "off"}


@pytest.mark.parametrize("lost", [True, False])
def test_a_challenger_that_was_rejected_meanwhile_gets_no_more_requests(
    ask: Ask, trial: World, lost: bool
) -> None:
    trial.add(2, "Rejected")
    if lost:
        del trial.packages[arn(2)]
    assert ask("traffic", traffic=50)["outcome"] == "refused"
    assert trial.calls == []
    assert ask("traffic", traffic=5)["outcome"] == "started"


@pytest.mark.parametrize("share", [-1, 101, 0.5, "10", True, None])
def test_a_share_that_is_no_whole_percentage_is_refused(ask: Ask, trial: World, share: Any) -> None:
    assert (ask("traffic", traffic=share)["outcome"], trial.calls) == ("refused", [])


def test_an_unknown_mode_is_refused(ask: Ask, world: World) -> None:
    assert "canary, shadow" in ask("test", mode="mirror")["reason"]


def test_promotion_swaps_the_two_in_one_update(ask: Ask, trial: World) -> None:
    trial.in_alarm = ("dev-house-prices-champion-errors",)
    assert ask("promote", by="anna")["outcome"] == "started"
    assert trial.updates[-1]["changed"] == {
        "ChampionPackage": arn(2),
        "ChallengerPackage": "",
        "ChallengerTraffic": "0",
        "Guardrails": "off",
        "ReleasedBy": "anna",
        "ReleaseReason": "promote",
    }
    trial.settle()
    assert (trial.champion, trial.packages[arn(2)].on_trial) == (arn(2), False)
    assert ask("promote", arn(2))["outcome"] == "unchanged"
    assert ask("reconcile")["outcome"] == "unchanged"


def test_a_challenger_whose_alarm_rings_is_not_promoted(ask: Ask, trial: World) -> None:
    trial.in_alarm = ("dev-house-prices-challenger-errors",)
    assert ask("promote")["outcome"] == "refused"


def test_a_challenger_rejected_meanwhile_is_not_promoted(ask: Ask, trial: World) -> None:
    trial.add(2, "Rejected")
    assert ask("promote")["outcome"] == "refused"


def test_a_discarded_challenger_is_rejected_with_the_reason_whatever_rings(ask: Ask, trial: World) -> None:
    trial.in_alarm = ("dev-house-prices-challenger-errors",)
    assert ask("discard", reason="slower")["outcome"] == "started"
    package = trial.packages[arn(2)]
    assert (package.approval, package.description) == ("Rejected", "slower")
    assert trial.updates[-1]["changed"] == {
        "ChallengerPackage": "",
        "ChallengerTraffic": "0",
        "Guardrails": "off",
    }


def test_the_reason_is_one_line_in_the_registry_and_in_the_ledger(ask: Ask, trial: World) -> None:
    ask("promote", reason="faster:\r\n\t p50\x00\x1b[1m 3 ms\u2028", by="anna\n")
    changed = trial.updates[-1]["changed"]
    assert (changed["ReleaseReason"], changed["ReleasedBy"]) == ("faster: p50 [1m 3 ms", "anna")
    trial.settle()
    trial.add(3)
    ask("test", arn(3))
    trial.settle()
    ask("discard", reason="slow\nand wrong")
    assert trial.packages[arn(3)].description == "slow and wrong"


def test_a_discard_that_was_cut_short_is_ended_by_asking_again(ask: Ask, trial: World) -> None:
    trial.crash_after = 1
    with pytest.raises(Crash):
        ask("discard")
    trial.crash_after = None
    assert ask("discard")["outcome"] == "started"
    assert trial.calls == ["reject", "update"]


@pytest.mark.parametrize("action", ["promote", "discard"])
def test_without_a_trial_there_is_nothing_to_end(ask: Ask, world: World, action: str) -> None:
    assert ask(action)["outcome"] == "refused"


@pytest.mark.parametrize("action", ["promote", "discard", "traffic"])
def test_another_package_than_the_one_on_trial_is_refused(ask: Ask, trial: World, action: str) -> None:
    assert (ask(action, arn(1), traffic=50)["outcome"], trial.calls) == ("refused", [])
    assert ask(action, arn(2), traffic=50)["outcome"] == "started"


def test_a_trial_sleeps_with_its_model_and_goes_on(ask: Ask, trial: World) -> None:
    ask("park")
    trial.settle()
    trial.endpoint = None
    assert ask("wake")["package"] == arn(1)
    assert "ChallengerPackage" not in trial.updates[-1]["changed"]


def test_a_trial_discarded_in_its_sleep_does_not_wake(ask: Ask, trial: World) -> None:
    ask("park")
    trial.settle()
    trial.endpoint = None
    assert ask("discard")["outcome"] == "parked"
    ask("wake")
    assert trial.updates[-1]["changed"]["ChallengerPackage"] == ""


def test_a_challenger_that_was_approved_in_its_sleep_wakes_as_the_champion(ask: Ask, trial: World) -> None:
    ask("park")
    trial.settle()
    trial.endpoint = None
    trial.add(2)
    assert ask("wake")["package"] == arn(2)
    assert trial.updates[-1]["changed"]["ChallengerPackage"] == ""


def test_a_package_whose_trial_never_began_may_be_released_by_hand(ask: Ask, world: World) -> None:
    world.crash_after = 1
    with pytest.raises(Crash):
        ask("test", arn(2))
    world.crash_after = None
    assert ask("release", arn(2))["outcome"] == "started"
    assert not world.packages[arn(2)].on_trial
