"""A test of a challenger, whole: callers, feedback by the API and in files, the look by the clock."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from emulator.identity.policy import Ask
from handler_common import trial_record
from tests.integration.rotation.api import post
from tests.integration.rotation.rights import Role, recorded
from tests.integration.rotation.world import World

ROWS = 20
CALLERS = [f"caller-{number}" for number in range(14)]


@pytest.fixture
def table(world: World) -> str:
    return world.resource("inference", "AWS::DynamoDB::Table", "Trials")


@pytest.fixture
def asks(monkeypatch: pytest.MonkeyPatch) -> list[Ask]:
    """What the functions of tests ask for."""
    return recorded(monkeypatch)


@pytest.fixture
def challenger(world: World, table: str, asks: list[Ask]) -> Iterator[str]:
    """On trial, for half of the callers, and looked at for the first time a minute ago."""
    package = world.register("PendingManualApproval")
    assert world.ask("test", package=package, traffic=50)["outcome"] == "started"
    world.settle()
    assert look(world)["state"] == "begun"
    earlier = {":before": {"N": "-60"}}
    world.client("dynamodb").update_item(
        TableName=table,
        Key=trial_record.key(world.model),
        UpdateExpression="ADD since :before, share_since :before",
        ExpressionAttributeValues=earlier,
    )
    yield package
    look(world)


def look(world: World) -> dict[str, Any]:
    """What the deployed analysis says of the model's trial; it does nothing about it."""
    function = world.outputs("inference")["AnalysisFunctionName"]
    answer = world.client("lambda").invoke(FunctionName=function, Payload=json.dumps({"model": world.model}))
    told = json.load(answer["Payload"])
    assert "FunctionError" not in answer, told
    return told[world.model]


def predicted(world: World, key: str) -> tuple[str, str, float]:
    """(inference id, variant, prediction) of ROWS rows for a caller."""
    answer = post(world, "predictions", {"instances": [{"SquareFeet": 3100}] * ROWS}, key=key)
    assert answer.status == 200, answer.body
    return answer.body["inference_id"], answer.body["variant"], float(answer.body["predictions"][0])


def outcomes(world: World, chance: random.Random, truth: float) -> list[dict[str, Any]]:
    """Of ROWS predictions for each caller, against a truth with some noise."""
    found: list[dict[str, Any]] = []
    for key in CALLERS:
        told, _, prediction = predicted(world, key)
        found += [
            {
                "inference_id": told,
                "row": row,
                "predicted": prediction,
                "actual": truth + chance.gauss(0, 0.5),
            }
            for row in range(ROWS)
        ]
    return found


def unused(world: World, asks: list[Ask], word: str) -> set[str]:
    """What the function with the word in its id may do and was not seen to do, traces and logs aside."""
    function = world.resource("inference", "AWS::Lambda::Function", word)
    role = world.client("lambda").get_function_configuration(FunctionName=function)["Role"]
    rights = {right.action for right in Role(world.client, role).unused(asks)}
    return {action for action in rights if not action.startswith(("xray:", "logs:"))}


def version(package: str) -> float:
    """What the package's model predicts."""
    return float(package.rpartition("/")[2])


def feed(world: World, told: list[dict[str, Any]]) -> dict[str, int]:
    """Gives the outcomes through the API, several requests at the same time."""

    def give(some: list[dict[str, Any]]) -> dict[str, Any]:
        answer = post(world, "feedback", {"outcomes": some})
        assert (answer.status, answer.body.get("ignored")) == (200, []), answer.body
        return answer.body

    with ThreadPoolExecutor(4) as callers:
        answers = list(callers.map(give, [told[start : start + 40] for start in range(0, len(told), 40)]))
    return {name: sum(answer[name] for answer in answers) for name in ("counted", "repeated")}


@pytest.fixture
def mailbox(world: World) -> str:
    """A queue, by its address, that gets what people are told."""
    sqs = world.client("sqs")
    url = sqs.create_queue(QueueName="people-of-the-test")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = world.outputs("observability")["AlarmTopicArn"]
    world.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"}
    )
    return url


def test_a_better_challenger_is_promoted_by_what_callers_report(
    world: World, asks: list[Ask], challenger: str, mailbox: str
) -> None:
    told = outcomes(world, random.Random(1), truth=version(challenger))
    assert feed(world, told[:40])["counted"] == 40
    # The same again, and the rest.
    assert feed(world, told) == {"counted": len(told) - 40, "repeated": 40}
    seen = look(world)
    assert (seen["state"], seen["answer"]) == ("running", "promote")
    assert sum(side["outcomes"] for side in seen["variants"].values()) == len(told)
    assert sum(side["assigned"] for side in seen["variants"].values()) == len(CALLERS)
    assert seen["variants"]["challenger"]["mean"] < 0.5 < seen["variants"]["champion"]["mean"]

    world.fire("TrialsLook")
    world.until(lambda: world.parameters()["ChampionPackage"], lambda package: package == challenger)
    world.settle()
    world.assert_live(challenger)
    assert world.ledger()[-1]["by"] == "the analysis of the test"

    def letter() -> list[str]:
        got = world.client("sqs").receive_message(QueueUrl=mailbox, MaxNumberOfMessages=10)
        return [one["Body"] for one in got.get("Messages", []) if "says promote" in one["Body"]]

    [sentence] = world.until(letter, bool)
    assert "Done about it: promote: started." in sentence
    assert look(world)["state"] == "ended"
    late = post(world, "feedback", {"outcomes": told[:1]})
    assert late.body["ignored"] == [{"index": 0, "reason": "no trial is running"}]
    assert unused(world, asks, "TrialsAnalysis") == set()


def test_a_worse_challenger_is_discarded_by_a_file_of_outcomes(
    world: World, asks: list[Ask], challenger: str
) -> None:
    champion = world.champion
    told = outcomes(world, random.Random(2), truth=version(champion))
    bucket = world.outputs("foundation")["DataBucketName"]
    text = "\n".join(json.dumps(entry) for entry in [*told, {"row": 0}])
    world.client("s3").put_object(
        Bucket=bucket, Key=f"feedback/{world.model}/today.jsonl", Body=text.encode()
    )
    counted = world.until(
        lambda: sum(side["outcomes"] for side in look(world)["variants"].values()), lambda n: n == len(told)
    )
    assert counted == len(told)
    world.fire("TrialsLook")
    world.until(lambda: world.parameters()["ChallengerPackage"], lambda package: not package)
    world.settle()
    world.assert_live(champion)
    assert world.approval(challenger) == "Rejected"
    assert unused(world, asks, "TrialsFeedback") == set()


def test_feedback_that_is_wrong_is_refused_by_field(world: World) -> None:
    refused = post(world, "feedback", {"outcomes": [{"inference_id": "x", "predicted": 1, "actual": "2"}]})
    assert (refused.status, refused.code) == (400, "BadOutcome")
    assert "outcomes[0].inference_id must be" in refused.body["error"]["message"]
    assert "outcomes[0].actual must be a number" in refused.body["error"]["message"]
