"""Stage throttling: a token bucket a stage and method, as API Gateway's own."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field


@dataclass
class TokenBucket:
    """``rate`` requests a second in the long run, ``burst`` at once."""

    rate: float
    burst: float
    _tokens: float = field(init=False)
    _at: float = field(init=False, default_factory=time.monotonic)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._tokens = self.burst

    def take(self) -> bool:
        """Whether one more request fits now."""
        with self._lock:
            now = time.monotonic()
            self._tokens = min(self.burst, self._tokens + (now - self._at) * self.rate)
            self._at = now
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True


_buckets: dict[tuple[str, ...], TokenBucket] = {}


def bucket(key: tuple[str, ...], rate: float, burst: float) -> TokenBucket:
    """The bucket of this key; a changed limit begins a new one."""
    found = _buckets.get(key)
    if found is None or (found.rate, found.burst) != (rate, burst):
        found = _buckets[key] = TokenBucket(rate, burst)
    return found
