"""Nobody who predicts notices a rotation. `make bench` does ten of them at a measured rate."""

from __future__ import annotations

from bench.steady_load import SteadyLoad
from emulator.server import Emulator
from tests.integration.rotation.world import World


def test_no_prediction_fails_in_a_rotation(world: World, emulator: Emulator) -> None:
    url = f"{world.outputs('inference')['ApiUrl']}models/{world.model}/predictions"
    with SteadyLoad(url, emulator.url, {"SquareFeet": 3100}) as load:
        world.until(lambda: load.predictions, bool)  # the function is warm, the release before has answered
        world.released()
        counted = len(load.predictions)
        world.until(lambda: len(load.predictions), lambda now: now > counted)
    assert load.failures() == []
    assert (
        len({one.outcome for one in load.predictions}) == 2
    )  # the release before, and the one that followed
