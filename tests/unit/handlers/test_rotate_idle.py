"""Parking an endpoint that nobody asks: when it is idle, and when that is not so sure."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from tests.unit.handlers.rotation_world import World, arn

Load = Callable[[str], ModuleType]
Ask = Callable[..., dict[str, Any]]


def test_an_endpoint_that_nobody_asked_is_parked(ask: Ask, world: World) -> None:
    assert ask("park", idle_hours=2)["outcome"] == "started"
    world.settle()
    assert (world.champion, world.parked) == ("", arn(1))
    assert ask("park", idle_hours=2)["outcome"] == "unchanged"


def test_an_endpoint_that_was_asked_is_not_parked(ask: Ask, world: World) -> None:
    world.invocations = 1
    answer = ask("park", idle_hours=2)
    assert (answer["outcome"], answer["reason"]) == ("unchanged", "1 predictions in 2 hours")
    assert world.calls == []


@pytest.mark.parametrize(("hours", "outcome"), [(1.99, "unchanged"), (2.0, "started")])
def test_an_endpoint_that_was_made_or_changed_meanwhile_is_not_parked(
    ask: Ask, world: World, hours: float, outcome: str
) -> None:
    world.unchanged_hours = hours
    assert ask("park", idle_hours=2)["outcome"] == outcome


def test_a_trial_is_not_parked_however_idle(ask: Ask, world: World) -> None:
    world.challenger = arn(2)
    answer = ask("park", idle_hours=2)
    assert (answer["outcome"], world.calls) == ("unchanged", [])
    assert "on trial" in answer["reason"]


def test_an_endpoint_that_is_gone_is_not_parked_for_idleness(ask: Ask, world: World) -> None:
    world.endpoint = None
    assert ask("park", idle_hours=2)["reason"] == "the endpoint is not there"
    assert world.calls == []


def test_parking_by_hand_minds_no_prediction(ask: Ask, world: World) -> None:
    world.invocations = 1000
    assert ask("park")["outcome"] == "started"


def test_while_the_stack_is_busy_nothing_is_parked(ask: Ask, world: World) -> None:
    world.status = "UPDATE_IN_PROGRESS"
    assert ask("park", idle_hours=2)["outcome"] == "busy"


@pytest.mark.parametrize("hours", [0, 169, 2.5, True, "2"])
def test_hours_out_of_bounds_are_refused(ask: Ask, hours: object) -> None:
    answer = ask("park", idle_hours=hours)
    assert (answer["outcome"], "a whole number from 1 to 168" in answer["reason"]) == ("refused", True)
