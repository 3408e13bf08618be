"""The function that looks at trials: the record it keeps, what it tells, what it asks for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from analyse_test.guardrails import Traffic
from analyse_test.trial import Seen
from handler_common import trial_record
from handler_common.trial_record import Record, Tally

Load = Callable[[str], ModuleType]
MODEL = "house-prices"
NOW = 1_790_000_000
OLD, NEW, OTHER = "arn:package/1", "arn:package/2", "arn:package/3"
CALM = {name: Traffic(1000, 0, 5.0) for name in ("champion", "challenger")}
# A mean squared error of 4 against one of 2, each surely.
BETTER = {"champion": Tally(5000, 20_000.0, 120_000.0, 4500), "challenger": Tally(600, 1200.0, 5000.0, 500)}
WORSE = {"champion": Tally(5000, 10_000.0, 40_000.0, 4500), "challenger": Tally(600, 2400.0, 14_000.0, 500)}
EVEN = {"champion": Tally(5000, 20_000.0, 120_000.0, 4500), "challenger": Tally(600, 2390.0, 14_000.0, 500)}
SKEWED = {"champion": Tally(5000, 20_000.0, 120_000.0, 4500), "challenger": Tally(600, 1200.0, 5000.0, 900)}


class Amazon:
    """The services but the table: what they are, and what was asked of them."""

    def __init__(self) -> None:
        self.stack: Seen | None = seen()
        self.traffic = CALM
        self.outcome = "started"
        self.asked: list[dict[str, Any]] = []
        self.told: list[dict[str, Any]] = []

    def ask(self, function: str, request: dict[str, Any]) -> dict[str, Any]:
        self.asked.append({"function": function, **request})
        return {"outcome": self.outcome}


def seen(status: str = "UPDATE_COMPLETE", **changed: str) -> Seen:
    values = {
        "ChampionPackage": OLD,
        "ChallengerPackage": NEW,
        "ChallengerTraffic": "10",
        "ChallengerMode": "canary",
    }
    return Seen(status, values | changed)


@pytest.fixture
def table(load: Load) -> Iterator[Any]:
    load("analyse_test.aws")
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(
            TableName="trials",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield client


@pytest.fixture
def amazon(load: Load, table: Any, monkeypatch: pytest.MonkeyPatch) -> Amazon:
    made = Amazon()
    aws, look = load("analyse_test.aws"), load("analyse_test.look")
    monkeypatch.setattr(
        aws, "stack", lambda name: made.stack if name == f"lifecycle-dev-endpoint-{MODEL}" else None
    )
    monkeypatch.setattr(load("analyse_test.traffic"), "of", lambda *_: made.traffic)
    monkeypatch.setattr(aws, "ask", made.ask)
    monkeypatch.setattr(aws, "tell", made.told.append)
    monkeypatch.setattr(look.time, "time", lambda: NOW)
    return made


@pytest.fixture
def look(load: Load, amazon: Amazon, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    handler = load("analyse_test.handler")

    def looked(*, act: bool = True, **changed: Any) -> dict[str, Any]:
        experiments = {name: replace(told, **changed) for name, told in handler.EXPERIMENTS.items()}
        monkeypatch.setattr(handler, "EXPERIMENTS", experiments)
        return handler.handler({"act": act}, None)[MODEL]

    return looked


def keep(table: Any, **changed: Any) -> Record:
    record = replace(Record(OLD, NEW, NOW - 5000, 10, NOW - 5000), **changed)
    table.put_item(TableName="trials", Item=trial_record.item(MODEL, record))
    return record


def kept(table: Any, identifier: str = f"trial/{MODEL}") -> Record:
    return trial_record.read(table.get_item(TableName="trials", Key={"id": {"S": identifier}})["Item"])


def test_a_trial_that_is_first_seen_begins_when_its_share_has_settled(table: Any, look: Any) -> None:
    assert look()["state"] == "begun"
    assert kept(table) == Record(OLD, NEW, NOW + 30, 10, NOW + 30)


@pytest.mark.parametrize("ended", [None, NOW - 1000])
def test_another_trial_takes_the_place_of_the_one_before_which_is_kept(
    table: Any, look: Any, ended: int | None
) -> None:
    before = keep(table, challenger=OTHER, tallies=BETTER, ended=ended)
    assert look()["state"] == "begun"
    assert kept(table) == Record(OLD, NEW, NOW + 30, 10, NOW + 30)
    assert kept(table, f"ended/{MODEL}/{before.since}") == replace(before, ended=ended or NOW + 30)


def test_another_champion_makes_another_trial(table: Any, look: Any) -> None:
    keep(table, champion=OTHER, tallies=BETTER)
    assert look()["state"] == "begun"
    assert kept(table).tallies["champion"].n == 0


def test_a_new_share_keeps_the_outcomes_and_assigns_anew(table: Any, look: Any, amazon: Amazon) -> None:
    amazon.stack = seen(ChallengerTraffic="25")
    keep(table, tallies=BETTER)
    assert look(act=False)["answer"] == "promote"  # and not stopped for a ratio that the share before made
    found = kept(table)
    assert (found.traffic, found.share_since, found.since) == (25, NOW + 30, NOW - 5000)
    assert [found.tallies[name].assigned for name in ("champion", "challenger")] == [0, 0]
    assert found.tallies["champion"].n == 5000


@pytest.mark.parametrize(
    "stack",
    [
        None,
        seen(ChallengerPackage=""),
        seen(ChallengerPackage="", ChampionPackage=""),
        seen(ChallengerMode="shadow"),
    ],
)
def test_a_trial_without_a_challenger_that_answers_is_over(
    table: Any, look: Any, amazon: Amazon, stack: Seen | None
) -> None:
    amazon.stack = stack
    assert look()["state"] == "none"
    keep(table, tallies=EVEN, answer="inconclusive", reason="so far")
    answer = look()
    assert (answer["state"], answer["answer"], answer["ended"]) == ("ended", "inconclusive", NOW)
    assert kept(table).ended == NOW
    assert look()["state"] == "ended"


@pytest.mark.parametrize(
    ("stack", "state"),
    [
        (seen("UPDATE_IN_PROGRESS"), "changing"),
        (seen("UPDATE_ROLLBACK_FAILED"), "changing"),
        (seen(ChampionPackage=""), "parked"),
    ],
)
def test_nothing_is_concluded_while_the_endpoint_is_not_what_the_stack_says(
    table: Any, look: Any, amazon: Amazon, stack: Seen, state: str
) -> None:
    amazon.stack = stack
    record = keep(table, tallies=BETTER)
    assert look(auto_promote=True)["state"] == state
    assert (kept(table), amazon.asked, amazon.told) == (record, [], [])


def test_a_verdict_is_kept_and_told_once_and_nothing_is_done_without_auto_promote(
    table: Any, look: Any, amazon: Amazon
) -> None:
    keep(table, tallies=BETTER)
    answer = look()
    assert (answer["answer"], kept(table).answer, amazon.asked) == ("promote", "promote", [])
    assert answer["improvement"] == pytest.approx(2.0)
    [told] = amazon.told
    assert (told["answer"], told["model"], told["done"]) == ("promote", MODEL, "nothing")
    look()
    assert len(amazon.told) == 1


def test_looking_without_acting_tells_nobody(table: Any, look: Any, amazon: Amazon) -> None:
    keep(table, tallies=BETTER)
    assert look(act=False, auto_promote=True)["answer"] == "promote"
    assert (amazon.asked, amazon.told) == ([], [])
    look()
    assert len(amazon.told) == 1


@pytest.mark.parametrize(
    ("tallies", "answer", "asked"),
    [
        (BETTER, "promote", {"action": "promote", "package": NEW}),
        (WORSE, "discard", {"action": "discard", "package": NEW}),
        (SKEWED, "stopped", {"action": "traffic", "package": NEW, "traffic": 0}),
        (EVEN, "inconclusive", None),
    ],
)
def test_with_auto_promote_the_verdict_is_acted_on(
    table: Any, look: Any, amazon: Amazon, tallies: Any, answer: str, asked: dict[str, Any] | None
) -> None:
    keep(table, tallies=tallies)
    found = look(auto_promote=True)
    assert found["answer"] == answer
    assert found.get("asked") == (
        asked and {**asked, **({} if "traffic" in asked else {"reason": found["reason"]})}
    )
    if asked:
        [request] = amazon.asked
        assert request | asked == request
        assert (request["function"], request["model"], request["by"]) == (
            "rotate",
            MODEL,
            "the analysis of the test",
        )
        assert request["reason"] == found["reason"]
        assert amazon.told[0]["done"] == f"{asked['action']}: started"
    else:
        assert (amazon.asked, amazon.told) == ([], [])


def test_a_test_that_was_stopped_stays_so_and_its_outcomes_are_judged_no_more(
    table: Any, look: Any, amazon: Amazon
) -> None:
    keep(table, tallies=SKEWED)
    assert look(auto_promote=True, thompson=(5, 50))["answer"] == "stopped"
    # What was asked for came true, and callers go on to report.
    amazon.stack = seen(ChallengerTraffic="0")
    for _ in range(3):
        assert look()["answer"] == "stopped"
    assert [request["action"] for request in amazon.asked] == ["traffic"]
    assert len(amazon.told) == 1
    assert (kept(table).answer, kept(table).traffic) == ("stopped", 0)


def test_what_was_refused_is_asked_again_at_the_next_look(table: Any, look: Any, amazon: Amazon) -> None:
    keep(table, tallies=BETTER)
    amazon.outcome = "busy"
    assert look(auto_promote=True)["done"] == "busy"
    look()
    assert (len(amazon.asked), len(amazon.told)) == (2, 1)


def test_a_broken_guardrail_discards_whatever_the_outcomes_say(table: Any, look: Any, amazon: Amazon) -> None:
    amazon.traffic = {**CALM, "challenger": Traffic(1000, 0, 9.0)}
    keep(table, tallies=BETTER)
    answer = look(auto_promote=True)
    assert (answer["answer"], amazon.asked[0]["action"]) == ("discard", "discard")
    assert "takes 9.0 ms" in answer["reason"]


def test_a_share_of_nothing_is_no_mismatch(table: Any, look: Any, amazon: Amazon) -> None:
    amazon.stack = seen(ChallengerTraffic="0")
    keep(table, traffic=0, tallies=EVEN)
    assert look(auto_promote=True)["ratio_p_value"] == 1


@pytest.mark.parametrize(
    ("thompson", "tallies", "traffic"),
    [
        ((5, 50), EVEN, 50),
        ((5, 80), EVEN, 56),
        ((5, 12), EVEN, None),
        (None, EVEN, None),
        ((20, 50), {}, None),
    ],
)
def test_thompson_sampling_moves_the_share_within_its_bounds(
    table: Any, look: Any, amazon: Amazon, thompson: Any, tallies: Any, traffic: int | None
) -> None:
    keep(table, **({"tallies": tallies} if tallies else {}))
    look(thompson=thompson)
    asked = [(request["package"], request["traffic"]) for request in amazon.asked]
    assert asked == ([(NEW, traffic)] if traffic else [])
    assert amazon.told == []


def test_a_look_that_is_outrun_fails_and_overwrites_nothing(
    table: Any, load: Load, look: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(table, challenger=OTHER)
    records = load("analyse_test.records")
    read = records.read

    def meanwhile(table_name: str, model: str) -> Record | None:
        before = read(table_name, model)
        keep(table, since=NOW - 1, tallies=EVEN)
        return before

    monkeypatch.setattr(records, "read", meanwhile)
    with pytest.raises(RuntimeError, match="another trial of house-prices was begun"):
        look()
    assert kept(table).since == NOW - 1
    assert "the look failed" in capsys.readouterr().out


def test_callers_that_are_counted_while_the_share_changes_are_not_of_the_new_share(
    table: Any, load: Load, look: Any, amazon: Amazon, monkeypatch: pytest.MonkeyPatch
) -> None:
    amazon.stack = seen(ChallengerTraffic="25")
    keep(table)
    records = load("analyse_test.records")
    read = records.read

    def meanwhile(table_name: str, model: str) -> Record | None:
        before = read(table_name, model)
        if model == MODEL:
            keep(table, tallies=EVEN)
        return before

    monkeypatch.setattr(records, "read", meanwhile)
    look(act=False)
    found = kept(table)
    assert [found.tallies[name].assigned for name in ("champion", "challenger")] == [0, 0]
    assert found.tallies["champion"].n == 5000


@pytest.mark.parametrize("state", ["begun", "running"])
def test_a_look_waits_for_feedback_that_holds_the_record(
    table: Any, load: Load, look: Any, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    if state == "running":
        keep(table, tallies=BETTER)
    records = load("analyse_test.records")
    monkeypatch.setattr(records, "FIRST_PAUSE", 0)
    refusals = [conflict("TransactionConflictException"), cancelled("TransactionConflict")]

    class Held:
        """Refuses twice, as DynamoDB does while a transaction is under way."""

        def __getattr__(self, name: str) -> Any:
            return self.write if name in ("update_item", "transact_write_items") else getattr(table, name)

        def write(self, **given: Any) -> Any:
            if refusals:
                raise refusals.pop()
            return (table.update_item if "Key" in given else table.transact_write_items)(**given)

    monkeypatch.setattr(records, "_DYNAMODB", Held())
    assert look(act=False)["state"] == state
    assert refusals == []


def conflict(code: str) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": "Transaction is ongoing for the item"}}, "UpdateItem"
    )


def cancelled(code: str) -> ClientError:
    response: Any = {
        "Error": {"Code": "TransactionCanceledException"},
        "CancellationReasons": [{"Code": code}],
    }
    return ClientError(response, "TransactWriteItems")


def test_outcomes_that_are_counted_meanwhile_are_not_overwritten(
    table: Any, load: Load, look: Any, amazon: Amazon, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(table, tallies=EVEN)

    def meanwhile(*_: Any) -> dict[str, Traffic]:
        keep(table, tallies=BETTER)
        return CALM

    monkeypatch.setattr(load("analyse_test.traffic"), "of", meanwhile)
    look()
    assert (kept(table).tallies, kept(table).answer) == (BETTER, "inconclusive")


def test_an_unknown_model_is_refused(load: Load, amazon: Amazon) -> None:
    with pytest.raises(ValueError, match="no model 'nope'; there is: house-prices, churn"):
        load("analyse_test.handler").handler({"model": "nope"}, None)


def test_one_model_is_looked_at_when_asked(load: Load, amazon: Amazon, table: Any) -> None:
    assert load("analyse_test.handler").handler({"model": "churn"}, None) == {
        "churn": {"model": "churn", "state": "none"}
    }


@mock_aws
def test_the_traffic_is_what_cloudwatch_counted_since(load: Load) -> None:
    traffic: Any = load("analyse_test.traffic")
    client = boto3.client("cloudwatch", region_name="us-east-1")

    def put(name: str, variant: str, values: list[float], at: int, unit: str) -> None:
        dimensions = [{"Name": "EndpointName", "Value": "e"}, {"Name": "VariantName", "Value": variant}]
        data = [
            {
                "MetricName": name,
                "Dimensions": dimensions,
                "Value": v,
                "Unit": unit,
                "Timestamp": datetime.fromtimestamp(at, UTC),
            }
            for v in values
        ]
        client.put_metric_data(Namespace="AWS/SageMaker", MetricData=data)  # type: ignore[arg-type]

    began = NOW - NOW % 60 - 6000
    for at in (began - 600, began + 120, began + 900):
        put("Invocations", "champion", [1.0, 1.0], at, "None")
        put("ModelLatency", "champion", [4000.0, 6000.0], at, "Microseconds")
    put("InvocationModelErrors", "challenger", [1.0, 1.0, 1.0], began + 60, "None")
    put("Invocation4XXErrors", "challenger", [1.0, 0.0, 0.0], began + 60, "None")
    found = traffic.of("e", began, began + 1800)
    # An error whose request is not counted yet counts as a request.
    assert found == {"champion": Traffic(4, 0, 5.0), "challenger": Traffic(2, 2, 0.0)}


@pytest.mark.parametrize(("days", "period"), [(0.1, 60), (20, 300), (80, 3600)])
def test_old_metrics_are_asked_for_as_coarse_as_they_are_kept(load: Load, days: float, period: int) -> None:
    asked: list[int] = []
    traffic: Any = load("analyse_test.traffic")

    class Client:
        def get_paginator(self, _: str) -> Any:
            return self

        def paginate(self, MetricDataQueries: Any, **_: Any) -> list[Any]:
            asked.extend(query["MetricStat"]["Period"] for query in MetricDataQueries)
            return []

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(traffic, "_CLOUDWATCH", Client())
        traffic.of("e", NOW - int(days * 86400), NOW)
    assert asked == [period] * 10


def test_a_rotate_function_that_fails_and_a_bus_that_takes_nothing_are_errors(load: Load) -> None:
    aws: Any = load("analyse_test.aws")

    class Payload:
        def read(self) -> bytes:
            return json.dumps({"errorMessage": "no model"}).encode()

    class Client:
        def invoke(self, **_: Any) -> Any:
            return {"Payload": Payload(), "FunctionError": "Unhandled"}

        def put_events(self, **_: Any) -> Any:
            return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure"}]}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aws, "_LAMBDA", Client())
        patch.setattr(aws, "_EVENTS", Client())
        with pytest.raises(RuntimeError, match="rotate failed on promote: no model"):
            aws.ask("rotate", {"action": "promote"})
        with pytest.raises(RuntimeError, match="InternalFailure"):
            aws.tell({})
