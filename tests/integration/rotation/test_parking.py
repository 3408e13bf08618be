"""What parks a model without anybody asking."""

from __future__ import annotations

from datetime import timedelta

import pytest

from emulator.alarms import metrics
from emulator.sagemaker import endpoints, invocation_metrics
from tests.integration.holding import Hold
from tests.integration.rotation.deployed import MODEL
from tests.integration.rotation.world import World

IDLE = {"idle_hours": 2}


@pytest.fixture
def old(world: World) -> World:
    """The endpoint was last changed three hours ago, and nobody has asked it since."""
    age(world)
    invocation_metrics.flush()
    metrics.forget("AWS/SageMaker", "Invocations")
    return world


def age(world: World) -> None:
    endpoint = endpoints.find("us-east-1", world.endpoint_name)
    endpoint.created = endpoint.modified = endpoint.modified - timedelta(hours=3)


def predict(world: World) -> None:
    world.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=world.endpoint_name, Body=b'{"instances": [{}]}', ContentType="application/json"
    )
    invocation_metrics.flush()


def test_an_idle_model_is_parked_and_comes_back(old: World) -> None:
    live = old.champion
    assert old.ask("park", **IDLE)["outcome"] == "started"
    old.settle()
    assert (old.champion, old.parked, old.endpoint()) == ("", live, None)
    assert old.ask("wake")["outcome"] == "started"
    old.assert_live(live)
    assert old.ask("park", **IDLE)["outcome"] == "unchanged"


def test_a_model_that_was_just_released_is_not_parked(old: World) -> None:
    package = old.released()
    answer = old.ask("park", **IDLE)
    assert (answer["outcome"], "made or changed 0.0 hours ago" in answer["reason"]) == ("unchanged", True)
    assert old.champion == package


def test_a_model_that_is_asked_for_predictions_is_not_parked(old: World) -> None:
    predict(old)
    answer = old.ask("park", **IDLE)
    assert (answer["outcome"], answer["reason"]) == ("unchanged", "1 predictions in 2 hours")


def test_a_model_on_trial_is_not_parked(old: World) -> None:
    old.register("PendingManualApproval")
    assert old.ask("test")["outcome"] == "started"
    old.settle()
    age(old)
    answer = old.ask("park", **IDLE)
    assert (answer["outcome"], "on trial" in answer["reason"]) == ("unchanged", True)
    assert old.ask("discard")["outcome"] == "started"
    old.settle()


def test_the_rule_that_looks_for_idleness_parks_the_model(old: World) -> None:
    """EventBridge asks the deployed function."""
    old.fire(f"{MODEL}Idle")
    old.until(lambda: old.champion, lambda champion: champion == "")
    assert old.settle()["StackStatus"] == "UPDATE_COMPLETE"


def test_a_schedule_that_finds_the_stack_busy_comes_again(fed: World, held: Hold) -> None:
    """It parks the model after the release that was running; so does the other wake it."""
    made, deleted = held("CreateModel"), held("DeleteEndpoint")
    package = fed.register()
    fed.until(fed.status, lambda status: "IN_PROGRESS" in status)
    fed.fire(f"{MODEL}Park")
    made.set()
    fed.until(lambda: (fed.champion, "IN_PROGRESS" in fed.status()), lambda now: now == ("", True))
    fed.fire(f"{MODEL}Wake")
    deleted.set()
    fed.until(lambda: (fed.champion, fed.letters("Queue")), lambda now: now == (package, 0))
    fed.assert_live(package)
    assert fed.letters("DeadLetters") == 0
    assert [entry["by"] for entry in fed.ledger()[-2:]] == ["approval", "the schedule in model.yaml"]
