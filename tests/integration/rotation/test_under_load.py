"""Nobody who predicts notices a rotation."""

from __future__ import annotations

from tests.integration.rotation.load import Load
from tests.integration.rotation.world import World


def test_no_prediction_fails_while_releases_rotate(world: World) -> None:
    with Load(world, rate=25) as load:
        world.until(lambda: load.answers, bool)  # the function is warm, and the release before has answered
        world.released()
        world.released()
        counted = load.answers.total()
        world.until(load.answers.total, lambda now: now > counted)
    failed = {answer: count for answer, count in load.answers.items() if not answer.startswith("predicted")}
    assert failed == {}
    assert len(load.answers) == 3  # the release before, and both that followed
