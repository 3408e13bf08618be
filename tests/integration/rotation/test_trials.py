"""Champion and challenger on the real stacks, whatever SageMaker makes of a variant that comes or goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sagemaker_lifecycle import names
from tests.integration.rotation.world import World


@pytest.fixture
def pending(world: World) -> Iterator[str]:
    """A package that waits for its approval; rejected in the end, unless it became the champion."""
    package = world.register("PendingManualApproval")
    yield package
    world.settle()
    if world.parameters()["ChallengerPackage"]:
        world.ask("discard")
        world.settle()


@pytest.mark.parametrize("variants", ["refuse", "accept"])
def test_a_challenger_is_tried_and_promoted(
    world: World, pending: str, monkeypatch: pytest.MonkeyPatch, variants: str
) -> None:
    monkeypatch.setenv("EMULATOR_VARIANT_CHANGE_UNDER_GUARDRAILS", variants)
    champion = world.champion
    assert world.ask("test", traffic=20)["outcome"] == "started"
    world.assert_live(champion)
    assert world.serving() == {"champion": champion, "challenger": pending}
    assert world.deliver("m1") == []
    assert world.ask("traffic", traffic=50)["outcome"] == "started"
    world.assert_live(champion)
    assert world.ask("promote", by="anna")["outcome"] == "started"
    world.assert_live(pending)
    assert world.serving() == {"champion": pending}
    newest = world.ledger()[-1]
    assert (newest["by"], newest["reason"], newest["replaced"]) == ("anna", "promote", champion)
    assert world.ask("reconcile")["outcome"] == "unchanged"


def test_a_shadow_is_tried_and_discarded(world: World, pending: str) -> None:
    champion = world.champion
    assert world.ask("test", mode="shadow", traffic=100)["outcome"] == "started"
    world.assert_live(champion)
    assert world.serving() == {"champion": champion, "challenger": pending}
    assert world.ask("discard", reason="slower")["outcome"] == "started"
    world.assert_live(champion)
    assert world.serving() == {"champion": champion}
    described = world.client("sagemaker").describe_model_package(ModelPackageName=pending)
    assert (described["ModelApprovalStatus"], described["ApprovalDescription"]) == ("Rejected", "slower")


def test_a_trial_and_its_promotion_keep_the_count_that_autoscaling_reached(
    world: World, pending: str
) -> None:
    world.client("sagemaker").update_endpoint_weights_and_capacities(
        EndpointName=world.endpoint_name,
        DesiredWeightsAndCapacities=[{"VariantName": names.CHAMPION, "DesiredInstanceCount": 3}],
    )
    settled(world)
    assert world.ask("test")["outcome"] == "started"
    world.settle()
    assert counts(world) == {"champion": 3, "challenger": 1}
    assert world.ask("promote")["outcome"] == "started"
    world.assert_live(pending)
    assert counts(world) == {"champion": 3}


def settled(world: World) -> Any:
    return world.until(world.endpoint, lambda found: found["EndpointStatus"] == "InService")


def counts(world: World) -> dict[str, int]:
    return {one["VariantName"]: one["CurrentInstanceCount"] for one in settled(world)["ProductionVariants"]}
