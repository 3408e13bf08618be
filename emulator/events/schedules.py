"""Schedules: rate() and cron() rules that fire, in real time.

The shortened clock does not apply here: on it, ``rate(1 day)`` would start a training every 24 minutes of an
idle afternoon. To see a schedule fire now, POST to /_emulator/events/fire?rule=NAME.
"""

from __future__ import annotations

import calendar
import json
import logging
import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from moto.events.models import Rule, events_backends
from moto.moto_server.werkzeug_app import BackendRequest
from werkzeug.wrappers import Response

from emulator import aws, edge
from emulator.errors import AwsError

log = logging.getLogger("emulator.events")
_MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
_DAYS = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), 1)}
_UNITS = {"minute": 60, "hour": 3600, "day": 86400}
_RATE = re.compile(r"rate\((\d+) (minute|hour|day)(s?)\)")


def parse(expression: str) -> timedelta | tuple[str, ...]:
    """A rate's period, or cron's six fields. Raises AwsError ValidationException."""
    rate = _RATE.fullmatch(expression)
    if rate and int(rate[1]) > 0 and (int(rate[1]) == 1) == (rate[3] == ""):
        return timedelta(seconds=int(rate[1]) * _UNITS[rate[2]])
    if expression.startswith("cron(") and expression.endswith(")"):
        fields = tuple(expression[5:-1].upper().split())
        if len(fields) == 6 and "?" in (fields[2], fields[4]):
            try:
                cron_matches(fields, datetime(2026, 1, 1, tzinfo=UTC))
            except (ValueError, KeyError):
                raise _invalid() from None
            return fields
    raise _invalid()


def _invalid() -> AwsError:
    return AwsError("ValidationException", "Parameter ScheduleExpression is not valid.")


def cron_matches(fields: tuple[str, ...], moment: datetime) -> bool:
    """Whether cron's fields (minute hour day month weekday year) mean the minute of ``moment`` (UTC).

    Raises ValueError for a field that means nothing.
    """
    minute, hour, day, month, weekday, year = fields
    checks = (
        _in(minute, moment.minute, 0, 59),
        _in(hour, moment.hour, 0, 23),
        _in(month, moment.month, 1, 12, _MONTHS),
        _in(year, moment.year, 1970, 2199),
        day == "?" or _day_matches(day, moment),
        weekday == "?" or _weekday_matches(weekday, moment),
    )
    return all(checks)


def _in(field: str, value: int, least: int, most: int, names: dict[str, int] | None = None) -> bool:
    return any(value in _range(part, least, most, names or {}) for part in field.split(","))


def _range(part: str, least: int, most: int, names: dict[str, int]) -> range:
    body, _, step = part.partition("/")
    if body == "*":
        first, last = least, most
    else:
        low, _, high = body.partition("-")
        first = names.get(low) or int(low)
        last = (names.get(high) or int(high)) if high else (most if step else first)
    if not least <= first <= last <= most:
        raise ValueError(f"{part} is not within {least}..{most}")
    return range(first, last + 1, int(step) if step else 1)


def _last_day(moment: datetime) -> int:
    return calendar.monthrange(moment.year, moment.month)[1]


def _day_matches(field: str, moment: datetime) -> bool:
    if field == "L":
        return moment.day == _last_day(moment)
    if field.endswith("W"):
        wanted = _last_day(moment) if field == "LW" else int(field[:-1])
        return moment.day == _nearest_weekday(moment, wanted)
    return _in(field, moment.day, 1, 31)


def _nearest_weekday(moment: datetime, day: int) -> int:
    last = _last_day(moment)
    day = min(day, last)
    weekday = moment.replace(day=day).weekday()
    if weekday == 5:
        return day - 1 if day > 1 else day + 2
    if weekday == 6:
        return day + 1 if day < last else day - 2
    return day


def _weekday_matches(field: str, moment: datetime) -> bool:
    today = moment.isoweekday() % 7 + 1
    if "#" in field:
        name, _, nth = field.partition("#")
        return today == (_DAYS.get(name) or int(name)) and (moment.day - 1) // 7 + 1 == int(nth)
    if field.endswith("L") and field != "L":
        name = field[:-1]
        return today == (_DAYS.get(name) or int(name)) and moment.day > _last_day(moment) - 7
    if field == "L":
        return today == 7
    return _in(field, today, 1, 7, _DAYS)


class Scheduler:
    """Looks at every scheduled rule once a second; a rate counts from when its rule was first seen."""

    def __init__(self, trigger: Callable[[Rule, dict[str, object]], None]) -> None:
        self._trigger = trigger
        self._next: dict[tuple[str, str], datetime] = {}
        self._minute = datetime.now(UTC).replace(second=0, microsecond=0)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="events-schedules")

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stopped.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stopped.wait(1):
            try:
                self.tick(datetime.now(UTC))
            except Exception:
                log.exception("schedules broke the emulator")

    def tick(self, now: datetime) -> None:
        """Fire what is due at ``now``."""
        minute = now.replace(second=0, microsecond=0)
        is_new_minute, self._minute = minute > self._minute, minute
        seen: set[tuple[str, str]] = set()
        for rule in scheduled_rules():
            expression = rule.scheduled_expression or ""
            schedule = parse(expression)
            if isinstance(schedule, timedelta):
                key = (rule.arn, expression)
                seen.add(key)
                due = self._next.setdefault(key, now + schedule) <= now
                if due:
                    self._next[key] += schedule
            else:
                due = is_new_minute and cron_matches(schedule, minute)
            if due:
                self._trigger(rule, scheduled_event(rule, now))
        self._next = {key: moment for key, moment in self._next.items() if key in seen}


def scheduled_rules() -> list[Rule]:
    """Every enabled rule with a schedule."""
    return [
        rule
        for backend in list(events_backends[aws.ACCOUNT].values())
        for bus in list(backend.event_buses.values())
        for rule in list(bus.rules.values())
        if rule.scheduled_expression and rule.state != "DISABLED"
    ]


def scheduled_event(rule: Rule, moment: datetime) -> dict[str, object]:
    """The event that a schedule sends."""
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": aws.ACCOUNT,
        "time": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": rule.region_name,
        "resources": [rule.arn],
        "detail": {},
    }


@edge.route(r"/_emulator/events/fire$")
def _fire(request: BackendRequest) -> Response:
    from emulator.events import bus

    name = request.args.get("rule", "")
    fired = [rule for rule in scheduled_rules() if rule.name == name]
    for rule in fired:
        bus.trigger(rule, scheduled_event(rule, datetime.now(UTC)))
    body = json.dumps({"fired": [rule.arn for rule in fired]})
    return Response(body, status=200 if fired else 404, content_type="application/json")
