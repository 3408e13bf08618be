"""What a rotation finds in its way: it waits or refuses, says why, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from emulator import clock, faults
from emulator.alarms import watch
from emulator.faults import Fault
from emulator.sagemaker import endpoints, packages
from tests.integration.rotation.deployed import LONG
from tests.integration.rotation.world import World

REGION = "us-east-1"
READS = [
    "cloudformation:DescribeStacks",
    "cloudwatch:DescribeAlarms",
    "sagemaker:DescribeEndpoint",
    "sagemaker:ListModelPackages",
    "ssm:GetParameter*",
]


@pytest.fixture
def waiting(world: World) -> Iterator[str]:
    """A package that is approved and not released; in the end the stack was not touched."""
    before, package = world.updates(), world.register()
    yield package
    world.judge(package, "Rejected")
    assert world.updates() == before


@pytest.mark.parametrize("status", ["Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"])
def test_a_changing_endpoint_is_waited_for(
    world: World, waiting: str, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    monkeypatch.setattr(endpoints.find(REGION, world.endpoint_name), "status", status)
    answer = world.ask("reconcile")
    assert answer["outcome"] == "busy"
    assert status in answer["reason"]
    assert world.deliver("m1") == ["m1"]


@pytest.mark.parametrize("status", ["Failed", "UpdateRollbackFailed"])
def test_a_broken_endpoint_is_not_touched(
    world: World, waiting: str, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    monkeypatch.setattr(endpoints.find(REGION, world.endpoint_name), "status", status)
    answer = world.ask("release", package=waiting)
    assert answer["outcome"] == "refused"
    assert status in answer["reason"]
    assert world.deliver("m1") == ["m1"]


def test_no_release_begins_while_a_roll_back_alarm_rings(
    world: World, waiting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "evaluate_all", lambda region: None)
    alarm = f"{world.endpoint_name}-champion-errors"
    cloudwatch = world.client("cloudwatch")
    cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="of the test")
    try:
        answer = world.ask("reconcile")
        assert world.deliver("m1") == ["m1"]
    finally:
        cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="OK", StateReason="of the test")
    assert answer["outcome"] == "refused"
    assert alarm in answer["reason"]


def test_a_package_that_does_not_exist_is_refused(world: World, waiting: str) -> None:
    absent = f"{waiting.rpartition('/')[0]}/999"
    answer = world.ask("release", package=absent)
    assert (answer["outcome"], "no such package" in answer["reason"]) == ("refused", True)


@pytest.mark.parametrize("approval", ["PendingManualApproval", "Rejected"])
def test_a_package_that_nobody_approved_is_refused(world: World, waiting: str, approval: str) -> None:
    world.judge(waiting, approval)
    answer = world.ask("release", package=waiting)
    assert (answer["outcome"], approval in answer["reason"]) == ("refused", True)
    assert world.ask("reconcile")["package"] != waiting


@pytest.mark.parametrize(
    ("status", "outcome"), [("Pending", "busy"), ("InProgress", "busy"), ("Failed", "refused")]
)
def test_a_package_that_is_not_completed_is_not_released(
    world: World, waiting: str, monkeypatch: pytest.MonkeyPatch, status: str, outcome: str
) -> None:
    monkeypatch.setitem(packages.find(REGION, waiting), "ModelPackageStatus", status)
    assert world.ask("reconcile")["outcome"] == outcome
    assert world.ask("release", package=waiting)["outcome"] == outcome
    assert world.deliver("m1") == ["m1"]


@pytest.mark.parametrize("operation", READS)
def test_throttling_is_waited_out_whatever_call_it_hits(world: World, waiting: str, operation: str) -> None:
    fault = faults.inject(Fault(operation, "error", times=None, role=world.role_name))
    assert world.ask("reconcile")["outcome"] == "busy"
    assert world.deliver("m1") == ["m1"]
    assert fault.hits == 2


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("cloudformation:UpdateStack", "park"),
        ("ssm:PutParameter", "park"),
        ("cloudformation:UpdateStack", "rollback"),
        ("sagemaker:UpdateModelPackage", "rollback"),
        ("sagemaker:DescribeModelPackage", "rollback"),
    ],
)
def test_a_change_that_is_throttled_half_way_is_done_by_asking_again(
    world: World, operation: str, action: str
) -> None:
    before, live, expected = world.updates(), world.champion, world.release_before()
    fault = faults.inject(Fault(operation, "error", times=None, role=world.role_name))
    assert world.ask(action, package=live)["outcome"] == "busy"
    assert (fault.hits, world.updates()) == (1, before)
    faults.lift()
    assert world.ask(action, package=live)["outcome"] == "started"
    world.settle()
    assert world.champion == ("" if action == "park" else expected)
    assert world.updates() == before + 1


@pytest.mark.parametrize("operation", READS)
def test_a_service_that_fails_leaves_the_message_in_the_queue(
    world: World, waiting: str, operation: str
) -> None:
    faults.inject(Fault(operation, "error", times=None, code="InternalFailure", message="", status=500))
    with pytest.raises(ClientError, match="InternalFailure"):
        world.ask("reconcile")
    assert world.deliver("m1") == ["m1"]


def test_a_minute_of_throttled_cloudformation_delays_a_release(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = world.register()
    monkeypatch.setattr(clock, "scale", 1.0)
    faults.inject(Fault("cloudformation:*", "error", times=None, seconds=60, role=world.role_name))
    assert world.deliver("m1") == ["m1"]
    monkeypatch.setattr(clock, "scale", 1 / 600)
    world.until(lambda: world.deliver("m1"), lambda again: again == [])
    world.assert_live(package)


def test_a_model_whose_name_fills_the_limit_is_released(world: World) -> None:
    long = world.of(LONG)
    assert len(long.endpoint_name) <= 63
    assert len(long.group) <= 63
    package = long.register()
    assert long.deliver("m1") == []
    long.assert_live(package)
    assert long.ask("park")["outcome"] == "started"
    long.settle()
