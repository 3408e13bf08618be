"""The mixture sequential probability ratio test: may be looked at as often as one likes.

Johari, Koomen, Pekelis and Walsh, "Always Valid Inference: Continuous Monitoring of A/B Tests", Operations
Research 70 (2022), first "Peeking at A/B Tests", KDD 2017. The difference of the means is taken as normal,
with the variance V that the data show; the ratio mixes the alternatives by a normal of variance tau^2:

    ratio = sqrt(V / (V + tau^2)) exp(tau^2 difference^2 / (2 V (V + tau^2)))

1 / ratio is a p-value, and the differences that it does not reject are a confidence interval, at every look:
without a difference, the chance that the ratio ever reaches 1 / alpha is at most alpha.
"""

import math
from dataclasses import dataclass

from analyse_test.outcomes import Outcomes

# tau in standard deviations of one observation: the size of the differences that one expects. A percentage
# point on 10 % is 0.033. Any value keeps the error rate; the test is quickest for differences of that size.
TAU = 0.05


@dataclass(frozen=True)
class Difference:
    """A difference of two means, the variance of this estimate, and tau^2 in the same squared units."""

    value: float
    variance: float
    mixing: float

    @property
    def log_ratio(self) -> float:
        """The logarithm of the mixture likelihood ratio, since the ratio itself outgrows a float."""
        if self.variance <= 0:
            return 0.0
        both = self.variance + self.mixing
        shrink = math.log(self.variance / both) / 2
        return shrink + self.mixing * self.value * self.value / (2 * self.variance * both)

    @property
    def p_value(self) -> float:
        """The always-valid p-value of no difference; 1.0 while the data have no variance."""
        return min(1.0, math.exp(-self.log_ratio)) if self.log_ratio > 0 else 1.0

    def interval(self, alpha: float) -> tuple[float, float]:
        """The confidence interval at 1 - alpha, valid at every look; endless while there is no variance."""
        if self.variance <= 0:
            return -math.inf, math.inf
        both = self.variance + self.mixing
        room = 2 * math.log(1 / alpha) + math.log(both / self.variance)
        half = math.sqrt(self.variance * both / self.mixing * room)
        return self.value - half, self.value + half


def difference(champion: Outcomes, challenger: Outcomes, value: float, tau: float = TAU) -> Difference:
    """The difference `value` of the two means with the variance that their outcomes show.

    tau is in standard deviations of one observation, of the average variance of both. A variant with fewer
    than two observations gives a difference of no known variance, which rejects nothing.
    """
    if min(champion.n, challenger.n) < 2:
        return Difference(value, 0.0, 0.0)
    variance = champion.variance / champion.n + challenger.variance / challenger.n
    return Difference(value, variance, tau * tau * (champion.variance + challenger.variance) / 2)
