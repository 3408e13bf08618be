"""moto's queues made safe for threads: a delete that met a send could lose the message that was sent."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any

from moto.sqs.models import Message, Queue, SQSBackend

_LOOK_AGAIN_SECONDS = 0.2


def apply() -> None:
    """Patch moto once. Raises AttributeError when moto has lost one of the functions."""
    if getattr(Queue.delete_message, "is_locked", False):
        return
    setattr(Queue, "delete_message", _locked(Queue.delete_message))  # noqa: B010
    setattr(SQSBackend, "receive_message", _receiving(SQSBackend.receive_message))  # noqa: B010


def _locked(delete: Callable[[Queue, str], None]) -> Callable[[Queue, str], None]:
    @functools.wraps(delete)
    def delete_message(queue: Queue, receipt_handle: str) -> None:
        with queue._messages_lock:  # pyright: ignore[reportPrivateUsage]
            delete(queue, receipt_handle)

    setattr(delete_message, "is_locked", True)  # noqa: B010
    return delete_message


def _receiving(receive: Callable[..., list[Message]]) -> Callable[..., list[Message]]:
    """Long polling outside of moto's own loop, which spins on a FIFO group in flight."""

    @functools.wraps(receive)
    def receive_message(
        backend: SQSBackend,
        queue_name: str,
        count: int,
        wait_seconds_timeout: int,
        visibility_timeout: int,
        message_attribute_names: list[str] | None = None,
    ) -> list[Message]:
        lock = backend.get_queue(queue_name)._messages_lock  # pyright: ignore[reportPrivateUsage]
        deadline = time.monotonic() + wait_seconds_timeout
        while True:
            with lock:
                found = receive(backend, queue_name, count, 0, visibility_timeout, message_attribute_names)
                left = deadline - time.monotonic()
                if found or left <= 0:
                    return found
                lock.wait(min(left, _LOOK_AGAIN_SECONDS))

    return receive_message


def visible_in(queue: Queue, receipt_handle: str) -> float | None:
    """Seconds until a received message is visible again; None when it is gone."""
    for message in list(queue._messages):  # pyright: ignore[reportPrivateUsage]
        if message.had_receipt_handle(receipt_handle):
            return max(float(message.visible_at) / 1000 - time.time(), 0.0)
    return None


def attribute(queue: Queue, name: str) -> Any:
    """An attribute of moto's queue, which it sets by name."""
    return getattr(queue, name)
