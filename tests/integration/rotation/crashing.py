"""Walks through the actions of the rotate function again and again; each time it dies at another call."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError

from emulator import faults
from emulator.faults import Fault
from sagemaker_lifecycle import names
from tests.integration.rotation.world import World

CHANGING = "*:[!DGL]*,*:Delete*"
"""Operations that change something: all but Describe…, Get… and List…"""
EVERY = "*:*"
MOST_CALLS = 40

Fields = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """An action. `plan` answers the request, and what it changes in the world's state, crash or not;
    `goes_on`: it is asked for again until nothing begins any more."""

    name: str
    plan: Callable[[World], tuple[Fields, Fields]]
    goes_on: bool = False


def crash_through(world: World, steps: Sequence[Step], operations: str) -> dict[str, int]:
    """Round after round, crash each step after its first, second, … of the operations, until none is left.

    The last step must lead back to where the first begins. Answers how many crash points each step had;
    raises AssertionError where an end differs from what was planned.
    """
    points = dict.fromkeys((step.name for step in steps), 0)
    left = set(points)
    for point in range(1, MOST_CALLS):
        for step in steps:
            if _crashed(world, step, operations, point if step.name in left else None):
                points[step.name] = point
            else:
                left.discard(step.name)
        if not left:
            return points
    raise AssertionError(f"more than {MOST_CALLS} calls: {left}")


def _crashed(world: World, step: Step, operations: str, point: int | None) -> bool:
    """Take the step, with a crash at that point if one is given; whether the step came so far."""
    event, changes = step.plan(world)
    expected = {**world.state(), **changes}
    crash = faults.inject(Fault(operations, "crash", first=point or MOST_CALLS, role=world.role_name))
    with contextlib.suppress(BotoCoreError):  # the connection that was cut
        _take(world, step, event)
    faults.lift()
    world.settle()
    if crash.hits:
        _take(world, step, event)
    where = f"{step.name}, crashed at call {point}"
    assert world.state() == expected, where
    assert world.orphans() == [], where
    assert world.ask("reconcile")["outcome"] in ("unchanged", "parked"), where
    return crash.hits > 0


def _take(world: World, step: Step, event: Fields) -> None:
    begun = True
    while begun:
        begun = world.ask(**event)["outcome"] == "started" and step.goes_on
        world.settle()


def _live(package: str) -> Fields:
    return {"champion": package, "serving": {names.CHAMPION: package}, "last": package}


def _reconcile(world: World) -> tuple[Fields, Fields]:
    return {"action": "reconcile"}, _live(world.register())


def _release(world: World) -> tuple[Fields, Fields]:
    package = world.register()
    return {"action": "release", "package": package}, _live(package)


def _rollback(world: World) -> tuple[Fields, Fields]:
    leaving = world.champion
    changes = {**_live(world.release_before()), "rejected": sorted([*world.state()["rejected"], leaving])}
    return {"action": "rollback", "package": leaving}, changes


def _park(world: World) -> tuple[Fields, Fields]:
    return {"action": "park"}, {"champion": "", "serving": {}, "parked": world.champion}


def _wake(world: World) -> tuple[Fields, Fields]:
    return {"action": "wake"}, {**_live(world.parked or ""), "parked": None}


def _test(world: World) -> tuple[Fields, Fields]:
    package = world.register("PendingManualApproval")
    serving = {names.CHAMPION: world.champion, names.CHALLENGER: package}
    changes = {"challenger": package, "traffic": "20", "serving": serving}
    return {"action": "test", "package": package, "traffic": 20}, changes


def _traffic(world: World) -> tuple[Fields, Fields]:
    return {"action": "traffic", "traffic": 30}, {"traffic": "30"}


def _promote(world: World) -> tuple[Fields, Fields]:
    package = world.parameters()["ChallengerPackage"]
    return {"action": "promote", "package": package}, {**_live(package), **_NO_TRIAL}


def _discard(world: World) -> tuple[Fields, Fields]:
    package = world.parameters()["ChallengerPackage"]
    changes = {
        **_NO_TRIAL,
        "serving": {names.CHAMPION: world.champion},
        "rejected": sorted([*world.state()["rejected"], package]),
    }
    return {"action": "discard", "package": package}, changes


def _mend(world: World) -> tuple[Fields, Fields]:
    """Of a release whose roll-back got stuck at the endpoint, for which the emulator must refuse an update to
    the configuration in use."""
    live, broken = world.champion, world.register(broken=True)
    world.ask("release", package=broken)
    assert world.settle()["StackStatus"] == "UPDATE_ROLLBACK_FAILED"
    world.judge(broken, "Rejected")
    return {"action": "mend"}, {"champion": live}


def resizing(deploy: Callable[..., object]) -> tuple[Step, ...]:
    """The way to another instance type and back, after a deploy that wants it."""

    def to(wanted: str) -> Callable[[World], tuple[Fields, Fields]]:
        def plan(world: World) -> tuple[Fields, Fields]:
            deploy(instance_type=wanted)
            return {"action": "resize"}, {"instances": (wanted, "on")}

        return plan

    return tuple(Step(wanted, to(wanted), goes_on=True) for wanted in (LARGER, SMALLER))


SMALLER, LARGER = "ml.m5.large", "ml.m5.xlarge"
_NO_TRIAL: Fields = {"challenger": "", "traffic": "0"}

RECONCILE, ROLLBACK = Step("reconcile", _reconcile), Step("rollback", _rollback)
RELEASING = (RECONCILE, Step("release", _release), ROLLBACK)
PROMOTING = (Step("test", _test), Step("promote", _promote))
DISCARDING = (Step("test", _test), Step("traffic", _traffic), Step("discard", _discard))
MENDING = (Step("mend", _mend),)
PARKING = (Step("park", _park), Step("wake", _wake))
