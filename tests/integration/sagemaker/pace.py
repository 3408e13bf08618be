"""Changes of an endpoint that wait as long as a test wants, so that it sees each state on any machine."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable

from emulator.sagemaker.endpoint_state import Endpoint
from emulator.sagemaker.rollout import Closing


class Pace:
    """Stands for the waits of rollouts: those of a held endpoint last until AWS's seconds are granted."""

    def __init__(self, wait: Callable[[Endpoint, float], None]) -> None:
        self._wait = wait
        self._granted: dict[str, float] = {}
        self._changed = threading.Condition()

    def wait(self, endpoint: Endpoint, aws_seconds: float) -> None:
        """As rollouts wait. Raises Closing when the emulator stops meanwhile."""
        with self._changed:
            while aws_seconds > self._granted.get(endpoint.name, math.inf):
                if endpoint.closing.is_set():
                    raise Closing
                self._changed.wait(0.1)
            if endpoint.name in self._granted:
                self._granted[endpoint.name] -= aws_seconds
                return
        self._wait(endpoint, aws_seconds)

    def hold(self, endpoint: str) -> None:
        """From now on, the endpoint's changes wait for what is granted."""
        self._granted[endpoint] = 0.0

    def grant(self, endpoint: str, aws_seconds: float) -> None:
        """So many of AWS's seconds pass for the endpoint."""
        with self._changed:
            self._granted[endpoint] += aws_seconds
            self._changed.notify_all()

    def left(self, endpoint: str) -> float:
        """AWS's seconds that were granted and not waited."""
        return self._granted[endpoint]

    def release(self, endpoint: str) -> None:
        """From now on, the endpoint's changes wait by the clock again."""
        with self._changed:
            self._granted.pop(endpoint, None)
            self._changed.notify_all()
