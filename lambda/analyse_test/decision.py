"""The verdict on a test, in the order of what may be believed: sample ratio, guardrails, then the outcomes.

Everything comes from counts and sums, so it costs the same for ten observations as for ten million.
"""

import math
from dataclasses import dataclass, field
from typing import Literal

from analyse_test import expected_loss, guardrails, sample_ratio, sequential
from analyse_test.expected_loss import Losses
from analyse_test.guardrails import Limits, Traffic
from analyse_test.outcomes import Conversions, SquaredErrors, improvement

Answer = Literal["promote", "discard", "inconclusive", "stopped"]


@dataclass(frozen=True)
class Rules:
    """What was agreed before the test began.

    share: of the traffic for the challenger, in (0, 1); None where it is not to be looked at.
    alpha: the chance, in (0, 1), of choosing between two equal variants, however often one looks.
    minimum_samples: outcomes of each variant before either is chosen, at least 2.
    loss_tolerance: the highest expected loss of a choice, as a share of the champion's mean.
    limits: of the guardrails.
    Raises ValueError for values out of bounds.
    """

    share: float | None = 0.5
    alpha: float = 0.05
    minimum_samples: int = 500
    loss_tolerance: float = 0.01
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        bounded = [self.alpha] if self.share is None else [self.share, self.alpha]
        if not all(0 < value < 1 for value in bounded):
            raise ValueError(f"share {self.share} and alpha {self.alpha:g} must be between 0 and 1")
        if self.minimum_samples < 2 or not self.loss_tolerance >= 0:
            raise ValueError("minimum_samples must be at least 2, loss_tolerance not negative")


@dataclass(frozen=True)
class Arm:
    """A variant: its traffic, how many callers (or what else was drawn at random) it got, its outcomes."""

    traffic: Traffic
    assigned: int
    outcomes: Conversions | SquaredErrors


@dataclass(frozen=True)
class Verdict:
    """The answer, why in one sentence, and the numbers behind it.

    improvement: of the challenger over the champion in the metric's units, positive when better.
    low, high: its confidence interval, valid at every look. p_value: always valid too.
    ratio_p_value: of the sample ratio. losses: expected, in the metric's units.
    """

    answer: Answer
    reason: str
    improvement: float
    low: float
    high: float
    p_value: float
    ratio_p_value: float
    losses: Losses


def decide(champion: Arm, challenger: Arm, rules: Rules) -> Verdict:
    """The verdict.

    stopped: the sample ratio is off, so that nothing can be concluded. discard: a guardrail is broken, or
    the challenger is worse. promote: it is better. inconclusive: go on.
    Raises ValueError for outcomes of two kinds.
    """
    gain = improvement(champion.outcomes, challenger.outcomes)
    difference = sequential.difference(champion.outcomes, challenger.outcomes, gain)
    low, high = difference.interval(rules.alpha)
    ratio = 1.0
    if rules.share is not None:
        ratio = sample_ratio.p_value(champion.assigned, challenger.assigned, rules.share)
    losses = _losses(champion.outcomes, challenger.outcomes)
    answer, reason = _answer(champion, challenger, rules, ratio, gain, difference.p_value, losses)
    return Verdict(answer, reason, gain, low, high, difference.p_value, ratio, losses)


def _losses(champion: Conversions | SquaredErrors, challenger: Conversions | SquaredErrors) -> Losses:
    if isinstance(champion, Conversions) and isinstance(challenger, Conversions):
        return expected_loss.of_conversions(champion, challenger)
    if isinstance(champion, SquaredErrors) and isinstance(challenger, SquaredErrors):
        return expected_loss.of_squared_errors(champion, challenger)
    raise ValueError("champion and challenger must have outcomes of one kind")


def _answer(
    champion: Arm, challenger: Arm, rules: Rules, ratio: float, gain: float, p_value: float, losses: Losses
) -> tuple[Answer, str]:
    if ratio < sample_ratio.LIMIT:
        return "stopped", (
            f"the challenger got {challenger.assigned} of {champion.assigned + challenger.assigned}, "
            f"not {rules.share:.0%} (p = {ratio:.2g}): the groups cannot be compared"
        )
    broken = guardrails.breach(champion.traffic, challenger.traffic, rules.limits)
    if broken is not None:
        return "discard", broken
    fewest = min(champion.outcomes.n, challenger.outcomes.n)
    if fewest < rules.minimum_samples:
        return "inconclusive", f"a variant has {fewest} outcomes, of {rules.minimum_samples} that each needs"
    if p_value > rules.alpha:
        return "inconclusive", f"no difference is shown yet (p = {p_value:.2g})"
    chosen = losses.promote if gain > 0 else losses.discard
    tolerated = rules.loss_tolerance * champion.outcomes.mean
    if not chosen <= tolerated or math.isinf(chosen):
        return "inconclusive", f"a choice may still cost {chosen:.3g}, more than {tolerated:.3g}"
    word = "better" if gain > 0 else "worse"
    what = f"the challenger is {word} by {abs(gain):.3g} (p = {p_value:.2g}), expected loss {chosen:.2g}"
    return ("promote" if gain > 0 else "discard"), what
