"""What CloudWatch counted of an endpoint's variants, by a client made once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import boto3

from analyse_test.guardrails import Traffic
from handler_common.stack_trial import VARIANTS

# (metric, statistic) of AWS/SageMaker by variant; latency in microseconds.
METRICS = {
    "requests": ("Invocations", "Sum"),
    # Whatever was no 2xx, time-outs too; and of these what the caller had done wrong.
    "failed": ("InvocationModelErrors", "Sum"),
    "refused": ("Invocation4XXErrors", "Sum"),
    "latency": ("ModelLatency", "Sum"),
    "timed": ("ModelLatency", "SampleCount"),
}

_CLOUDWATCH = boto3.client("cloudwatch")


def of(endpoint: str, since: int, now: int) -> dict[str, Traffic]:
    """What CloudWatch counted of each variant since then (seconds since 1970)."""
    found = dict.fromkeys((f"{variant}_{name}" for variant in VARIANTS for name in METRICS), 0.0)
    for name, values in _metrics(endpoint, since, now):
        found[name] += sum(values)
    return {variant: _traffic(found, variant) for variant in VARIANTS}


def _traffic(found: dict[str, float], variant: str) -> Traffic:
    requests, failed, refused, latency, timed = (found[f"{variant}_{name}"] for name in METRICS)
    errors = max(failed - refused, 0.0)
    # CloudWatch may have counted an error whose request it has not yet.
    return Traffic(round(max(requests, errors)), round(errors), latency / timed / 1000 if timed else 0.0)


def _metrics(endpoint: str, since: int, now: int) -> Iterator[tuple[str, list[float]]]:
    period = _period(now - since)
    queries = [
        {
            "Id": f"{variant}_{name}",
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/SageMaker",
                    "MetricName": metric,
                    "Dimensions": [
                        {"Name": "EndpointName", "Value": endpoint},
                        {"Name": "VariantName", "Value": variant},
                    ],
                },
                "Period": period,
                "Stat": statistic,
            },
        }
        for variant in VARIANTS
        for name, (metric, statistic) in METRICS.items()
    ]
    pages = _CLOUDWATCH.get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries,
        StartTime=datetime.fromtimestamp(since, UTC),
        EndTime=datetime.fromtimestamp(now, UTC) + timedelta(seconds=period),
    )
    for page in pages:
        for result in page["MetricDataResults"]:
            yield result["Id"], result["Values"]


def _period(seconds: int) -> int:
    """The finest period that CloudWatch still keeps: a minute's for 15 days, five minutes' for 63."""
    days = seconds / 86400
    return 60 if days < 15 else 300 if days < 63 else 3600
