"""Metrics that AWS's services write about themselves, sent to CloudWatch in batches."""

from __future__ import annotations

import logging
import queue
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from emulator import aws

log = logging.getLogger("emulator.metrics")
_FLUSH_SECONDS = 0.2
_MAX_DATUMS = 500


@dataclass(frozen=True)
class _Batch:
    region: str
    namespace: str
    data: list[dict[str, Any]]


_queue: queue.Queue[_Batch | threading.Event | None] = queue.Queue()
_threads: list[threading.Thread] = []
_lock = threading.Lock()


def count(
    region: str, namespace: str, values: dict[str, tuple[float, str]], *dimension_sets: dict[str, str]
) -> None:
    """Queue ``values``, {metric: (value, unit)}, once under each of the dimension sets ({} for none)."""
    if not aws.is_serving():
        return  # moto's interpreter, patched by an import, run by itself
    moment = datetime.now(UTC)
    data = [
        {
            "MetricName": metric,
            "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
            "Timestamp": moment,
            "Value": value,
            "Unit": unit,
        }
        for metric, (value, unit) in values.items()
        for dimensions in dimension_sets
    ]
    _start()
    _queue.put(_Batch(region, namespace, data))


def flush() -> None:
    """Wait until what was queued before is written (10 seconds at most)."""
    done = threading.Event()
    _start()
    _queue.put(done)
    done.wait(10)


def stop() -> None:
    """Write what is queued, then end."""
    with _lock:
        threads, _threads[:] = list(_threads), []
    for thread in threads:
        _queue.put(None)
        thread.join(timeout=5)


def _start() -> None:
    with _lock:
        if not _threads:
            _threads.append(threading.Thread(target=_run, daemon=True, name="metrics"))
            _threads[0].start()


def _run() -> None:
    while True:
        items = [_queue.get()]
        if isinstance(items[0], _Batch):
            time.sleep(_FLUSH_SECONDS)
        while not _queue.empty():
            items.append(_queue.get())
        _write([item for item in items if isinstance(item, _Batch)])
        for item in items:
            if isinstance(item, threading.Event):
                item.set()
        if None in items:
            return


def _write(batches: list[_Batch]) -> None:
    grouped: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for batch in batches:
        grouped.setdefault((batch.region, batch.namespace), []).extend(batch.data)
    for (region, namespace), data in grouped.items():
        for begin in range(0, len(data), _MAX_DATUMS):
            try:
                aws.client("cloudwatch", region).put_metric_data(
                    Namespace=namespace, MetricData=data[begin : begin + _MAX_DATUMS]
                )
            except (ClientError, BotoCoreError) as error:
                log.warning("no %s metrics: %s", namespace, error)
