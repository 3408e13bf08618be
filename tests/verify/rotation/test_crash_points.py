"""A crash after every single call of every action, reading ones too."""

from __future__ import annotations

import pytest

from tests.integration.rotation.crashing import EVERY, PARKING, RELEASING, Step, crash_through
from tests.integration.rotation.world import World


@pytest.mark.parametrize("steps", [RELEASING, PARKING], ids=["releasing", "parking"])
def test_a_crash_after_any_call_is_mended_by_asking_again(world: World, steps: tuple[Step, ...]) -> None:
    points = crash_through(world, steps, EVERY)
    assert min(points.values()) >= 4, points  # each action looks at four things at least before it acts
