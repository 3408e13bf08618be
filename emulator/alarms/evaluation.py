"""What state an alarm should be in: metric alarms by their data points, composite ones by their rule.

Source: "Evaluating an alarm" and "Configuring how CloudWatch alarms treat missing data" in the user guide.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from emulator.alarms import metrics

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


def metric_state(alarm: Mapping[str, Any], now: float, scale: float) -> tuple[str, str]:
    """(state, reason) of a metric alarm, over windows that end now.

    ``scale`` shortens the periods. Raises AwsError for a statistic or expression that cannot be computed.
    """
    series, period = _series_of(alarm)
    period *= scale
    periods = int(alarm["EvaluationPeriods"])
    needed = int(alarm.get("DatapointsToAlarm") or periods)
    breaches = _COMPARISONS[alarm["ComparisonOperator"]]
    missing = alarm.get("TreatMissingData") or "missing"
    values = [series(now - (n + 1) * period, now - n * period) for n in range(periods)]
    known = [v for v in values if v is not None]
    if not known and missing == "missing":
        return "INSUFFICIENT_DATA", "Insufficient Data: no datapoints were received"
    if not known and missing == "ignore":
        return alarm["StateValue"], alarm.get("StateReason", "")
    breaching = sum(1 for v in known if breaches(v, float(alarm["Threshold"])))
    if missing == "breaching":
        breaching += len(values) - len(known)
    shown = ", ".join(f"{v:g}" for v in known) or "no datapoints"
    if breaching >= needed:
        return (
            "ALARM",
            f"Threshold Crossed: {breaching} of {periods} datapoints [{shown}] breached the threshold "
            f"{alarm['Threshold']:g}",
        )
    return (
        "OK",
        f"{breaching} of {periods} datapoints [{shown}] breached the threshold {alarm['Threshold']:g}",
    )


def _series_of(alarm: Mapping[str, Any]) -> tuple[metrics.Series, float]:
    queries = alarm.get("Metrics")
    if queries:
        series = metrics.query_series(queries)
        shown = next((q for q in queries if q.get("ReturnData", True)), queries[-1])
        periods = [q["MetricStat"]["Period"] for q in queries if "MetricStat" in q]
        return series[shown["Id"]], float(min(periods, default=60))
    stat = alarm.get("Statistic") or alarm["ExtendedStatistic"]
    name = metrics.key(alarm["Namespace"], alarm["MetricName"], alarm.get("Dimensions"))
    return lambda start, end: metrics.statistic(name, stat, start, end), float(alarm["Period"])


_TOKEN = re.compile(r'\s*(AND|OR|NOT|TRUE|FALSE|ALARM|OK|INSUFFICIENT_DATA|\(|\)|"[^"]*"|[^\s()"]+)')


def composite_state(rule: str, states: Mapping[str, str]) -> tuple[str, str]:
    """(state, reason) of a composite alarm; ``states`` is by alarm name. NOT binds before AND before OR.

    Raises ValueError for a rule that is not of the documented grammar.
    """
    tokens = _TOKEN.findall(rule)
    holds, rest = _any_of(tokens, states)
    if rest:
        raise ValueError(f"alarm rule {rule!r}: {rest[0]!r} was not expected")
    return ("ALARM" if holds else "OK"), f"the rule {rule} is {'met' if holds else 'not met'}"


def _any_of(tokens: list[str], states: Mapping[str, str]) -> tuple[bool, list[str]]:
    holds, tokens = _all_of(tokens, states)
    while tokens[:1] == ["OR"]:
        right, tokens = _all_of(tokens[1:], states)
        holds = holds or right
    return holds, tokens


def _all_of(tokens: list[str], states: Mapping[str, str]) -> tuple[bool, list[str]]:
    holds, tokens = _single(tokens, states)
    while tokens[:1] == ["AND"]:
        right, tokens = _single(tokens[1:], states)
        holds = holds and right
    return holds, tokens


def _single(tokens: list[str], states: Mapping[str, str]) -> tuple[bool, list[str]]:
    head, rest = (tokens[0], tokens[1:]) if tokens else ("", [])
    if head == "NOT":
        holds, rest = _single(rest, states)
        return not holds, rest
    if head in ("TRUE", "FALSE"):
        return head == "TRUE", rest
    if head == "(":
        holds, rest = _any_of(rest, states)
        if rest[:1] != [")"]:
            raise ValueError("alarm rule: a parenthesis is not closed")
        return holds, rest[1:]
    if head in ("ALARM", "OK", "INSUFFICIENT_DATA") and len(rest) >= 3 and rest[0] == "(" and rest[2] == ")":
        name = rest[1].strip('"').rsplit(":alarm:", 1)[-1]
        return states.get(name, "INSUFFICIENT_DATA") == head, rest[3:]
    raise ValueError(f"alarm rule: {head!r} was not expected")
