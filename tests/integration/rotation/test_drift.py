"""A model whose predictions leave their range: the function's log becomes a metric, and that an alarm."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from emulator import clock
from emulator.alarms import metrics
from sagemaker_lifecycle import names
from tests.integration.rotation.api import post
from tests.integration.rotation.world import World


@pytest.fixture(autouse=True)
def forgotten(world: World) -> Iterator[None]:
    """No prediction of before, and none left behind, where it would hinder releases."""
    forget(world)
    yield
    forget(world)


def forget(world: World) -> None:
    metrics.forget(names.METRIC_NAMESPACE, names.PREDICTION_METRIC)
    world.until(lambda: state(world), lambda found: found != "ALARM")


def state(world: World) -> str:
    name = f"{world.endpoint_name}-champion-drift"
    [alarm] = world.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return alarm["StateValue"]


def release(world: World, answers: int) -> None:
    package = world.register(answers=answers)
    assert world.ask("reconcile")["outcome"] == "started"
    world.settle()
    world.assert_live(package)


def predicted(world: World, patch: pytest.MonkeyPatch, becomes: str) -> None:
    """Predictions are made until the alarm's state is so."""
    # A minute lasts three seconds: a log line needs half a second to become a metric.
    patch.setattr(clock, "scale", 1 / 20)

    def predict() -> str:
        assert post(world, "predictions", {"instances": [{"SquareFeet": 1}] * 3}).status == 200
        return state(world)

    world.until(predict, lambda found: found == becomes)


def test_predictions_out_of_their_range_alarm_and_hinder_releases(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(world, 1_000_000)
    predicted(world, monkeypatch, "ALARM")
    world.register()
    refused = world.ask("reconcile")
    assert refused["outcome"] == "refused"
    assert f"{world.endpoint_name}-champion-drift" in refused["reason"]
    assert world.ask("rollback")["outcome"] == "started"
    world.settle()


def test_predictions_within_their_range_are_well(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    release(world, 99_999)
    predicted(world, monkeypatch, "OK")
    name = metrics.key(
        names.METRIC_NAMESPACE,
        names.PREDICTION_METRIC,
        [
            {"Name": "EndpointName", "Value": world.endpoint_name},
            {"Name": "VariantName", "Value": "champion"},
        ],
    )
    now = time.time()
    world.until(lambda: metrics.statistic(name, "Average", now - 60, now + 60), lambda mean: mean == 99_999)
    assert state(world) == "OK"
