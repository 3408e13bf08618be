"""What is known of the outcomes of one variant: counts or sums, never rows."""

import math
from dataclasses import dataclass
from typing import Protocol


class Outcomes(Protocol):
    """The outcomes of a variant, as its mean and the variance of one observation."""

    @property
    def n(self) -> int:
        """How many observations."""
        ...

    @property
    def mean(self) -> float:
        """Their mean, 0.0 of none."""
        ...

    @property
    def variance(self) -> float:
        """The variance of one of them."""
        ...


@dataclass(frozen=True)
class Conversions:
    """Outcomes of yes or no: more is better. Raises ValueError unless 0 <= successes <= n."""

    n: int
    successes: int

    def __post_init__(self) -> None:
        if not 0 <= self.successes <= self.n:
            raise ValueError(f"successes {self.successes} must be within 0 and n {self.n}")

    @property
    def mean(self) -> float:
        """The share of successes."""
        return self.successes / self.n if self.n else 0.0

    @property
    def variance(self) -> float:
        """Of one outcome, with one success and one failure added.

        Added (as by Agresti and Caffo, The American Statistician 54, 2000) because the plain p (1 - p) is far
        too small, or nothing, while there are few successes.
        """
        rate = (self.successes + 1) / (self.n + 2)
        return rate * (1 - rate)


@dataclass(frozen=True)
class SquaredErrors:
    """Squared errors of predictions: less is better.

    total: the sum of the squared errors; total_of_squares: the sum of their squares (fourth powers of the
    errors). Raises ValueError for negative or endless numbers, and for sums that no n numbers can have.
    """

    n: int
    total: float
    total_of_squares: float

    def __post_init__(self) -> None:
        if self.n < 0 or not (0 <= self.total < math.inf and 0 <= self.total_of_squares < math.inf):
            raise ValueError("n and the sums must be finite and not negative")
        # Cauchy and Schwarz: (sum x)^2 <= n sum x^2; a part in 10^9 is left to the rounding of sums.
        if self.total * self.total > self.n * self.total_of_squares * (1 + 1e-9):
            raise ValueError(
                f"no {self.n} numbers have the sum {self.total:g} and squares of {self.total_of_squares:g}"
            )

    @property
    def mean(self) -> float:
        """The mean squared error."""
        return self.total / self.n if self.n else 0.0

    @property
    def variance(self) -> float:
        """Of one squared error, unbiased; 0.0 of fewer than two."""
        if self.n < 2:
            return 0.0
        return max(self.total_of_squares - self.total * self.total / self.n, 0.0) / (self.n - 1)


def improvement(champion: Outcomes, challenger: Outcomes) -> float:
    """By how much the challenger's mean is better than the champion's, in the metric's own units."""
    difference = challenger.mean - champion.mean
    return difference if isinstance(champion, Conversions) else -difference
