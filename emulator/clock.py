"""AWS's waits on a shortened clock: a minute of bake time lasts a second unless told otherwise."""

from __future__ import annotations

import os
import threading


def scale_of(text: str) -> float:
    """The scale that this text names. Raises ValueError for what is not a number of seconds, 0 or more."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise ValueError(f"EMULATOR_TIME_SCALE is {text!r}; allowed is a number, 0 or more")
    return number


scale = scale_of(os.environ.get("EMULATOR_TIME_SCALE", str(1 / 60)))
"""Seconds here for each second on AWS; EMULATOR_TIME_SCALE in the environment sets it."""


def sleep(aws_seconds: float, interrupted_by: threading.Event | None = None) -> bool:
    """Wait as long as ``aws_seconds`` last on the shortened clock; True when ``interrupted_by`` cut in."""
    return (interrupted_by or threading.Event()).wait(aws_seconds * scale)
