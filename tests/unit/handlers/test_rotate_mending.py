"""What is done when CloudFormation says that a release is being rolled back, or that this failed too."""

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from tests.unit.handlers.rotation_world import GROUP, World, arn

Ask = Callable[..., dict[str, Any]]
Tell = Callable[..., list[str]]
CONFIG = ("Config", "AWS::SageMaker::EndpointConfig", "arn:x:endpoint-config/config-1", "UPDATE_COMPLETE")
ENDPOINT = ("Endpoint", "AWS::SageMaker::Endpoint", "arn:x:endpoint/dev-house-prices", "UPDATE_FAILED")


@pytest.fixture
def tell(load: Callable[[str], ModuleType], world: World) -> Tell:
    """Delivers a status change of the model's stack; the ids of the messages that come again."""

    def told(status: str, token: str = "", model: str = "house-prices", *more: str) -> list[str]:
        arn = f"arn:aws:cloudformation:us-east-1:123456789012:stack/lifecycle-dev-endpoint-{model}/id"
        detail = {"stack-id": arn, "status-details": {"status": status}, "client-request-token": token}
        bodies = [json.dumps({"detail": {"ModelPackageGroupName": group}}) for group in more]
        records = [
            {"messageId": f"m{index}", "body": body}
            for index, body in enumerate([*bodies, json.dumps({"detail": detail})])
        ]
        answer = load("rotate.handler").handler({"Records": records}, None)
        return [item["itemIdentifier"] for item in answer["batchItemFailures"]]

    return told


@pytest.fixture
def stuck(world: World) -> World:
    """The release of 2 failed, and its roll-back at the endpoint, which serves what it did."""
    world.status, world.stack_resources = "UPDATE_ROLLBACK_FAILED", [CONFIG, ENDPOINT]
    return world


@pytest.mark.parametrize("action", ["reconcile", "release", "test"])
def test_the_package_of_a_failed_release_is_rejected_with_the_reason(
    tell: Tell, world: World, action: str
) -> None:
    world.fail(f"{action}-2-77", "Endpoint: no capacity")
    assert tell("UPDATE_ROLLBACK_IN_PROGRESS", f"{action}-2-77") == []
    package = world.packages[arn(2)]
    assert (package.approval, package.description) == ("Rejected", "release failed: Endpoint: no capacity")


def test_the_reason_of_a_failure_is_one_line(tell: Tell, world: World) -> None:
    world.fail("release-2-77", "Endpoint: no capacity\n  (Service: SageMaker)")
    tell("UPDATE_ROLLBACK_IN_PROGRESS", "release-2-77")
    assert world.packages[arn(2)].description.endswith("no capacity (Service: SageMaker)")


def test_the_next_approval_does_not_try_it_again(tell: Tell, world: World) -> None:
    world.fail("reconcile-2-77", "Endpoint: no capacity")
    world.status = "UPDATE_ROLLBACK_COMPLETE"
    assert tell("UPDATE_ROLLBACK_IN_PROGRESS", "reconcile-2-77", "house-prices", GROUP) == []
    assert world.calls == ["reject"]


@pytest.mark.parametrize("token", ["", "rollback-2-77", "wake-2-77", "promote-2-77", "a-persons-own-2"])
def test_other_updates_that_fail_say_nothing_against_a_package(tell: Tell, world: World, token: str) -> None:
    world.fail(token, "Endpoint: no capacity")
    assert (tell("UPDATE_ROLLBACK_IN_PROGRESS", token), world.calls) == ([], [])


def test_a_cancelled_release_says_nothing_against_its_package(tell: Tell, world: World) -> None:
    assert (tell("UPDATE_ROLLBACK_IN_PROGRESS", "release-2-77"), world.calls) == ([], [])


@pytest.mark.parametrize("settles", [False, True])
def test_an_event_that_comes_again_does_not_reject_what_was_approved_and_released_again(
    ask: Ask, tell: Tell, world: World, settles: bool
) -> None:
    world.fail("reconcile-2-77", "Endpoint: no capacity")
    tell("UPDATE_ROLLBACK_IN_PROGRESS", "reconcile-2-77")
    world.add(2)
    assert ask("reconcile")["package"] == arn(2)
    if settles:
        world.settle()
    assert tell("UPDATE_ROLLBACK_IN_PROGRESS", "reconcile-2-77") == []
    assert world.calls == ["reject", "update"]


def test_an_event_that_comes_again_does_not_reject_what_was_approved_again(tell: Tell, world: World) -> None:
    world.fail("release-2-77", "Endpoint: no capacity")
    tell("UPDATE_ROLLBACK_IN_PROGRESS", "release-2-77")
    world.add(2)
    tell("UPDATE_ROLLBACK_IN_PROGRESS", "release-2-77")
    assert (world.packages[arn(2)].approval, world.calls) == ("Approved", ["reject"])


def test_a_failure_that_is_told_after_another_package_was_released_is_a_failure_still(
    ask: Ask, tell: Tell, world: World
) -> None:
    world.fail("release-2-77", "Endpoint: no capacity")
    world.add(3)
    ask("reconcile")
    world.settle()
    assert tell("UPDATE_ROLLBACK_IN_PROGRESS", "release-2-77") == []
    assert [world.packages[arn(version)].approval for version in (2, 3)] == ["Rejected", "Approved"]


@pytest.mark.parametrize(
    "then", ["tried again", "released", "released and parked", "released by an operator"]
)
def test_a_failure_that_is_told_after_the_same_package_came_in_says_nothing_against_it(
    ask: Ask, tell: Tell, world: World, then: str
) -> None:
    world.fail("release-2-77", "Endpoint: no capacity")
    if then == "released by an operator":
        world.updates.append({"token": "", "changed": {}})
        world.champion = arn(2)
    else:
        ask("reconcile")
    if then != "tried again":
        world.settle()
    if then == "released and parked":
        ask("park")
        world.settle()
    assert tell("UPDATE_ROLLBACK_IN_PROGRESS", "release-2-77") == []
    assert world.packages[arn(2)].approval == "Approved"


def test_a_package_that_failed_twice_is_rejected_by_whichever_failure_is_told_first(
    ask: Ask, tell: Tell, world: World
) -> None:
    world.fail("release-2-77", "Endpoint: no capacity")
    ask("reconcile")
    world.roll_back()
    tell("UPDATE_ROLLBACK_IN_PROGRESS", "release-2-77")
    assert world.packages[arn(2)].approval == "Rejected"


def test_a_package_is_condemned_once(tell: Tell, world: World) -> None:
    world.fail("release-2-77", "Endpoint: no capacity")
    for _ in range(2):
        tell("UPDATE_ROLLBACK_IN_PROGRESS", "release-2-77")
    assert world.calls == ["reject"]


def test_a_stack_of_no_model_here_is_given_up(tell: Tell, world: World) -> None:
    assert tell("UPDATE_ROLLBACK_FAILED", "", "other") == ["m0"]


def test_a_roll_back_goes_on_without_an_endpoint_that_serves_what_it_did(tell: Tell, stuck: World) -> None:
    assert tell("UPDATE_ROLLBACK_FAILED") == []
    assert (stuck.skipped, stuck.calls) == ([["Endpoint"]], ["continue"])


def test_the_check_that_failed_the_release_is_not_skipped(ask: Ask, stuck: World) -> None:
    stuck.stack_resources.append(("Check", "Custom::ReleaseCheck", "release-check-x", "UPDATE_FAILED"))
    assert ask("mend")["outcome"] == "started"
    assert stuck.skipped == [["Endpoint"]]


def test_a_person_may_ask_for_it_too(ask: Ask, stuck: World) -> None:
    assert ask("mend")["outcome"] == "started"


@pytest.mark.parametrize(
    ("endpoint", "config"), [("Failed", "config-1"), ("InService", "config-2"), (None, "")]
)
def test_an_endpoint_that_does_not_is_left_to_people(
    ask: Ask, tell: Tell, stuck: World, endpoint: str | None, config: str
) -> None:
    stuck.endpoint, stuck.config = endpoint, config
    assert tell("UPDATE_ROLLBACK_FAILED") == ["m0"]
    assert (ask("mend")["outcome"], stuck.calls) == ("refused", [])


def test_another_resource_that_failed_is_left_to_people(ask: Ask, stuck: World) -> None:
    stuck.stack_resources.append(("Alarm", "AWS::CloudWatch::Alarm", "alarm", "UPDATE_FAILED"))
    answer = ask("mend")
    assert (answer["outcome"], "Alarm" in answer["reason"], stuck.calls) == ("refused", True, [])


def test_a_healthy_stack_needs_no_mending(ask: Ask, tell: Tell, world: World) -> None:
    assert ask("mend")["outcome"] == "unchanged"
    assert tell("UPDATE_ROLLBACK_FAILED") == []
