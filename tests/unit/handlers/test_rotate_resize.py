"""Another instance type for an autoscaled endpoint: which step is taken in which state, and by whom."""

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from tests.unit.handlers.rotation_world import GROUP, World, arn, client_error

Load = Callable[[str], ModuleType]
Ask = Callable[..., dict[str, Any]]
Tell = Callable[..., list[str]]
OLD, NEW, OTHER = "ml.m5.large", "ml.m5.xlarge", "ml.c5.large"
PAUSE = {"Autoscaling": "paused", "RefusedInstanceType": ""}
CHANGE = {"InstanceType": NEW, "Guardrails": "on"}
RESUME = {"Autoscaling": "on", "RefusedInstanceType": ""}
REFUSE = {"Autoscaling": "on", "RefusedInstanceType": NEW}


@pytest.fixture(autouse=True)
def newest_is_live(world: World) -> None:
    world.champion, world.ledger, world.status = arn(2), [arn(2)], "UPDATE_COMPLETE"


@pytest.fixture
def tell(load: Load, world: World) -> Tell:
    """Delivers that an update of the model's stack has ended; the ids of the messages that come again."""

    def told(*approved: str) -> list[str]:
        stack = "arn:aws:cloudformation:us-east-1:123456789012:stack/lifecycle-dev-endpoint-house-prices/id"
        ended = {"detail": {"stack-id": stack, "status-details": {"status": world.status}}}
        bodies = [ended, *({"detail": {"ModelPackageGroupName": group}} for group in approved)]
        records = [{"messageId": f"m{index}", "body": json.dumps(body)} for index, body in enumerate(bodies)]
        answer = load("rotate.handler").handler({"Records": records}, None)
        return [item["itemIdentifier"] for item in answer["batchItemFailures"]]

    return told


def changed(world: World) -> list[dict[str, str]]:
    return [update["changed"] for update in world.updates]


def fail(world: World, step: str, status: str = "UPDATE_ROLLBACK_COMPLETE") -> None:
    """The stack's last update was this step, and it was rolled back."""
    world.updates.append({"token": f"resize-{step}-17", "changed": {}})
    world.status = status


@pytest.mark.parametrize(
    ("now", "autoscaling", "refused", "expected"),
    [
        (OLD, "on", "", PAUSE),
        (OLD, "on", OTHER, PAUSE),
        (OLD, "paused", "", CHANGE),
        (NEW, "paused", "", RESUME),
        (NEW, "on", "", None),
        # Refused: nothing, until model.yaml wants something else.
        (OLD, "on", NEW, None),
        (OLD, "paused", NEW, {"Autoscaling": "on"}),
        (NEW, "on", OTHER, RESUME),
    ],
)
def test_the_next_step_follows_from_the_parameters(
    tell: Tell, world: World, now: str, autoscaling: str, refused: str, expected: dict[str, str] | None
) -> None:
    world.autoscale(now, NEW, autoscaling, refused)
    assert tell() == []
    assert changed(world) == ([] if expected is None else [expected])


def test_a_deployed_type_comes_in_three_updates_and_no_more(tell: Tell, world: World) -> None:
    world.autoscale(OLD, NEW)
    for _ in range(5):
        assert tell() == []
        world.settle()
    assert changed(world) == [PAUSE, CHANGE, RESUME]
    assert world.instances == {"InstanceType": NEW, "Autoscaling": "on", "RefusedInstanceType": ""}
    assert (world.champion, world.ledger) == (arn(2), [arn(2)])


def test_a_type_that_fails_is_refused_once_and_autoscaling_goes_on(tell: Tell, world: World) -> None:
    world.autoscale(OLD, NEW)
    for ends in (world.settle, world.roll_back, world.settle, world.settle):
        assert tell() == []
        ends()
    assert changed(world) == [PAUSE, CHANGE, REFUSE]
    assert world.instances == {"InstanceType": OLD, "Autoscaling": "on", "RefusedInstanceType": NEW}
    assert [package.approval for package in world.packages.values()] == ["Approved"] * 2


def test_a_type_that_autoscaling_cannot_be_paused_for_is_refused_once(
    ask: Ask, tell: Tell, world: World
) -> None:
    world.autoscale(OLD, NEW)
    for ends in (world.roll_back, world.settle):
        assert tell() == []
        ends()
    assert changed(world) == [PAUSE, REFUSE]
    assert "was refused" in ask("resize")["reason"]  # the clock too
    assert ask("reconcile")["outcome"] == "started"
    assert changed(world)[2:] == [PAUSE]


def test_a_failed_step_is_no_release_that_failed(load: Load, world: World) -> None:
    tokens = [load("rotate.mending").condemned_version(f"resize-{step}-17") for step in ("change", "2")]
    assert tokens == [None, None]


@pytest.mark.parametrize(
    ("failed", "now", "expected"),
    [("resume", NEW, RESUME), ("refuse", OLD, REFUSE)],
)
def test_a_step_back_to_autoscaling_that_fails_is_tried_again_by_the_clock_alone(
    ask: Ask, tell: Tell, world: World, failed: str, now: str, expected: dict[str, str]
) -> None:
    world.autoscale(now, NEW, "paused")
    fail(world, failed)
    assert tell() == []
    assert len(world.updates) == 1
    assert ask("resize")["outcome"] == "started"
    assert changed(world)[1:] == [expected]


def test_a_release_that_fails_between_two_steps_stops_none(tell: Tell, world: World) -> None:
    world.autoscale(OLD, NEW, "paused")
    world.updates.append({"token": "reconcile-3-17", "changed": {}})
    world.status = "UPDATE_ROLLBACK_COMPLETE"
    assert tell() == []
    assert changed(world)[1:] == [CHANGE]


def test_a_type_that_alarms_took_back_is_refused_while_they_ring(tell: Tell, world: World) -> None:
    world.autoscale(OLD, NEW, "paused")
    fail(world, "change")
    world.in_alarm = ("errors",)
    assert tell() == []
    assert changed(world)[1:] == [REFUSE]


def test_what_failed_before_an_update_that_succeeded_counts_no_more(tell: Tell, world: World) -> None:
    world.autoscale(OLD, NEW, "paused")
    fail(world, "change", "UPDATE_COMPLETE")
    assert tell() == []
    assert changed(world)[1:] == [CHANGE]


def test_asking_by_hand_tries_a_refused_type_again_and_an_approval_does_not(
    ask: Ask, deliver: Any, tell: Tell, world: World
) -> None:
    world.autoscale(OLD, NEW, "on", NEW)
    assert deliver(GROUP) == []
    assert "was refused" in ask("resize")["reason"]
    assert world.updates == []
    assert ask("reconcile")["reason"] == f"autoscaling pauses while {OLD} becomes {NEW}"
    for _ in range(3):
        world.settle()
        assert tell() == []
    assert changed(world) == [PAUSE, CHANGE, RESUME]


def test_an_approval_takes_the_step_that_an_event_was_lost_of(deliver: Any, world: World) -> None:
    world.autoscale(OLD, NEW, "paused")
    assert deliver(GROUP) == []
    assert changed(world) == [CHANGE]
    assert world.updates[0]["token"].startswith("resize-change-")


def test_a_release_goes_first_and_leaves_the_type_alone(tell: Tell, world: World) -> None:
    world.autoscale(OLD, NEW, "paused")
    world.add(3)
    assert tell(GROUP) == ["m0"]
    assert (changed(world)[0]["ChampionPackage"], "InstanceType" in changed(world)[0]) == (arn(3), False)
    world.settle()
    assert tell() == []
    assert changed(world)[1:] == [CHANGE]


@pytest.mark.parametrize(
    ("on_trial", "in_alarm", "why"),
    [(arn(1), (), "the end of the trial of"), ("", ("errors",), "the alarms in ALARM: errors")],
)
def test_the_change_waits_with_autoscaling_on_for_a_trial_and_for_alarms(
    ask: Ask, tell: Tell, world: World, on_trial: str, in_alarm: tuple[str, ...], why: str
) -> None:
    world.challenger, world.in_alarm = on_trial, in_alarm
    world.autoscale(OLD, NEW, "paused")
    assert tell() == []
    assert changed(world) == [RESUME]
    world.settle()
    assert tell() == []
    assert why in ask("resize")["reason"]
    assert len(world.updates) == 1
    world.challenger, world.in_alarm = "", ()
    assert tell() == []
    assert changed(world)[1:] == [PAUSE]


def test_an_endpoint_that_just_scales_is_waited_for(tell: Tell, world: World) -> None:
    world.autoscale(OLD, NEW)
    world.endpoint = "Updating"
    assert tell() == ["m0"]
    assert world.updates == []


def test_a_broken_endpoint_is_left_to_people_and_asked_about_by_the_clock(tell: Tell, world: World) -> None:
    world.autoscale(OLD, NEW)
    world.endpoint = "Failed"
    assert tell() == []
    assert world.updates == []


def test_two_at_once_are_told_apart_by_the_stacks_lock(tell: Tell, world: World) -> None:
    world.autoscale(OLD, NEW)
    text = "Stack:arn:aws:cloudformation:x:1:stack/s/1 is in UPDATE_IN_PROGRESS state and can not be updated."
    world.update_error = client_error("ValidationError", text)
    assert tell() == ["m0"]


def test_a_model_that_is_not_autoscaled_has_no_steps(ask: Ask, tell: Tell, world: World) -> None:
    assert tell() == []
    assert (world.updates, "not autoscaled" in ask("resize")["reason"]) == ([], True)


def test_a_parked_model_has_no_steps(ask: Ask, tell: Tell, world: World) -> None:
    world.champion, world.endpoint, world.parked = "", None, arn(2)
    world.autoscale(OLD, NEW)
    assert tell() == []
    assert (world.updates, f"the next one is of {NEW}" in ask("resize")["reason"]) == ([], True)


@pytest.mark.parametrize(
    ("refused", "expected"),
    [
        ("", {"Autoscaling": "on", "InstanceType": NEW, "RefusedInstanceType": ""}),
        (OTHER, {"Autoscaling": "on", "InstanceType": NEW, "RefusedInstanceType": ""}),
        (NEW, {"Autoscaling": "on"}),
    ],
)
def test_a_new_endpoint_is_of_the_wanted_type_unless_that_was_refused(
    ask: Ask, world: World, refused: str, expected: dict[str, str]
) -> None:
    world.champion, world.endpoint, world.parked = "", None, arn(2)
    world.autoscale(OLD, NEW, "paused", refused)
    assert ask("wake")["outcome"] == "started"
    [update] = changed(world)
    assert {name: text for name, text in update.items() if name in world.instances} == expected


def test_the_first_release_is_of_the_wanted_type(deliver: Any, world: World) -> None:
    world.champion, world.endpoint, world.ledger = "", None, []
    world.autoscale(OLD, NEW)
    assert deliver(GROUP) == []
    assert changed(world)[0]["InstanceType"] == NEW


def test_where_condemning_fails_nothing_else_is_done_for_the_model(
    load: Load, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    events, asked = load("rotate.events"), list[str]()

    def rotate(request: Any, settings: Any) -> dict[str, str]:
        asked.append(request.action)
        raise client_error("Throttling", "Rate exceeded")

    monkeypatch.setattr(events, "rotate", rotate)
    stack = "arn:aws:cloudformation:us-east-1:123456789012:stack/lifecycle-dev-endpoint-house-prices/id"
    failed = {"stack-id": stack, "client-request-token": "release-2-17"}
    failed |= {"status-details": {"status": "UPDATE_ROLLBACK_IN_PROGRESS"}}
    bodies = [{"detail": {"ModelPackageGroupName": GROUP}}, {"detail": failed}]
    records = [{"messageId": str(index), "body": json.dumps(body)} for index, body in enumerate(bodies)]
    with pytest.raises(events.RotationsFailedError):
        load("rotate.handler").handler({"Records": records}, None)
    assert asked == ["failed"]
