"""Guardrails of a test: the challenger must not fail more often, nor be much slower, than the champion."""

from dataclasses import dataclass

from analyse_test import sequential
from analyse_test.outcomes import Conversions

# A guardrail is looked at as often as the outcomes are, and must hardly ever stop a sound challenger.
ALPHA = 0.001
# Below it an average latency says little.
MINIMUM_REQUESTS = 100


@dataclass(frozen=True)
class Traffic:
    """What CloudWatch counted of a variant since the test began; latency is the mean in milliseconds.

    Raises ValueError unless 0 <= errors <= requests and the latency is not negative.
    """

    requests: int
    errors: int
    latency: float

    def __post_init__(self) -> None:
        if not 0 <= self.errors <= self.requests:
            raise ValueError(f"errors {self.errors} must be within 0 and requests {self.requests}")
        if not self.latency >= 0:
            raise ValueError(f"latency {self.latency:g} must not be negative")


@dataclass(frozen=True)
class Limits:
    """How much worse the challenger may be.

    error_margin: more errors a request than the champion's, as a share, that no one minds.
    latency_ratio: the highest mean latency over the champion's.
    """

    error_margin: float = 0.001
    latency_ratio: float = 1.5


def breach(champion: Traffic, challenger: Traffic, limits: Limits) -> str | None:
    """Which guardrail the challenger broke, in words, or None.

    Errors: an always-valid test at ALPHA that its error rate is above the champion's plus the margin.
    Latency: plainly the two means, from MINIMUM_REQUESTS of each on.
    """
    old = Conversions(champion.requests, champion.errors)
    new = Conversions(challenger.requests, challenger.errors)
    excess = sequential.difference(old, new, new.mean - old.mean - limits.error_margin)
    if excess.value > 0 and excess.p_value <= ALPHA:
        return f"the challenger fails {new.mean:.2%} of its requests, the champion {old.mean:.2%}"
    if min(champion.requests, challenger.requests) < MINIMUM_REQUESTS:
        return None
    if challenger.latency > limits.latency_ratio * champion.latency:
        return (
            f"the challenger takes {challenger.latency:.1f} ms, the champion {champion.latency:.1f} ms: "
            f"more than {limits.latency_ratio:g} times as long"
        )
    return None
