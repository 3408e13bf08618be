"""Waiting for what comes by itself, however slow the machine is."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

SECONDS = 180.0
"""Many times what anything here takes on a busy machine: only what never comes is waited for so long."""
FIRST_PAUSE, LONGEST_PAUSE = 0.02, 0.2


def eventually(read: Callable[[], Any], holds: Callable[[Any], bool] = bool, seconds: float = SECONDS) -> Any:
    """The first value that holds; raises AssertionError with the last one after so many ``seconds``."""
    deadline, pause = time.monotonic() + seconds, FIRST_PAUSE
    while not holds(value := read()):
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds:g} s it is still {value!r}")
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)
    return value
