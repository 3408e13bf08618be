"""Events that come twice, at once, in bursts and out of order, and people who change things meanwhile."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from emulator import edge
from emulator.edge import Call
from sagemaker_lifecycle import names
from tests.integration.holding import Hold
from tests.integration.rotation.deployed import ENVIRONMENT
from tests.integration.rotation.world import World
from tests.waiting import SECONDS


@pytest.fixture
def before_update(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Called, one an update, between the rotate function's last look and its UpdateStack."""
    waiting: list[Any] = []

    def intercept(call: Call) -> None:
        ours = (call.principal.role_arn or "").endswith(world.role_name)
        if ours and call.operation == "UpdateStack" and waiting:
            waiting.pop(0)()

    monkeypatch.setattr(edge, "interceptors", [*edge.interceptors, intercept])
    yield waiting
    assert waiting == []


def by_hand(world: World, token: str | None = None, **changed: str) -> None:
    """An operator changes the stack's parameters, by an update with this token."""
    world.client("cloudformation").update_stack(
        **({"ClientRequestToken": token} if token else {}),
        StackName=world.stack,
        UsePreviousTemplate=True,
        Parameters=[
            {"ParameterKey": key, "ParameterValue": changed[key]}
            if key in changed
            else {"ParameterKey": key, "UsePreviousValue": True}
            for key in world.parameters()
        ],
    )


def test_a_duplicate_event_releases_once(world: World) -> None:
    before, package = world.updates(), world.register()
    assert world.deliver("m1", "m2") == []
    world.assert_live(package)
    assert world.deliver("m3") == []
    assert world.updates() == before + 1


def test_of_two_rotations_at_once_one_begins_and_the_other_waits(
    world: World, before_update: list[Any]
) -> None:
    before, package = world.updates(), world.register()
    both = threading.Barrier(2, timeout=SECONDS)
    before_update += [both.wait, both.wait]
    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(lambda _: world.ask("reconcile")["outcome"], range(2)))
    assert outcomes == ["busy", "started"]
    world.assert_live(package)
    assert world.updates() == before + 1


def test_while_a_deploy_holds_the_stack_everything_waits(world: World, held: Hold) -> None:
    package, made = world.register(), held("CreateModel")
    assert world.ask("release", package=package)["outcome"] == "started"
    newer = world.register()
    assert [world.ask(action)["outcome"] for action in ("reconcile", "rollback", "park", "wake")] == [
        "busy"
    ] * 4
    assert world.deliver("m1") == ["m1"]
    made.set()
    world.assert_live(package)
    assert world.deliver("m1") == []
    world.assert_live(newer)


def test_approved_rejected_and_approved_again_is_released(world: World) -> None:
    live, package = world.champion, world.register("PendingManualApproval")
    world.judge(package, "Approved")
    world.judge(package, "Rejected")
    assert world.deliver("m1") == []
    assert world.champion == live
    world.judge(package, "Approved")
    assert world.deliver("m2", "m3") == []
    world.assert_live(package)


def test_a_package_rejected_before_its_model_is_made_is_not_released(world: World, held: Hold) -> None:
    """SageMaker makes no model of a package that is not approved."""
    before, package, made = world.champion, world.register(), held("CreateModel")
    assert world.ask("reconcile")["outcome"] == "started"
    world.judge(package, "Rejected")
    made.set()
    world.assert_kept(before)
    assert world.deliver("m1") == []
    assert world.champion == before


def test_an_operator_who_is_quicker_makes_the_rotation_wait(world: World, before_update: list[Any]) -> None:
    package = world.register()
    before_update.append(lambda: by_hand(world, ChampionPackage=world.ledger()[0]["package"]))
    assert world.deliver("m1") == ["m1"]
    world.settle()
    assert world.deliver("m1") == []
    world.assert_live(package)


def test_what_an_operator_released_by_hand_is_in_the_ledger_and_no_trap(world: World) -> None:
    live = world.champion
    by_hand_package = world.register()
    by_hand(world, ChampionPackage=by_hand_package)
    world.assert_live(by_hand_package)
    assert world.ask("rollback")["outcome"] == "started"
    world.assert_live(live)


def test_a_skewed_clock_does_not_change_which_release_came_before(world: World) -> None:
    """The order of the ledger counts, not its times: the functions' clocks may disagree."""
    entries, live, before = world.ledger(), world.champion, world.release_before()
    for number, entry in enumerate(entries):
        entry["at"] = f"{2099 - number}-01-01T00:00:00+00:00"
    world.client("ssm").put_parameter(
        Name=names.releases_parameter(ENVIRONMENT, world.model), Value=json.dumps(entries), Overwrite=True
    )
    answer = world.ask("rollback", package=live)
    assert (answer["outcome"], answer["package"]) == ("started", before)
    world.assert_live(before)
    newer = world.register()
    assert world.deliver("m1") == []
    world.assert_live(newer)


def test_the_count_that_autoscaling_reached_is_kept(world: World) -> None:
    sagemaker = world.client("sagemaker")
    sagemaker.update_endpoint_weights_and_capacities(
        EndpointName=world.endpoint_name,
        DesiredWeightsAndCapacities=[{"VariantName": names.CHAMPION, "DesiredInstanceCount": 3}],
    )

    def settled() -> Any:
        return world.until(world.endpoint, lambda found: found["EndpointStatus"] == "InService")

    settled()
    world.released()
    [champion] = settled()["ProductionVariants"]
    assert (champion["CurrentInstanceCount"], champion["DesiredInstanceCount"]) == (3, 3)
