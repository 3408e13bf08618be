"""Every service that is ours, by name. Importing one registers its operations at the front door."""

from __future__ import annotations

import importlib
from types import ModuleType

NAMES = (
    "emulator.cloudformation",
    "emulator.sagemaker",
    "emulator.functions",
    "emulator.events",
    "emulator.queues",
    "emulator.workflows",
    "emulator.gateway",
    "emulator.alarms",
    "emulator.scaling",
    "emulator.storage",
    "emulator.identity",
    "emulator.faults",
)
"""Packages or modules; each may define start() and stop()."""


_loaded: list[ModuleType] = [importlib.import_module(name) for name in NAMES]


def start() -> None:
    """Start what runs beside the requests (schedules, pollers)."""
    for module in _loaded:
        getattr(module, "start", lambda: None)()


def stop() -> None:
    """End it, child processes included; the reverse order of ``start``."""
    for module in reversed(_loaded):
        getattr(module, "stop", lambda: None)()
