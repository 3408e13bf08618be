"""AWS Lambda: functions stored here, and run for real in worker processes with their role's credentials."""

from __future__ import annotations

from emulator import edge, metrics
from emulator.functions import api, asynchronous, code, permissions, pool, settings, subscriptions, telemetry
from emulator.functions.execution import Result
from emulator.functions.invoke import invoke
from emulator.functions.model import functions

__all__ = ["Result", "api", "invoke", "permissions", "settings", "start", "stop"]

subscriptions.patch()
edge.whole_service("lambda", "only what this project's functions need is here")


def start() -> None:
    """Begin to run functions."""
    pool.start()
    telemetry.start()
    asynchronous.start()


def stop() -> None:
    """End every worker process, and forget every function: their code is in a temporary folder."""
    asynchronous.stop()
    pool.stop()
    telemetry.stop()
    metrics.stop()
    functions.clear()
    code.remove_all()
