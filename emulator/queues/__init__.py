"""SQS: queues stay in moto; functions that are fed from them, and the queues' metrics, are done here."""

from __future__ import annotations

from emulator.queues import depth, mappings, patches, redrive

__all__ = ["start", "stop"]

patches.apply()


def start() -> None:
    """Begin to measure queues; each mapping polls from its creation on."""
    depth.start()


def stop() -> None:
    """End every poller, and forget the mappings."""
    mappings.stop()
    redrive.stop()
    depth.stop()
