"""Each right that the release role is seen to use is taken away, and a release, parking or waking fails."""

from __future__ import annotations

import pytest

from tests.integration.rotation.rights import Right, Role, recorded
from tests.integration.rotation.world import World


def test_without_any_right_that_it_uses_something_breaks(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as recording:
        asks = recorded(recording)
        live(world)
    role = Role(world.client, world.release_role)
    used = [right for right in role.rights() if right not in role.unused(asks)]
    assert len(used) >= 10
    harmless = [right for right in used if not breaks(world, role, right)]
    assert harmless == []


def live(world: World) -> None:
    """A release, parking and waking."""
    world.register()
    for action in ("reconcile", "park", "wake"):
        world.ask(action)
        world.settle()


def breaks(world: World, role: Role, right: Right) -> bool:
    """Whether the stack told of a missing right, or something was left over."""
    # An update that is no longer watched goes on in SageMaker, and the next release would only wait.
    world.until(world.endpoint, lambda found: found is not None and found["EndpointStatus"] == "InService")
    before = len(world.failures())
    with role.deprived(right):
        live(world)
    told = world.failures()[: len(world.failures()) - before]
    broken = any(right.action in failure for failure in told) or world.orphans() != []
    world.sweep_up()
    return broken
