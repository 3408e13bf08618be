"""Metric values as they come in, and what a statistic says of them.

Unlike moto's, percentiles and arithmetic between metrics are known here.
"""

from __future__ import annotations

import ast
import math
import operator
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from werkzeug.wrappers import Response

from emulator.edge import Call, operation
from emulator.errors import AwsError

Key = tuple[str, str, tuple[tuple[str, str], ...]]

KEPT = 20_000
"""Values kept a metric; CloudWatch keeps high-resolution ones for three hours."""


@dataclass(frozen=True)
class Sample:
    """``count`` observations at ``at`` (seconds since 1970), all of ``value`` or summing to it."""

    at: float
    value: float
    count: float
    total: float


_samples: dict[Key, deque[Sample]] = defaultdict(lambda: deque(maxlen=KEPT))
_lock = threading.Lock()


def key(namespace: str, name: str, dimensions: list[dict[str, str]] | None) -> Key:
    """What tells one metric from another; the order of dimensions does not."""
    return namespace, name, tuple(sorted((d["Name"], d["Value"]) for d in dimensions or []))


@operation("cloudwatch", "PutMetricData")
def _put_metric_data(call: Call) -> Response:
    for datum in call.params.get("MetricData", []):
        record(call.params["Namespace"], datum)
    return call.forward()


def record(namespace: str, datum: dict[str, Any]) -> None:
    """Keep one MetricDatum of PutMetricData."""
    at = _seconds(datum.get("Timestamp"))
    name = key(namespace, datum["MetricName"], datum.get("Dimensions"))
    samples: list[Sample] = []
    statistics = datum.get("StatisticValues")
    if datum.get("Values"):
        counts = datum.get("Counts") or [1.0] * len(datum["Values"])
        samples = [
            Sample(at, float(v), float(c), float(v) * float(c))
            for v, c in zip(datum["Values"], counts, strict=True)
        ]
    elif statistics:
        count = float(statistics["SampleCount"])
        inner = max(count - 2, 0)
        rest = float(statistics["Sum"]) - float(statistics["Minimum"]) - float(statistics["Maximum"])
        samples = [Sample(at, float(statistics["Minimum"]), 1, float(statistics["Minimum"]))]
        if count > 1:
            samples.append(Sample(at, float(statistics["Maximum"]), 1, float(statistics["Maximum"])))
        if inner:
            samples.append(Sample(at, rest / inner, inner, rest))
    else:
        value = float(datum.get("Value", 0))
        samples = [Sample(at, value, 1, value)]
    with _lock:
        _samples[name].extend(samples)


def forget(namespace: str, name: str) -> None:
    """Drop the values of these metrics, as CloudWatch does in time."""
    with _lock:
        for known in [known for known in _samples if known[:2] == (namespace, name)]:
            del _samples[known]


def _seconds(timestamp: Any) -> float:
    if timestamp is None:
        return time.time()
    if isinstance(timestamp, datetime):
        # moto's parser answers naive times in UTC
        return (
            timestamp.timestamp() if timestamp.tzinfo else (timestamp - datetime(1970, 1, 1)).total_seconds()
        )
    return float(timestamp)


def statistic(name: Key, stat: str, start: float, end: float) -> float | None:
    """``Sum``, ``Average``, ``Minimum``, ``Maximum``, ``SampleCount`` or a ``p99`` over [start, end).

    None where nothing was observed. Raises AwsError ValidationError for another statistic.
    """
    with _lock:
        window = [s for s in _samples.get(name, ()) if start <= s.at < end]
    if stat not in _STATISTICS and not _is_percentile(stat):
        raise AwsError("ValidationError", f"The value {stat} for parameter Stat is not supported.")
    if not window:
        return None
    return _percentile(window, float(stat[1:])) if _is_percentile(stat) else _STATISTICS[stat](window)


_STATISTICS: dict[str, Callable[[list[Sample]], float]] = {
    "Sum": lambda window: sum(s.total for s in window),
    "SampleCount": lambda window: sum(s.count for s in window),
    "Average": lambda window: sum(s.total for s in window) / sum(s.count for s in window),
    "Minimum": lambda window: min(s.value for s in window),
    "Maximum": lambda window: max(s.value for s in window),
}


def _is_percentile(stat: str) -> bool:
    return stat.startswith("p") and stat[1:].replace(".", "", 1).isdigit()


def _percentile(window: list[Sample], percent: float) -> float:
    """The smallest value that at least ``percent`` of the observations do not exceed (nearest rank)."""
    ordered = sorted(window, key=lambda s: s.value)
    rank = math.ceil(percent / 100 * sum(s.count for s in ordered))
    seen = 0.0
    for sample in ordered:
        seen += sample.count
        if seen >= rank:
            return sample.value
    return ordered[-1].value


Series = Callable[[float, float], "float | None"]
"""The value of a query over [start, end)."""


def query_series(queries: list[dict[str, Any]]) -> dict[str, Series]:
    """A function a query id, expressions included. Raises AwsError for one it cannot compute."""
    series: dict[str, Series] = {}
    for query in queries:
        if "MetricStat" in query:
            series[query["Id"]] = _stat_series(query["MetricStat"])
        else:
            series[query["Id"]] = _expression_series(query["Expression"], series)
    return series


def _stat_series(stat: dict[str, Any]) -> Series:
    metric = stat["Metric"]
    name = key(metric["Namespace"], metric["MetricName"], metric.get("Dimensions"))
    return lambda start, end: statistic(name, stat["Stat"], start, end)


_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def _expression_series(expression: str, series: dict[str, Series]) -> Series:
    tree = ast.parse(expression, mode="eval").body

    def value(node: ast.expr, start: float, end: float) -> float | None:
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            return float(node.value)
        if isinstance(node, ast.Name):
            if node.id not in series:
                raise AwsError("ValidationError", f"Error in expression: no metric has the id {node.id}")
            return series[node.id](start, end)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            inner = value(node.operand, start, end)
            return None if inner is None else -inner
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "ABS":
            inner = value(node.args[0], start, end)
            return None if inner is None else abs(inner)
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
            left, right = value(node.left, start, end), value(node.right, start, end)
            if left is None or right is None or (isinstance(node.op, ast.Div) and right == 0):
                return None
            return _OPERATORS[type(node.op)](left, right)
        raise AwsError(
            "ValidationError", f"the emulator computes + - * / and ABS of metrics only, not {expression!r}"
        )

    return lambda start, end: value(tree, start, end)


@operation("cloudwatch", "GetMetricData")
def _get_metric_data(call: Call) -> dict[str, Any]:
    queries = call.params["MetricDataQueries"]
    start, end = _seconds(call.params["StartTime"]), _seconds(call.params["EndTime"])
    series = query_series(queries)
    results: list[dict[str, Any]] = []
    periods = [int(q["MetricStat"]["Period"]) for q in queries if "MetricStat" in q]
    for query in queries:
        if query.get("ReturnData") is False:
            continue
        period = int(
            query.get("MetricStat", {}).get("Period") or query.get("Period") or min(periods, default=60)
        )
        points: list[tuple[float, float]] = []
        at = start - start % period
        while at < end:
            value = series[query["Id"]](at, at + period)
            if value is not None:
                points.append((at, value))
            at += period
        if call.params.get("ScanBy") != "TimestampAscending":
            points.reverse()
        results.append(
            {
                "Id": query["Id"],
                "Label": query.get("Label") or query["Id"],
                "Timestamps": [at for at, _ in points],
                "Values": [value for _, value in points],
                "StatusCode": "Complete",
            }
        )
    return {"MetricDataResults": results, "Messages": []}
