"""The rotate function dies after any of its calls that change something; asked again, it ends what it began.

A crash after a call that only reads leaves what the call before left: `make verify` goes through those too,
and through releases of a named package.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from emulator import faults
from emulator.faults import Fault
from tests.integration.rotation.crashing import (
    CHANGING,
    DISCARDING,
    MENDING,
    PARKING,
    PROMOTING,
    RECONCILE,
    ROLLBACK,
    crash_through,
    resizing,
)
from tests.integration.rotation.scaling import count, limits
from tests.integration.rotation.world import World

Deploy = Callable[..., str]


def test_releasing_and_rolling_back_survive_a_crash_after_every_change(world: World) -> None:
    points = crash_through(world, [RECONCILE, ROLLBACK], CHANGING)
    assert points == {"reconcile": 1, "rollback": 2}


def test_parking_and_waking_survive_a_crash_after_every_change(world: World) -> None:
    points = crash_through(world, PARKING, CHANGING)
    assert points == {"park": 2, "wake": 1}


def test_trying_and_promoting_survive_a_crash_after_every_change(world: World) -> None:
    points = crash_through(world, PROMOTING, CHANGING)
    assert points == {"test": 2, "promote": 2}


def test_trying_and_discarding_survive_a_crash_after_every_change(world: World) -> None:
    points = crash_through(world, DISCARDING, CHANGING)
    assert points == {"test": 2, "traffic": 1, "discard": 2}


def test_mending_survives_a_crash_after_every_change(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMULATOR_UPDATE_TO_CONFIG_IN_USE", "refuse")
    points = crash_through(world, MENDING, CHANGING)
    assert points == {"mend": 1}


def test_another_instance_type_survives_a_crash_after_every_change(scaled: World, deploy: Deploy) -> None:
    points = crash_through(scaled, resizing(deploy), CHANGING)
    assert points == {"ml.m5.xlarge": 3, "ml.m5.large": 3}
    assert (count(scaled), limits(scaled)) == (3, (1, 4))


def test_parking_whose_answer_was_lost_and_that_was_asked_again_is_not_forgotten(world: World) -> None:
    """The SDK asks again by itself, and then finds the stack busy: with its own update."""
    live = world.champion
    patient = world.with_tries(2)
    faults.inject(Fault("cloudformation:UpdateStack", "lost", role=world.role_name))
    patient.ask("park")
    world.settle()
    assert (world.champion, world.parked) == ("", live)
    assert world.ask("wake")["outcome"] == "started"
    world.assert_live(live)


def test_a_release_whose_answer_was_lost_is_released_once(world: World) -> None:
    before, package = world.updates(), world.register()
    faults.inject(Fault("cloudformation:UpdateStack", "lost", role=world.role_name))
    assert world.deliver("m1") == ["m1"]
    world.assert_live(package)
    assert world.deliver("m1") == []
    assert world.updates() == before + 1
