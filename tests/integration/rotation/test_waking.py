"""A prediction wakes the model that it finds parked: through the real API, by the deployed functions."""

from __future__ import annotations

from tests.integration.rotation.api import Answer, post
from tests.integration.rotation.world import World


def predict(world: World) -> Answer:
    """Asks the API for a prediction of the world's model."""
    return post(world, "predictions", {"instances": [{"SquareFeet": 3100}]})


def test_a_prediction_wakes_the_parked_model_and_is_answered_later(world: World) -> None:
    live = world.champion
    assert world.ask("park")["outcome"] == "started"
    world.settle()
    refused = predict(world)
    assert (refused.status, refused.code, refused.retry_after) == (503, "ModelWaking", "60")
    world.until(lambda: predict(world).status, lambda status: status == 200)
    world.assert_live(live)
    assert world.ledger()[-1]["by"] == "a prediction"
