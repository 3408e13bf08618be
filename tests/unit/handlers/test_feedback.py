"""Feedback: what it must be, what of it counts, and that each outcome counts once."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from types import ModuleType
from typing import Any

import boto3
import pytest
from moto import mock_aws

from handler_common import inference_id, trial_record
from handler_common.trial_record import Record, Tally

Load = Callable[[str], ModuleType]
TABLE = "trials"
NOW = int(time.time())
BEGAN = NOW - 1000


def told(request: str = "a", *, at: int = NOW, variant: str = "champion", **more: Any) -> str:
    chosen: dict[str, Any] = {"key": None, "drawn": True, **more}
    return inference_id.made(request, at, variant, **chosen)


def error(request: str = "a", predicted: Any = 3.0, actual: Any = 1.0, **more: Any) -> dict[str, Any]:
    row = {"row": more.pop("row")} if "row" in more else {}
    return {"inference_id": told(request, **more), "predicted": predicted, "actual": actual, **row}


@pytest.fixture
def table(load: Load) -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(
            TableName=TABLE,
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield client


def begin(table: Any, model: str = "house-prices", **changed: Any) -> None:
    usual: dict[str, Any] = {"champion": "c/1", "challenger": "c/2", "since": BEGAN, "traffic": 10}
    usual |= {"share_since": BEGAN, **changed}
    record = Record(**usual)
    table.put_item(TableName=TABLE, Item=trial_record.item(model, record))


def tallies(table: Any, model: str = "house-prices") -> dict[str, Tally]:
    item = table.get_item(TableName=TABLE, Key=trial_record.key(model))["Item"]
    return dict(trial_record.read(item).tallies)


@pytest.fixture
def give(load: Load, context: Any) -> Callable[..., tuple[int, Any]]:
    def given(*entries: Any, model: str = "house-prices", body: Any = None) -> tuple[int, Any]:
        event = {
            "pathParameters": {"model": model},
            "headers": {"content-type": "application/json"},
            "body": json.dumps({"outcomes": list(entries)} if body is None else body),
        }
        answer = load("feedback.handler").handler(event, context)
        return answer["statusCode"], json.loads(answer["body"])

    return given


def test_errors_are_summed_by_variant(table: Any, give: Any) -> None:
    begin(table)
    status, answer = give(error("a"), error("b", 5.0), error("c", 1.5, variant="challenger"))
    assert (status, answer) == (
        200,
        {"model": "house-prices", "counted": 3, "repeated": 0, "ignored": []},
    )
    # (3 - 1)^2 + (5 - 1)^2, and their squares.
    assert tallies(table) == {
        "champion": Tally(2, 20.0, 272.0, 2),
        "challenger": Tally(1, 0.25, 0.0625, 1),
    }


def test_conversions_are_counted(table: Any, give: Any) -> None:
    begin(table, "churn")
    entries = [{"inference_id": told(name), "converted": name == "a"} for name in "abc"]
    assert give(*entries, model="churn")[1]["counted"] == 3
    assert tallies(table, "churn")["champion"] == Tally(3, 1.0, 1.0, 3)


def test_the_same_feedback_twice_counts_once(table: Any, give: Any) -> None:
    begin(table)
    assert give(error("a"), error("a"), error("a", row=1))[1]["counted"] == 2
    status, answer = give(error("b"), error("a", predicted=9.0))
    assert (status, answer["counted"], answer["repeated"]) == (200, 1, 1)
    assert tallies(table)["champion"] == Tally(3, 12.0, 48.0, 2)


def test_a_caller_is_assigned_once_however_many_outcomes_it_has(table: Any, give: Any) -> None:
    begin(table)
    for request in "abc":
        assert give(error(request, key="ann"))[1]["counted"] == 1
    assert give(error("d", key="bob"), error("e", key="ann"))[1]["counted"] == 2
    assert tallies(table)["champion"] == Tally(5, 20.0, 80.0, 2)


def test_callers_of_an_earlier_share_of_the_traffic_are_not_assigned(table: Any, give: Any) -> None:
    begin(table, share_since=NOW - 10)
    assert give(error("a", at=NOW - 20), error("b", at=NOW))[1]["counted"] == 2
    assert (tallies(table)["champion"].n, tallies(table)["champion"].assigned) == (2, 1)


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (error(at=BEGAN - 1), "predicted before the trial began"),
        (error(at=NOW + 3600), "predicted in the future"),
        (error(drawn=False), "the variant was asked for by name"),
    ],
)
def test_an_outcome_that_says_nothing_of_the_trial_is_left_out(
    table: Any, give: Any, entry: dict[str, Any], reason: str
) -> None:
    begin(table)
    status, answer = give(error("fine"), entry)
    assert (status, answer["counted"], answer["ignored"]) == (200, 1, [{"index": 1, "reason": reason}])
    assert tallies(table)["champion"].n == 1


@pytest.mark.parametrize("ended", [None, NOW])
def test_without_a_trial_nothing_is_counted(table: Any, give: Any, ended: int | None) -> None:
    if ended:
        begin(table, ended=ended)
    status, answer = give(error())
    assert (status, answer["counted"]) == (200, 0)
    assert answer["ignored"] == [{"index": 0, "reason": "no trial is running"}]


def test_a_trial_that_changes_meanwhile_is_looked_at_again(
    table: Any, give: Any, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(table)
    counted = load("feedback.count")
    write, before = (
        counted.aws.write,
        [lambda: begin(table, share_since=NOW + 5), lambda: begin(table, share_since=NOW + 5, ended=NOW)],
    )

    def meanwhile(actions: Any) -> frozenset[int]:
        if before:
            before.pop(0)()
        return write(actions)

    monkeypatch.setattr(counted.aws, "write", meanwhile)
    answer = give(error())[1]
    assert (answer["counted"], answer["ignored"][0]["reason"]) == (0, "no trial is running")


def test_outcomes_that_others_count_meanwhile_are_not_lost(
    table: Any, give: Any, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(table)
    counted = load("feedback.count")
    write, others = counted.aws.write, [error("x"), error("y")]

    def meanwhile(actions: Any) -> frozenset[int]:
        if others:
            assert give(others.pop())[1]["counted"] == 1
        return write(actions)

    monkeypatch.setattr(counted, "FIRST_PAUSE", 0)
    monkeypatch.setattr(counted.aws, "write", meanwhile)
    assert give(error("a"))[1]["counted"] == 1
    assert tallies(table)["champion"] == Tally(3, 12.0, 48.0, 3)


def test_errors_far_apart_in_size_are_numbers_that_dynamodb_takes(table: Any, give: Any) -> None:
    begin(table)
    for number, (predicted, actual) in enumerate([(1e30, 0.0), (1e-9, 0.0), (3.0, 1.1)]):
        assert give(error(str(number), predicted, actual))[1]["counted"] == 1
    item = table.get_item(TableName=TABLE, Key=trial_record.key("house-prices"))["Item"]
    for name in ("champion_total", "champion_squares"):
        assert len(Decimal(item[name]["N"]).as_tuple().digits) <= 38


def test_who_never_gets_his_turn_is_told_to_come_again(
    table: Any, give: Any, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(table)
    counted = load("feedback.count")
    monkeypatch.setattr(counted.aws, "write", lambda _: frozenset({counted.aws.CONFLICT}))
    monkeypatch.setattr(counted, "FIRST_PAUSE", 0)
    status, answer = give(error())
    assert (status, answer["error"]["code"]) == (503, "Busy")
    assert tallies(table)["champion"].n == 0


@pytest.mark.parametrize(
    ("entry", "field", "words"),
    [
        ("x", "outcomes[0]", "must be an object"),
        (
            {**error(), "inference_id": "a"},
            "outcomes[0].inference_id",
            "inference_id of a prediction's answer",
        ),
        (error(row=100), "outcomes[0].row", "from 0 to 99"),
        (error(row=True), "outcomes[0].row", "from 0 to 99"),
        (error(predicted="3"), "outcomes[0].predicted", "must be a number"),
        (error(actual=10**400), "outcomes[0].actual", "must be a number"),
        (error(actual=1e200), "outcomes[0].actual", "within 1e+30 of predicted"),
        (
            {**error(), "converted": True},
            "outcomes[0].converted",
            "is no field; there is: inference_id, row, predicted",
        ),
    ],
)
def test_a_bad_outcome_is_refused_by_field_and_nothing_is_counted(
    table: Any, give: Any, entry: Any, field: str, words: str
) -> None:
    begin(table)
    status, answer = give(entry, error("fine"))
    assert (status, answer["error"]["field"]) == (400, field)
    assert words in answer["error"]["message"]
    assert tallies(table)["champion"].n == 0


@pytest.mark.parametrize(
    "body", [[], {}, {"outcomes": []}, {"outcomes": [1] * 41}, {"outcomes": [1], "x": 1}]
)
def test_a_body_of_another_form_is_refused(give: Any, body: Any) -> None:
    status, answer = give(body=body)
    assert (status, answer["error"]["field"]) == (400, "outcomes")


def test_an_unknown_model_is_refused(give: Any) -> None:
    status, answer = give(error(), model="nope")
    assert (status, answer["error"]["message"]) == (404, "no model 'nope'; there is: churn, house-prices")


def test_a_file_of_outcomes_counts_once_and_what_is_wrong_in_it_is_left_out(
    table: Any, load: Load, context: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    begin(table)
    lines = [json.dumps(error(str(number))) for number in range(95)]
    text = "\n".join([*lines, "{", "", json.dumps(error("z", actual=None))]).encode()
    feedback = load("feedback.handler")
    monkeypatch.setattr(
        load("feedback.aws"), "lines", lambda bucket, key: (line for line in io.BytesIO(text) if line.strip())
    )
    event = {
        "source": "aws.s3",
        "detail": {"bucket": {"name": "b"}, "object": {"key": "feedback/house-prices/1.jsonl"}},
    }
    assert feedback.handler(event, context) == {
        "key": "feedback/house-prices/1.jsonl",
        "counted": 95,
        "repeated": 0,
        "ignored": 0,
        "wrong": 2,
    }
    assert "line 96 is not JSON" in capsys.readouterr().out
    assert feedback.handler(event, context)["repeated"] == 95
    assert tallies(table)["champion"].n == 95


def test_a_file_of_an_unknown_model_is_logged(
    load: Load, context: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    event = {
        "source": "aws.s3",
        "detail": {"bucket": {"name": "b"}, "object": {"key": "feedback/nope/1.jsonl"}},
    }
    assert load("feedback.handler").handler(event, context)["counted"] == 0
    assert "no such model" in capsys.readouterr().out
