"""Deploys and trials while autoscaling is at work: no update fails that AWS takes, no instance is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.rotation.scaling import count, limits
from tests.integration.rotation.world import World

Deploy = Callable[..., str]


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


def test_a_challenger_that_goes_takes_no_instance_of_the_champion(scaled: World) -> None:
    live = scaled.champion
    scaled.register("PendingManualApproval")
    for action in ("test", "discard"):
        assert scaled.ask(action)["outcome"] == "started"
        scaled.assert_live(live)
        assert (count(scaled), limits(scaled)) == (3, (1, 4))
