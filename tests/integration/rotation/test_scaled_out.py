"""Deploys and trials while autoscaling is at work: no update fails that AWS takes, no instance is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sagemaker_lifecycle import names
from tests.integration.life.deployment import ACCOUNT, QUALIFIER, REGION
from tests.integration.rotation.deployed import synthesize
from tests.integration.rotation.world import World

EXECUTION_ROLE = f"arn:aws:iam::{ACCOUNT}:role/cdk-{QUALIFIER}-cfn-exec-role-{ACCOUNT}-{REGION}"
LARGER = "ml.m5.xlarge"
Deploy = Callable[..., str]


@pytest.fixture
def deploy(world: World, tmp_path: Path) -> Iterator[Deploy]:
    """Deploys the endpoint stack with other settings, as `cdk deploy` does; answers the status it ends in."""
    folders = (tmp_path / str(number) for number in range(100))

    def deployed(**serving: int | str) -> str:
        template = synthesize(next(folders), **serving) / f"{world.stack}.template.json"
        world.client("cloudformation").update_stack(
            StackName=world.stack,
            TemplateBody=template.read_text(),
            Parameters=[{"ParameterKey": key, "UsePreviousValue": True} for key in world.parameters()],
            RoleARN=EXECUTION_ROLE,
        )
        return world.settle()["StackStatus"]

    yield deployed
    if world.settle()["StackStatus"] == "UPDATE_COMPLETE":
        world.ask("park")
        world.settle()
        deployed()


@pytest.fixture
def scaled(world: World) -> World:
    """The champion has three instances, of one to four."""
    world.client("sagemaker").update_endpoint_weights_and_capacities(
        EndpointName=world.endpoint_name,
        DesiredWeightsAndCapacities=[{"VariantName": names.CHAMPION, "DesiredInstanceCount": 3}],
    )
    assert count(world) == 3
    return world


def count(world: World) -> int:
    """Instances of the champion, once the endpoint is at rest."""
    found: Any = world.until(world.endpoint, lambda found: found["EndpointStatus"] == "InService")
    [champion] = [one for one in found["ProductionVariants"] if one["VariantName"] == names.CHAMPION]
    return champion["CurrentInstanceCount"]


def limits(world: World) -> tuple[int, int] | None:
    """Smallest and largest number of instances that autoscaling may choose, None when it does not scale."""
    found = world.client("application-autoscaling").describe_scalable_targets(
        ServiceNamespace="sagemaker",
        ResourceIds=[f"endpoint/{world.endpoint_name}/variant/{names.CHAMPION}"],
    )["ScalableTargets"]
    return (found[0]["MinCapacity"], found[0]["MaxCapacity"]) if found else None


@pytest.mark.parametrize(
    ("least", "most", "expected"),
    [(2, 6, 3), (1, 3, 3), (4, 6, 4), (1, 2, 2)],
    ids=["around", "down-to-it", "above-it", "below-it"],
)
def test_other_limits_keep_the_count_that_lies_between_them(
    scaled: World, deploy: Deploy, least: int, most: int, expected: int
) -> None:
    assert deploy(min_instances=least, max_instances=most) == "UPDATE_COMPLETE"
    assert (count(scaled), limits(scaled)) == (expected, (least, most))
    assert scaled.orphans() == []


def test_another_instance_type_is_refused_and_takes_nothing_away(scaled: World, deploy: Deploy) -> None:
    live, before = scaled.champion, scaled.instance_type()
    assert deploy(instance_type=LARGER) == "UPDATE_ROLLBACK_COMPLETE"
    assert "scalable target exists for variant champion" in " ".join(scaled.failures()[:2])
    scaled.assert_kept(live)
    assert (count(scaled), limits(scaled), scaled.instance_type()) == (3, (1, 4), before)


def test_another_instance_type_comes_without_a_pause_in_three_deploys(scaled: World, deploy: Deploy) -> None:
    live = scaled.champion
    assert deploy(max_instances=1) == "UPDATE_COMPLETE"
    assert (count(scaled), limits(scaled)) == (3, None)
    assert deploy(max_instances=1, instance_type=LARGER) == "UPDATE_COMPLETE"
    assert (count(scaled), scaled.instance_type()) == (3, LARGER)
    assert deploy(instance_type=LARGER) == "UPDATE_COMPLETE"
    assert (count(scaled), limits(scaled), scaled.instance_type()) == (3, (1, 4), LARGER)
    scaled.assert_live(live)


def test_another_instance_type_comes_with_parking_and_waking(scaled: World, deploy: Deploy) -> None:
    live = scaled.champion
    assert scaled.ask("park")["outcome"] == "started"
    scaled.settle()
    assert deploy(instance_type=LARGER) == "UPDATE_COMPLETE"
    assert scaled.ask("wake")["outcome"] == "started"
    scaled.assert_live(live)
    assert (count(scaled), limits(scaled), scaled.instance_type()) == (1, (1, 4), LARGER)


def test_a_challenger_that_goes_takes_no_instance_of_the_champion(scaled: World) -> None:
    live = scaled.champion
    scaled.register("PendingManualApproval")
    for action in ("test", "discard"):
        assert scaled.ask(action)["outcome"] == "started"
        scaled.assert_live(live)
        assert (count(scaled), limits(scaled)) == (3, (1, 4))
