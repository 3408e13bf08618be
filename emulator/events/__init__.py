"""EventBridge: rules stay in moto; matching, schedules and delivery are done here."""

from __future__ import annotations

from emulator.events import buckets, bus, delivery
from emulator.events.bus import publish
from emulator.events.schedules import Scheduler

__all__ = ["publish", "start", "stop"]

buckets.patch()
_schedulers: list[Scheduler] = []


def start() -> None:
    """Begin to deliver and to watch schedules."""
    delivery.start()
    _schedulers.append(Scheduler(bus.trigger))
    _schedulers[-1].start()


def stop() -> None:
    """End both; what is on its way is dropped."""
    for scheduler in _schedulers:
        scheduler.stop()
    _schedulers.clear()
    delivery.stop()
