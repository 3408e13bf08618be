"""How full queues are, as CloudWatch metrics: what alarms on dead-letter queues look at."""

from __future__ import annotations

import threading
import time

from moto.sqs.models import Queue, sqs_backends

from emulator import aws, clock, metrics

SECONDS = 60.0
"""SQS reports once a minute; here a minute of the shortened clock, but no more often than once a second."""

_stopped = threading.Event()
_reported: set[str] = set()


def start() -> None:
    """Begin to report."""
    _stopped.clear()
    threading.Thread(target=_run, daemon=True, name="queues-depth").start()


def stop() -> None:
    """End."""
    _stopped.set()
    _reported.clear()


def _run() -> None:
    while not _stopped.wait(max(SECONDS * clock.scale, 1.0)):
        for backend in list(sqs_backends[aws.ACCOUNT].values()):
            for queue in list(backend.queues.values()):
                _report(queue)


def _report(queue: Queue) -> None:
    """A queue reports while it holds messages, and once when it does so no more (as SQS does for hours)."""
    messages = list(queue._messages)  # pyright: ignore[reportPrivateUsage]
    if not messages and queue.queue_arn not in _reported:
        return
    oldest = min((float(message.sent_timestamp or 0) / 1000 for message in messages), default=time.time())
    values = {
        "ApproximateNumberOfMessagesVisible": (float(queue.approximate_number_of_messages), "Count"),
        "ApproximateNumberOfMessagesNotVisible": (
            float(queue.approximate_number_of_messages_not_visible),
            "Count",
        ),
        "ApproximateAgeOfOldestMessage": (time.time() - oldest, "Seconds"),
    }
    metrics.count(queue.region, "AWS/SQS", values, {"QueueName": queue.name})
    if messages:
        _reported.add(queue.queue_arn)
    else:
        _reported.discard(queue.queue_arn)
