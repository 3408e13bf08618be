"""What a wrong choice would cost on average: the Bayesian side of the verdict.

Stucchio, "Bayesian A/B Testing at VWO", 2015: choose a variant once the expected loss of choosing it is below
what one cares about. Rates have a Beta posterior on a flat prior, mean squared errors a normal one.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

from analyse_test.outcomes import Conversions, SquaredErrors

# Where the panels of a posterior end, in its standard deviations from its mean. Nearly all of a Beta's mass
# is within 8; the long tail of one near 0 or 1 falls as exp(-x), hence 40.
_CUTS = (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 12.0, 16.0, 20.0, 28.0, 40.0)
_ORDER = 8


@dataclass(frozen=True)
class Losses:
    """Expected loss, in the metric's units, of serving only the challenger, and only the champion."""

    promote: float
    discard: float


def of_conversions(champion: Conversions, challenger: Conversions) -> Losses:
    """E[max(champion - challenger, 0)] and the reverse, of Beta(1 + successes, 1 + failures) rates.

    By quadrature of P(lower <= x < higher) over x: the closed form is a sum of as many terms as successes.
    """
    old, new = _Beta.of(champion), _Beta.of(challenger)
    gain = new.mean - old.mean
    loss = _mean_excess(old, new)
    # E[max(d, 0)] - E[max(-d, 0)] = E[d].
    return Losses(loss, max(loss + gain, 0.0))


def of_squared_errors(champion: SquaredErrors, challenger: SquaredErrors) -> Losses:
    """The same of normal posteriors of the means; endless while a variant has fewer than two outcomes."""
    if min(champion.n, challenger.n) < 2:
        return Losses(math.inf, math.inf)
    gain = champion.mean - challenger.mean
    deviation = math.sqrt(champion.variance / champion.n + challenger.variance / challenger.n)
    if deviation == 0:
        return Losses(max(-gain, 0.0), max(gain, 0.0))
    z = gain / deviation
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return Losses(
        deviation * density - gain * math.erfc(z / math.sqrt(2)) / 2,
        deviation * density + gain * math.erfc(-z / math.sqrt(2)) / 2,
    )


def chance(champion: Conversions | SquaredErrors, challenger: Conversions | SquaredErrors) -> float:
    """The chance, 0..1, that the challenger is the better one, by the same posteriors.

    0.5 while a variant has fewer than two squared errors. Raises ValueError for outcomes of two kinds.
    """
    if isinstance(champion, Conversions) and isinstance(challenger, Conversions):
        return _chance_above(_Beta.of(challenger), _Beta.of(champion))
    if not isinstance(champion, SquaredErrors) or not isinstance(challenger, SquaredErrors):
        raise ValueError("champion and challenger must have outcomes of one kind")
    if min(champion.n, challenger.n) < 2:
        return 0.5
    gain = champion.mean - challenger.mean
    deviation = math.sqrt(champion.variance / champion.n + challenger.variance / challenger.n)
    if deviation == 0:
        return 0.5 if gain == 0 else float(gain > 0)
    return math.erfc(-gain / deviation / math.sqrt(2)) / 2


@dataclass(frozen=True)
class _Beta:
    """A Beta distribution of parameters of at least one."""

    a: float
    b: float

    @classmethod
    def of(cls, outcomes: Conversions) -> "_Beta":
        """Of the rate, 0..1, after these outcomes, where before them each rate was as likely."""
        return cls(1.0 + outcomes.successes, 1.0 + outcomes.n - outcomes.successes)

    @property
    def mean(self) -> float:
        """Of the rate."""
        return self.a / (self.a + self.b)

    @property
    def deviation(self) -> float:
        """Standard deviation of the rate."""
        total = self.a + self.b
        return math.sqrt(self.a * self.b / (total * total * (total + 1)))

    def cuts(self) -> list[float]:
        """The ends of panels within (0, 1), in each of which the density is as good as a polynomial."""
        sides = [self.mean + sign * cut * self.deviation for cut in _CUTS for sign in (-1, 1)]
        return [x for x in (*sides, self.mean) if 0 < x < 1]

    def density(self, x: float) -> float:
        """The density at x in (0, 1) over that at the mode.

        Not normed by the Beta function: the difference of its large logarithms has no more than nine digits.
        """
        a, b = self.a - 1, self.b - 1
        off = x - (a / (a + b) if a + b else 0.5)
        exponent = a * math.log1p(off * (a + b) / a) if a else 0.0
        return math.exp(exponent + b * math.log1p(-off * (a + b) / b) if b else exponent)


def _mean_excess(higher: _Beta, lower: _Beta) -> float:
    """E[max(higher - lower, 0)] = integral over x of P(lower <= x) P(higher > x).

    The two distribution functions are summed up panel by panel, and within a panel by collocation.
    """
    panels = _panels(higher, lower)
    above = [1 - value for value in _distribution(higher, panels)]
    below = _distribution(lower, panels)
    weights = [half * weight for _, half in panels for weight in _WEIGHTS]
    return max(math.fsum(w * x * y for w, x, y in zip(weights, below, above, strict=True)), 0.0)


def _chance_above(higher: _Beta, lower: _Beta) -> float:
    """P(higher > lower) = integral over x of P(lower <= x) times the density of the higher."""
    panels = _panels(higher, lower)
    below = _distribution(lower, panels)
    weights = [half * weight for _, half in panels for weight in _WEIGHTS]
    nodes = [start + half * (1 + node) for start, half in panels for node in _NODES]
    mass = [w * higher.density(x) for w, x in zip(weights, nodes, strict=True)]
    return math.fsum(map(float.__mul__, mass, below)) / math.fsum(mass)


def _panels(one: _Beta, other: _Beta) -> list[tuple[float, float]]:
    """(start, half the length) of the pieces of [0, 1] between the cuts of both."""
    ends = [0.0, *sorted((*one.cuts(), *other.cuts())), 1.0]
    return [(start, (end - start) / 2) for start, end in pairwise(ends) if end > start]


def _distribution(beta: _Beta, panels: list[tuple[float, float]]) -> list[float]:
    """The distribution function at the nodes of the panels, each given by its start and half its length."""
    values: list[float] = []
    passed = 0.0
    for start, half in panels:
        densities = [half * beta.density(start + half * (1 + node)) for node in _NODES]
        values += [passed + sum(map(float.__mul__, row, densities)) for row in _PARTS]
        passed += sum(map(float.__mul__, _WEIGHTS, densities))
    return [value / passed for value in values]


def _legendre(x: float, order: int) -> list[float]:
    """Legendre's polynomials of degree 0 to `order` at x."""
    values = [1.0, x]
    for n in range(1, order):
        values.append(((2 * n + 1) * x * values[n] - n * values[n - 1]) / (n + 1))
    return values


def _gauss(order: int) -> tuple[list[float], list[float]]:
    """Nodes and weights of Gauss and Legendre's rule on [-1, 1], by Newton's method."""
    nodes: list[float] = []
    weights: list[float] = []
    for index in range(order):
        x = -math.cos(math.pi * (index + 0.75) / (order + 0.5))
        slope = 1.0
        for _ in range(8):
            values = _legendre(x, order)
            slope = order * (x * values[order] - values[order - 1]) / (x * x - 1)
            x -= values[order] / slope
        nodes.append(x)
        weights.append(2 / ((1 - x * x) * slope * slope))
    return nodes, weights


def _partial_weights(nodes: list[float], weights: list[float]) -> list[list[float]]:
    """Row i: weights of the values at the nodes for the integral from -1 to node i.

    The interpolating polynomial in Legendre's, each integrated: that of P_n is (P_n+1 - P_n-1) / (2 n + 1).
    """
    order = len(nodes)
    at = [_legendre(x, order) for x in nodes]
    rows: list[list[float]] = []
    for values in at:
        integrals = [1 + values[1]]
        integrals += [(values[n + 1] - values[n - 1]) / (2 * n + 1) for n in range(1, order)]
        rows.append(
            [
                weight * sum((2 * n + 1) / 2 * at[j][n] * integrals[n] for n in range(order))
                for j, weight in enumerate(weights)
            ]
        )
    return rows


_NODES, _WEIGHTS = _gauss(_ORDER)
_PARTS = _partial_weights(_NODES, _WEIGHTS)
