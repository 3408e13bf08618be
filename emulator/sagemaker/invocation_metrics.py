"""Metrics of invocations and instances, sent to CloudWatch in batches beside the requests."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from emulator import aws
from emulator.sagemaker import endpoints, processes
from emulator.sagemaker.fleets import Variant
from emulator.sagemaker.requests import now

log = logging.getLogger("emulator.sagemaker")
FLUSH_SECONDS = 1.0
INSTANCE_EVERY_SECONDS = 5.0
"""Real seconds between two readings of CPU and memory; AWS takes one a minute."""
_VALUES_IN_ONE_DATUM = 150

_pending: dict[tuple[str, str, str], _Batch] = {}
_lock = threading.Lock()
_stopping = threading.Event()
_threads: list[threading.Thread] = []
_seen: dict[int, tuple[float, float]] = {}


@dataclass
class _Batch:
    count: int = 0
    per_instance: float = 0.0
    errors_4xx: int = 0
    errors_5xx: int = 0
    errors: int = 0
    model_latencies: list[float] = field(default_factory=list)
    overheads: list[float] = field(default_factory=list)


def record(
    region: str, endpoint: str, variant: Variant, status: int, model_us: float, overhead_us: float
) -> None:
    """Count one invocation; latencies in microseconds. Status 0 stands for no answer in time."""
    key = (region, endpoint, variant.name)
    with _lock:
        batch = _pending.setdefault(key, _Batch())
        batch.count += 1
        batch.per_instance += 1 / variant.instances
        batch.errors_4xx += 400 <= status < 500
        batch.errors_5xx += status >= 500
        batch.errors += not 200 <= status < 300
        batch.model_latencies.append(model_us)
        batch.overheads.append(overhead_us)


def flush() -> None:
    """Send what is pending now."""
    with _lock:
        batches = dict(_pending)
        _pending.clear()
    by_region: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for (region, endpoint, variant), batch in batches.items():
        by_region[region] += _data(_dimensions(endpoint, variant), batch)
    for region, data in by_region.items():
        _put(aws.client("cloudwatch", region), "AWS/SageMaker", data)


def _dimensions(endpoint: str, variant: str) -> list[dict[str, str]]:
    return [{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": variant}]


def _data(dimensions: list[dict[str, str]], batch: _Batch) -> list[dict[str, Any]]:
    shared = {"Dimensions": dimensions, "Timestamp": now()}

    def counted(name: str, total: float, high: float) -> dict[str, Any]:
        low = high if math.isclose(total, high * batch.count) else 0.0
        statistics = {"SampleCount": batch.count, "Sum": total, "Minimum": low, "Maximum": high}
        return {"MetricName": name, "Unit": "None", "StatisticValues": statistics, **shared}

    data = [
        counted("Invocations", batch.count, 1.0),
        counted("InvocationsPerInstance", batch.per_instance, batch.per_instance / batch.count),
        counted("Invocation4XXErrors", batch.errors_4xx, float(batch.errors_4xx > 0)),
        counted("Invocation5XXErrors", batch.errors_5xx, float(batch.errors_5xx > 0)),
        # Time-outs and broken connections too: https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
        counted("InvocationModelErrors", batch.errors, float(batch.errors > 0)),
    ]
    for name, values in (("ModelLatency", batch.model_latencies), ("OverheadLatency", batch.overheads)):
        for start_at in range(0, len(values), _VALUES_IN_ONE_DATUM):
            some = values[start_at : start_at + _VALUES_IN_ONE_DATUM]
            data.append({"MetricName": name, "Unit": "Microseconds", "Values": some, **shared})
    return data


def _put(cloudwatch: Any, namespace: str, data: list[dict[str, Any]]) -> None:
    try:
        for start_at in range(0, len(data), 20):
            cloudwatch.put_metric_data(Namespace=namespace, MetricData=data[start_at : start_at + 20])
    except (ClientError, BotoCoreError) as error:
        log.warning("metrics lost: %s", error)


def _put_instances() -> None:
    """CPU and memory, with the rights of each variant's role."""
    for endpoint in endpoints.everyone():
        for variant in endpoint.fleet.production.values():
            data = _instance_data(endpoint.name, variant)
            if data:
                _put(variant.container.session.client("cloudwatch"), "/aws/sagemaker/Endpoints", data)


def _instance_data(endpoint: str, variant: Variant) -> list[dict[str, Any]]:
    process = variant.container.process
    if process is None or process.poll() is not None:
        return []
    cpu, resident = processes.usage(process)
    moment = time.monotonic()
    before = _seen.get(process.pid)
    _seen[process.pid] = (moment, cpu)
    if before is None:
        return []
    percent = max(0.0, 100 * (cpu - before[1]) / (moment - before[0]))
    memory = 100 * resident / processes.total_memory()
    shared = {"Dimensions": _dimensions(endpoint, variant.name), "Timestamp": now(), "Unit": "Percent"}
    return [
        {"MetricName": "CPUUtilization", "Value": percent, **shared},
        {"MetricName": "MemoryUtilization", "Value": min(100.0, memory), **shared},
    ]


def start() -> None:
    """Flush each second until ``stop``."""
    _stopping.clear()
    _threads[:] = [threading.Thread(target=_run, daemon=True, name="sagemaker metrics")]
    _threads[0].start()


def _run() -> None:
    next_reading = time.monotonic()
    while not _stopping.wait(FLUSH_SECONDS):
        flush()
        if time.monotonic() >= next_reading:
            next_reading = time.monotonic() + INSTANCE_EVERY_SECONDS
            _put_instances()


def stop() -> None:
    """Send what is left and stop."""
    _stopping.set()
    for thread in _threads:
        thread.join(timeout=5)
    flush()
