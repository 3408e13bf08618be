"""Releases that began and go wrong: the one before serves on, the stack is healthy, nothing is left over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from emulator.alarms import watch
from emulator.sagemaker import endpoints
from tests.integration.holding import Hold
from tests.integration.rotation.world import World

NOTICED = pytest.mark.parametrize("noticed", ["0", "1"], ids=["silent", "noticed"])
IN_USE = pytest.mark.parametrize("in_use", ["accept", "refuse"])


@pytest.fixture
def broken(world: World) -> Iterator[str]:
    """An approved package whose container does not come up."""
    package = world.register(broken=True)
    yield package
    world.judge(package, "Rejected")


@NOTICED
@IN_USE
def test_a_guardrail_roll_back_ends_on_the_release_before(
    world: World, broken: str, monkeypatch: pytest.MonkeyPatch, noticed: str, in_use: str
) -> None:
    """Both things that AWS does not document, each played both ways."""
    monkeypatch.setenv("EMULATOR_CFN_NOTICES_GUARDRAIL_ROLLBACK", noticed)
    monkeypatch.setenv("EMULATOR_UPDATE_TO_CONFIG_IN_USE", in_use)
    live = world.champion
    before = len(world.failures())
    assert world.ask("reconcile")["outcome"] == "started"
    stuck = world.settle()["StackStatus"] == "UPDATE_ROLLBACK_FAILED"
    assert stuck == (in_use == "refuse")
    first = world.failures()[-before - 1]
    assert first.startswith("Endpoint" if noticed == "1" else "ReleaseCheck"), first
    if stuck:
        is_mended(world)
    world.assert_kept(live)
    assert broken not in [entry["package"] for entry in world.ledger()]


def is_mended(world: World) -> None:
    """Nothing is released meanwhile; the endpoint serves what it did before, so the roll-back goes on."""
    refused = world.ask("reconcile")
    assert (refused["outcome"], "UPDATE_ROLLBACK_FAILED" in refused["reason"]) == ("refused", True)
    assert world.deliver("m1") == ["m1"]
    mended = world.ask("mend")
    assert mended["outcome"] == "started", mended


def test_a_roll_back_that_got_stuck_goes_on_by_itself(
    world: World, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CloudFormation's event reaches the deployed function, which looks at the endpoint and skips it."""
    monkeypatch.setenv("EMULATOR_UPDATE_TO_CONFIG_IN_USE", "refuse")
    live = world.champion
    world.feed(True)
    try:
        world.until(lambda: (world.approval(broken), world.status()), lambda now: now == MENDED)
    finally:
        world.feed(False)
    world.assert_kept(live)


MENDED = ("Rejected", "UPDATE_ROLLBACK_COMPLETE")


def test_a_failure_that_is_told_late_and_once_more_rejects_the_package_once(
    world: World, broken: str
) -> None:
    """Late: after another release; once more: after people have approved the package again."""
    assert world.ask("reconcile")["package"] == broken
    world.settle()
    events = world.client("cloudformation").describe_stack_events(StackName=world.stack)["StackEvents"]
    world.released()
    [failed] = [
        one
        for one in events
        if one["ResourceStatus"] == "UPDATE_ROLLBACK_IN_PROGRESS"
        and one["ClientRequestToken"].startswith(f"reconcile-{broken.rpartition('/')[2]}-")
    ]
    assert world.tell_of_stack(failed) == []
    assert world.approval(broken) == "Rejected"
    world.judge(broken, "Approved")
    assert world.tell_of_stack(failed) == []
    assert world.approval(broken) == "Approved"


def test_a_package_deleted_while_it_is_released_is_taken_back(world: World, held: Hold) -> None:
    live, package, made = world.champion, world.register(), held("CreateModel")
    assert world.ask("reconcile")["outcome"] == "started"
    world.client("sagemaker").delete_model_package(ModelPackageName=package)
    made.set()
    world.assert_kept(live)
    assert world.deliver("m1") == []
    assert world.champion == live


def test_a_champion_whose_package_was_deleted_is_rolled_back_all_the_same(world: World) -> None:
    live = world.champion
    package = world.released()
    world.client("sagemaker").delete_model_package(ModelPackageName=package)
    assert world.ask("rollback", package=package)["outcome"] == "started"
    world.assert_live(live)


def test_a_roll_back_minds_no_alarm(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be asked for because of the alarm, which must not take it back."""
    monkeypatch.setattr(watch, "evaluate_all", lambda region: None)
    before, cloudwatch = world.release_before(), world.client("cloudwatch")
    alarm = {"AlarmName": f"{world.endpoint_name}-champion-errors", "StateReason": "of the test"}
    cloudwatch.set_alarm_state(**alarm, StateValue="ALARM")
    try:
        assert world.ask("rollback")["outcome"] == "started"
        world.assert_live(before)
    finally:
        cloudwatch.set_alarm_state(**alarm, StateValue="OK")


def test_a_broken_endpoint_is_mended_by_parking_and_waking(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = world.champion
    endpoint: Any = endpoints.find("us-east-1", world.endpoint_name)
    endpoint.move("Failed", "of the test")
    assert world.ask("reconcile")["outcome"] in ("refused", "unchanged")
    assert world.ask("park")["outcome"] == "started"
    world.settle()
    assert world.endpoint() is None
    assert world.ask("wake")["outcome"] == "started"
    world.assert_live(live)
