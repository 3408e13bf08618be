"""CloudWatch's embedded metric format: log lines that are metrics.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
As there, a line that breaks the format stays a log line and makes no metric.
"""

from __future__ import annotations

import json
import logging
from typing import Any

from emulator import metrics

log = logging.getLogger("emulator.functions")
MAX_VALUES = 100
MAX_METRICS = 100
MAX_DIMENSIONS = 30


def extract(region: str, message: str) -> None:
    """Write the metrics of a line, if it is one."""
    if '"_aws"' not in message:
        return
    try:
        line = json.loads(message)
        for directive in line["_aws"]["CloudWatchMetrics"]:
            _write(region, directive, line)
    except (ValueError, KeyError, TypeError) as error:
        log.warning("no metric of a log line, which breaks the format: %r", error)


def _write(region: str, directive: dict[str, Any], line: dict[str, Any]) -> None:
    if len(directive["Metrics"]) > MAX_METRICS or any(
        len(d) > MAX_DIMENSIONS for d in directive["Dimensions"]
    ):
        raise ValueError("too many metrics or dimensions")
    sets = [{name: str(line[name]) for name in names} for names in directive["Dimensions"]]
    for metric in directive["Metrics"]:
        given = line[metric["Name"]]
        values = given if isinstance(given, list) else [given]
        if len(values) > MAX_VALUES:
            raise ValueError(f"{len(values)} values of {metric['Name']}; allowed: {MAX_VALUES}")
        for value in values:
            named = {metric["Name"]: (float(value), metric.get("Unit", "None"))}
            metrics.count(region, directive["Namespace"], named, *sets)
