"""A crash after every single call of every action, reading ones too."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.rotation.crashing import (
    DISCARDING,
    EVERY,
    MENDING,
    PARKING,
    PROMOTING,
    RELEASING,
    Step,
    crash_through,
    resizing,
)
from tests.integration.rotation.scaling import count
from tests.integration.rotation.world import World

SEQUENCES = {
    "releasing": RELEASING,
    "parking": PARKING,
    "promoting": PROMOTING,
    "discarding": DISCARDING,
    "mending": MENDING,
}


@pytest.mark.parametrize("steps", SEQUENCES.values(), ids=SEQUENCES)
def test_a_crash_after_any_call_is_mended_by_asking_again(
    world: World, steps: tuple[Step, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMULATOR_UPDATE_TO_CONFIG_IN_USE", "refuse")  # so that there is something to mend
    points = crash_through(world, steps, EVERY)
    assert min(points.values()) >= 4, points  # each action looks at four things at least before it acts


def test_a_crash_on_the_way_to_another_instance_type_is_mended_by_asking_again(
    scaled: World, deploy: Callable[..., str]
) -> None:
    points = crash_through(scaled, resizing(deploy), EVERY)
    assert min(points.values()) >= 12, points
    assert count(scaled) == 3
