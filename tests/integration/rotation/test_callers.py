"""Callers that give a key, against a deployed champion and challenger: each stays on its own variant."""

from __future__ import annotations

import json
from typing import Any

from handler_common.stack_trial import VARIANTS
from predict.trials import Trial
from tests.integration.rotation.world import World

CALLERS = [f"caller-{number}" for number in range(100)]


def predicted(world: World, key: str) -> dict[str, Any]:
    """What the deployed prediction function answers a caller with this key."""
    event = {
        "pathParameters": {"model": world.model},
        "queryStringParameters": None,
        "headers": {"Content-Type": "application/json", "X-Caller-Key": key},
        "body": json.dumps({"instances": [{"SquareFeet": 3100}]}),
        "isBase64Encoded": False,
    }
    function = world.resource("inference", "AWS::Lambda::Function", "Predict")
    answer = world.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event))
    answered = json.load(answer["Payload"])
    assert answered["statusCode"] == 200, answered
    return json.loads(answered["body"])


def test_each_caller_stays_on_its_variant_while_a_challenger_is_on_trial(world: World) -> None:
    challenger = world.register("PendingManualApproval")
    assert world.ask("test", package=challenger, traffic=50)["outcome"] == "started"
    world.settle()
    trial = Trial(challenger, 50)
    of_each = {side: [key for key in CALLERS if trial.variant(key) == side][:4] for side in VARIANTS}
    expected = {key: side for side, keys in of_each.items() for key in keys}
    first = {key: predicted(world, key) for key in expected}
    assert {key: answer["variant"] for key, answer in first.items()} == expected
    assert {key: predicted(world, key)["variant"] for key in expected} == expected
    by_variant = {answer["variant"]: answer["predictions"] for answer in first.values()}
    assert by_variant["champion"] != by_variant["challenger"]

    assert world.ask("discard")["outcome"] == "started"
    world.settle()
    # The function still believes in the trial for a while: that must cost nobody a prediction.
    assert {predicted(world, key)["variant"] for key in expected} == {"champion"}
