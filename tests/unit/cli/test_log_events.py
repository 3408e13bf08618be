"""Logs of a model: which group is read, and what is told when there is none."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from cli import log_events
from cli.exit_codes import WrongWords
from cli.session import CommandError, NotDeployed, Session
from sagemaker_lifecycle import names
from tests.unit.cli.conftest import FakeAws, does_not_exist

EVENTS = [
    {"timestamp": 2000, "message": "second\n", "logStreamName": "s"},
    {"timestamp": 1000, "message": "first", "logStreamName": "s"},
]
MINE, OLDER = "dev-house-prices-d79dfdb4-4bd7cc0057a7", "dev-house-prices-00000000-4bd7cc0057a7-0123abcd"
TRIAL = f"{names.tuning_prefix('dev', 'house-prices')}d79df-4bd7cc0057a7-001-0a1b2c3d"


def test_the_endpoints_events_are_told_oldest_first(session: Session, aws: FakeAws) -> None:
    aws.says("logs", "filter_log_events", {"events": EVENTS})
    told = log_events.read(session, "house-prices", "endpoint", 60)
    assert [event["message"] for event in told] == ["first", "second"]
    assert told[0] == {"at": "1970-01-01T00:00:01.000+00:00", "stream": "s", "message": "first"}
    assert aws.asked("filter_log_events")[0]["logGroupName"] == "/aws/sagemaker/Endpoints/dev-house-prices"


def jobs(*called: str) -> Any:
    """Answers ListTrainingJobs with those of these jobs, the newest first, whose names have the part."""

    def listed(NameContains: str, **_rest: Any) -> Any:
        found = [
            {"TrainingJobName": name, "CreationTime": -age}
            for age, name in enumerate(called)
            if NameContains in name
        ]
        return {"TrainingJobSummaries": found}

    return listed


@pytest.mark.parametrize(
    ("listed", "read"),
    [
        ([MINE, OLDER], MINE),
        (["dev-house-prices-south-d79dfdb4-4bd7cc0057a7", OLDER], OLDER),
        ([TRIAL, MINE], TRIAL),
        ([MINE, TRIAL], MINE),
    ],
)
def test_of_training_the_newest_job_of_this_model_is_read(
    session: Session, aws: FakeAws, listed: list[str], read: str
) -> None:
    aws.says("sagemaker", "list_training_jobs", jobs(*listed))
    aws.says("logs", "filter_log_events", {"events": []})
    assert log_events.read(session, "house-prices", "training", 60) == []
    (asked,) = aws.asked("filter_log_events")
    assert asked["logGroupName"] == "/aws/sagemaker/TrainingJobs"
    assert asked["logStreamNamePrefix"] == f"{read}/"


def test_a_model_without_a_training_job_is_told(session: Session, aws: FakeAws) -> None:
    aws.says("sagemaker", "list_training_jobs", jobs("dev-house-prices-south-d79dfdb4-4bd7cc0057a7"))
    with pytest.raises(CommandError, match="house-prices has no training job yet"):
        log_events.read(session, "house-prices", "training", 60)


def test_a_function_is_found_by_part_of_its_name(session: Session, aws: FakeAws) -> None:
    def resources(StackName: str) -> Any:
        if StackName == "lifecycle-dev-training":
            raise does_not_exist(StackName)
        named = {
            "lifecycle-dev-inference": ("PredictFunction1", "RotateFunction2"),
            "lifecycle-dev-observability": ("LedgerWidgetFunction3",),
        }[StackName]
        kind = "AWS::Lambda::Function"
        return {
            "StackResourceSummaries": [
                {"LogicalResourceId": name, "PhysicalResourceId": f"real-{name}", "ResourceType": kind}
                for name in named
            ]
        }

    aws.says("cloudformation", "list_stack_resources", resources)
    aws.says("lambda", "get_function_configuration", {"LoggingConfig": {"LogGroup": "group"}})
    aws.says("logs", "filter_log_events", {"events": EVENTS})
    assert len(log_events.read(session, "house-prices", "rotate", 60)) == 2
    log_events.read(session, "house-prices", "ledger-widget", 60)
    asked = [call["FunctionName"] for call in aws.asked("get_function_configuration")]
    assert asked == ["real-RotateFunction2", "real-LedgerWidgetFunction3"]
    none, several = "there is no such log", "several functions have a name like it"
    for words, problem in (("function", several), ("odd", none), ("--", none)):
        with pytest.raises(
            WrongWords, match=f"^--of {words}: {problem}; allowed: endpoint, training, or part"
        ):
            log_events.read(session, "house-prices", words, 60)


def test_functions_that_are_not_deployed_are_told_as_such(session: Session, aws: FakeAws) -> None:
    aws.says("cloudformation", "list_stack_resources", does_not_exist("lifecycle-dev-inference"))
    with pytest.raises(NotDeployed, match="the stack lifecycle-dev-inference is not deployed"):
        log_events.read(session, "house-prices", "predict", 60)


@pytest.mark.parametrize(("text", "minutes"), [("30m", 30), ("2h", 120), ("7d", 10080)])
def test_times_are_minutes_hours_or_days(text: str, minutes: int) -> None:
    assert log_events.minutes(text) == minutes


@pytest.mark.parametrize("text", ["", "0m", "1", "1w", "-1h", "1h "])
def test_what_is_no_time_is_told(text: str) -> None:
    with pytest.raises(WrongWords, match="is no time; allowed: 30m, 2h, 7d"):
        log_events.minutes(text)


def test_a_log_that_is_not_there_is_told(
    session: Session, aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NotFound(Exception):
        pass

    def pages(**_: Any) -> Any:
        raise NotFound

    logs = SimpleNamespace(
        exceptions=SimpleNamespace(ResourceNotFoundException=NotFound),
        get_paginator=lambda _name: SimpleNamespace(paginate=pages),
    )
    monkeypatch.setattr(Session, "client", lambda _self, _service: logs)
    with pytest.raises(CommandError, match="there is no log /aws/sagemaker/Endpoints/dev-m: nothing has run"):
        log_events.read(session, "m", "endpoint", 60)
