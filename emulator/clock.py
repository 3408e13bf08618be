"""AWS's waits on a shortened clock: a minute of bake time lasts a second unless told otherwise."""

from __future__ import annotations

import os
import threading

scale = float(os.environ.get("EMULATOR_TIME_SCALE", str(1 / 60)))
"""Seconds here for each second on AWS; EMULATOR_TIME_SCALE in the environment sets it."""


def sleep(aws_seconds: float, interrupted_by: threading.Event | None = None) -> bool:
    """Wait as long as ``aws_seconds`` last on the shortened clock; True when ``interrupted_by`` cut in."""
    return (interrupted_by or threading.Event()).wait(aws_seconds * scale)
