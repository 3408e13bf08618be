"""Where a tuning job looks: points of its ranges, by strategy.

Random draws on each range's scale. Grid takes every combination, as the one strategy that AWS bounds to
categories. Bayesian is a stand-in: AWS's models the objective; this one draws the first half of its trials at
random, and the others around the best so far, closer with every trial.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Point = dict[str, str]
_AUTO_IS_LOGARITHMIC_FROM = 1000.0
"""Ratio of a range's ends from which scaling Auto takes logarithms. AWS does not say how it chooses."""


@dataclass(frozen=True)
class Range:
    """Numbers on a scale, or categories. Bounds are included."""

    name: str
    low: float = 0.0
    high: float = 1.0
    is_integer: bool = False
    scaling: str = "Auto"
    values: tuple[str, ...] = ()

    def problem(self) -> str | None:
        """What is wrong with it, or None."""
        if self.values:
            return None
        if not self.low <= self.high or math.isinf(self.low) or math.isinf(self.high):
            return f"The MaxValue of {self.name} must be greater than or equal to its MinValue."
        if self.scaling == "Logarithmic" and self.low <= 0:
            return f"Logarithmic scaling of {self.name} works only for values greater than 0."
        if self.scaling == "ReverseLogarithmic" and (self.is_integer or not 0 <= self.low <= self.high < 1):
            return f"ReverseLogarithmic scaling of {self.name} works only within 0 <= x < 1.0."
        return None

    def at(self, share: float) -> str:
        """The value at this share (0 to 1) of the way through the scale, as text."""
        if self.values:
            return self.values[min(len(self.values) - 1, int(share * len(self.values)))]
        kind = self._scale()
        if kind == "Logarithmic":
            value = math.exp(math.log(self.low) + share * (math.log(self.high) - math.log(self.low)))
        elif kind == "ReverseLogarithmic":
            near, far = math.log(1 - self.low), math.log(1 - self.high)
            value = 1 - math.exp(near + share * (far - near))
        else:
            value = self.low + share * (self.high - self.low)
        value = min(max(value, self.low), self.high)
        return str(round(value)) if self.is_integer else repr(value)

    def _scale(self) -> str:
        if self.scaling != "Auto":
            return self.scaling
        wide = self.low > 0 and self.high / self.low >= _AUTO_IS_LOGARITHMIC_FROM
        return "Logarithmic" if wide else "Linear"


def ranges_of(config: Mapping[str, Any]) -> list[Range]:
    """The ranges of a request's ParameterRanges. Raises ValueError for a bound that is no number."""
    found: list[Range] = []
    for kind, is_integer in (("IntegerParameterRanges", True), ("ContinuousParameterRanges", False)):
        for one in config.get(kind) or ():
            read = int if is_integer else float
            low, high = float(read(one["MinValue"])), float(read(one["MaxValue"]))
            found.append(Range(one["Name"], low, high, is_integer, one.get("ScalingType", "Auto")))
    for one in config.get("CategoricalParameterRanges") or ():
        found.append(Range(one["Name"], values=tuple(one["Values"])))
    return found


class Search:
    """Points one after the other; ``told`` of the values that they reached."""

    def __init__(
        self, ranges: Sequence[Range], strategy: str, trials: int, seed: int, minimize: bool
    ) -> None:
        self._ranges, self._strategy, self._trials = ranges, strategy, trials
        self._random = random.Random(seed)
        self._sign = 1.0 if minimize else -1.0
        self._shares: list[list[float]] = []
        self._best: tuple[float, list[float]] | None = None
        self._grid = itertools.product(*(one.values for one in ranges))

    def next(self) -> Point:
        """The next point; its number is that of the points before it."""
        if self._strategy == "Grid":
            self._shares.append([])
            return {one.name: value for one, value in zip(self._ranges, next(self._grid), strict=True)}
        number, best = len(self._shares), self._best
        if self._strategy == "Bayesian" and best and number >= (self._trials + 1) // 2:
            width = 0.25 * (1 - number / (self._trials + 1))
            shares = [min(1.0, max(0.0, self._random.gauss(share, width))) for share in best[1]]
        else:
            shares = [self._random.random() for _ in self._ranges]
        self._shares.append(shares)
        return {one.name: one.at(share) for one, share in zip(self._ranges, shares, strict=True)}

    def told(self, number: int, value: float) -> None:
        """The objective that point ``number``, counted from 0, reached."""
        if self._best is None or self._sign * value < self._best[0]:
            self._best = (self._sign * value, self._shares[number])
