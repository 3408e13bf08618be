"""Schedules: which minutes does a cron expression mean, and when does a rate fire?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from emulator.errors import AwsError
from emulator.events import schedules

BEGIN = datetime(2026, 11, 24, 10, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "moment", "expected"),
    [
        ("cron(0 10 * * ? *)", "2026-11-24T10:00", True),
        ("cron(0 10 * * ? *)", "2026-11-24T10:01", False),
        ("cron(0/15 * * * ? *)", "2026-11-24T10:45", True),
        ("cron(0/15 * * * ? *)", "2026-11-24T10:50", False),
        ("cron(0 18 ? * MON-FRI *)", "2026-11-24T18:00", True),
        ("cron(0 18 ? * MON-FRI *)", "2026-11-22T18:00", False),
        ("cron(0 8 1 * ? *)", "2026-11-01T08:00", True),
        ("cron(0 8 L * ? *)", "2026-11-30T08:00", True),
        ("cron(0 8 LW * ? *)", "2026-10-30T08:00", True),
        ("cron(0 8 15W * ? *)", "2026-11-16T08:00", True),
        ("cron(0 8 ? * 3#4 *)", "2026-11-24T08:00", True),
        ("cron(0 8 ? * 3#3 *)", "2026-11-24T08:00", False),
        ("cron(0 8 ? * 6L *)", "2026-11-27T08:00", True),
        ("cron(0 8 ? NOV,DEC SUN 2026)", "2026-11-22T08:00", True),
        ("cron(0 8 ? NOV,DEC SUN 2027)", "2026-11-22T08:00", False),
    ],
)
def test_cron(expression: str, moment: str, expected: bool) -> None:
    fields = schedules.parse(expression)
    assert isinstance(fields, tuple)
    assert schedules.cron_matches(fields, datetime.fromisoformat(f"{moment}+00:00")) is expected


@pytest.mark.parametrize(
    ("expression", "period"),
    [("rate(1 minute)", timedelta(minutes=1)), ("rate(2 days)", timedelta(days=2))],
)
def test_rate(expression: str, period: timedelta) -> None:
    assert schedules.parse(expression) == period


@pytest.mark.parametrize(
    "expression",
    ["rate(1 minutes)", "rate(2 day)", "rate(0 days)", "cron(* * * * * *)", "daily", "cron(a ? ? * ? *)"],
)
def test_what_is_no_schedule_is_refused(expression: str) -> None:
    with pytest.raises(AwsError, match="ScheduleExpression is not valid"):
        schedules.parse(expression)


def _fired(monkeypatch: pytest.MonkeyPatch, expression: str, *seconds: int) -> list[bool]:
    rule: Any = SimpleNamespace(
        arn="r", scheduled_expression=expression, region_name="us-east-1", state="ENABLED"
    )
    monkeypatch.setattr(schedules, "scheduled_rules", lambda: [rule])
    fired: list[Any] = []
    scheduler = schedules.Scheduler(lambda rule, event: fired.append(event))
    scheduler._minute = BEGIN.replace(second=0)
    answers: list[bool] = []
    for moment in seconds:
        before = len(fired)
        scheduler.tick(BEGIN + timedelta(seconds=moment))
        answers.append(len(fired) > before)
    return answers


def test_a_rate_fires_once_a_period_after_the_rule_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _fired(monkeypatch, "rate(1 minute)", 0, 59, 60, 61, 119, 120) == [
        False,
        False,
        True,
        False,
        False,
        True,
    ]


def test_cron_fires_once_in_its_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _fired(monkeypatch, "cron(1 10 * * ? *)", 0, 29, 30, 31, 89, 90) == [
        False,
        False,
        True,
        False,
        False,
        False,
    ]
