"""Messages of the clock: what a parking schedule asks for comes again until it can be done."""

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from tests.unit.handlers.rotation_world import GROUP, World, arn

Load = Callable[[str], ModuleType]
Deliver = Callable[..., list[str]]


@pytest.fixture
def deliver(load: Load, world: World) -> Deliver:
    """Delivers these bodies as messages m0, m1, … in one batch; returns the ids of those that come again."""

    def delivered(*bodies: dict[str, Any]) -> list[str]:
        records = [{"messageId": f"m{index}", "body": json.dumps(body)} for index, body in enumerate(bodies)]
        answer = load("rotate.handler").handler({"Records": records}, None)
        return [item["itemIdentifier"] for item in answer["batchItemFailures"]]

    return delivered


def ask(action: str, model: str = "house-prices") -> dict[str, Any]:
    return {"action": action, "model": model, "by": "the schedule in model.yaml"}


def test_the_clock_parks_and_wakes(deliver: Deliver, world: World) -> None:
    assert deliver(ask("park")) == []
    world.settle()
    assert (world.champion, world.parked) == ("", arn(1))
    assert deliver(ask("wake")) == []
    world.settle()
    assert world.champion == arn(2)
    assert world.updates[-1]["changed"]["ReleasedBy"] == "the schedule in model.yaml"


@pytest.mark.parametrize("action", ["park", "wake"])
def test_what_finds_the_stack_busy_comes_again(deliver: Deliver, world: World, action: str) -> None:
    world.status = "UPDATE_IN_PROGRESS"
    assert deliver(ask(action)) == ["m0"]


def test_a_wake_that_is_refused_comes_again(deliver: Deliver, world: World) -> None:
    world.champion, world.endpoint, world.parked, world.packages = "", None, arn(1), {}
    assert deliver(ask("wake")) == ["m0"]


def test_a_time_told_twice_is_kept_once(deliver: Deliver, world: World) -> None:
    assert deliver(ask("park"), ask("park")) == []
    assert len(world.updates) == 1


def test_a_model_that_is_to_be_parked_is_not_released_first(deliver: Deliver, world: World) -> None:
    approval = {"detail": {"ModelPackageGroupName": GROUP}}
    assert deliver(approval, ask("park")) == ["m0"]
    assert world.updates[0]["changed"]["ChampionPackage"] == ""


@pytest.mark.parametrize("body", [ask("park", "removed"), ask("rollback"), {**ask("park"), "mode": "x"}])
def test_what_the_clock_may_not_ask_for_ends_as_a_poison_message(
    deliver: Deliver, world: World, body: dict[str, Any]
) -> None:
    world.ledger = [arn(2), arn(1)]  # a roll-back would lead somewhere
    assert deliver(body) == ["m0"]
    assert world.calls == []
