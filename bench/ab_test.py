"""How often a test of champion and challenger errs, and how often it finds what there is, by simulation.

`python -m bench.ab_test` prints the table. The verdicts are those of the function that judges real tests;
numpy only draws the samples and finds the looks at which a verdict is possible at all.
"""

import time
from dataclasses import dataclass
from statistics import NormalDist, median
from typing import Any

import numpy as np

from analyse_test import sequential
from analyse_test.decision import Arm, Rules, decide
from analyse_test.guardrails import Traffic
from analyse_test.outcomes import Conversions, SquaredErrors
from analyse_test.sample_ratio import LIMIT

RATE = 0.10
GAIN = 0.01
LOOK_EVERY = 200
# Of both variants together, as the looks are.
HORIZONS = (20_000, 40_000)
LOOKS = HORIZONS[-1] // LOOK_EVERY
SIMULATIONS = 4000
ALPHA_TARGET = 0.05
DECISION_TARGET_MS = 50.0
# Looks at which the scan sees no verdict, and which are judged all the same: they must have none.
CHECKED = 1000
_TWO_SIDED_Z = NormalDist().inv_cdf(0.975)
_RATIO_CHI_SQUARE = NormalDist().inv_cdf(LIMIT / 2) ** 2
_QUIET = Traffic(0, 0, 0.0)
_SHARE = 0.5
_RULES = Rules(share=_SHARE)

# Rows are simulations, columns looks.
Counts = Any


@dataclass(frozen=True)
class Draws:
    """Samples and successes of each variant at every look."""

    champion_n: Counts
    champion_successes: Counts
    challenger_n: Counts
    challenger_successes: Counts


@dataclass(frozen=True)
class Rates:
    """The share of simulations that each way ended, by horizon; `fixed` looks once, at its end."""

    title: str
    ours: tuple[float, ...]
    mismatches: tuple[float, ...]
    peeked: tuple[float, ...]
    fixed: tuple[float, ...]


@dataclass(frozen=True)
class Result:
    """All that was measured."""

    equal: Rates
    better: Rates
    milliseconds: dict[str, float]


def measure(simulations: int = SIMULATIONS) -> Result:
    """Both simulations, and what a decision on a million observations takes."""
    random = np.random.default_rng(20261125)
    equal = _rates("two equal variants (A/A)", _draw(random, simulations, RATE), random)
    better = _rates("one percentage point on 10 %", _draw(random, simulations, RATE + GAIN), random)
    return Result(equal, better, _decision_times())


def table(result: Result) -> str:
    """The result as Markdown tables."""
    lines = [
        "| of tests of | samples | verdict | stopped by ratio | z-test at every look | z-test at the end |",
        "|---|---|---|---|---|---|",
    ]
    for rates in (result.equal, result.better):
        for index, horizon in enumerate(HORIZONS):
            columns = (rates.ours, rates.mismatches, rates.peeked, rates.fixed)
            cells = " | ".join(f"{column[index]:.1%}" for column in columns)
            lines.append(f"| {rates.title} | {horizon:,} | {cells} |")
    lines += ["", "| figure | measured | target | |", "|---|---|---|---|"]
    for index, horizon in enumerate(HORIZONS):
        stops = result.equal.ours[index] + result.equal.mismatches[index]
        lines.append(
            _row(f"A/A stops of any kind by {horizon:,} samples, %", 100 * stops, 100 * ALPHA_TARGET)
        )
    for name, milliseconds in result.milliseconds.items():
        lines.append(_row(f"decision on 10^6 {name}, ms", milliseconds, DECISION_TARGET_MS))
    return "\n".join(lines)


def _row(figure: str, measured: float, target: float) -> str:
    return f"| {figure} | {measured:.2f} | <= {target:g} | {'reached' if measured <= target else 'missed'} |"


def _draw(random: np.random.Generator, simulations: int, challenger_rate: float) -> Draws:
    """Callers go to either variant by chance, half and half; each converts or not."""
    shape = (simulations, LOOKS)
    to_challenger = random.binomial(LOOK_EVERY, _SHARE, shape)
    to_champion = LOOK_EVERY - to_challenger
    return Draws(
        to_champion.cumsum(axis=1),
        random.binomial(to_champion, RATE).cumsum(axis=1),
        to_challenger.cumsum(axis=1),
        random.binomial(to_challenger, challenger_rate).cumsum(axis=1),
    )


def _rates(title: str, draws: Draws, random: np.random.Generator) -> Rates:
    possible = _possible(draws)
    _check_the_scan(draws, possible, random)
    simulations = len(possible)
    # The look at which our test ends, by kind of ending; LOOKS: never.
    decided, mismatched = np.full(simulations, LOOKS), np.full(simulations, LOOKS)
    for simulation in range(simulations):
        for look in np.flatnonzero(possible[simulation]):
            answer = _judge(draws, simulation, int(look))
            if answer != "inconclusive":
                (mismatched if answer == "stopped" else decided)[simulation] = look
                break
    z = np.abs(_z(draws)) > _TWO_SIDED_Z
    ends = [horizon // LOOK_EVERY for horizon in HORIZONS]
    return Rates(
        title,
        tuple(float((decided < end).mean()) for end in ends),
        tuple(float((mismatched < end).mean()) for end in ends),
        tuple(float(z[:, :end].any(axis=1).mean()) for end in ends),
        tuple(float(z[:, end - 1].mean()) for end in ends),
    )


def _judge(draws: Draws, simulation: int, look: int) -> str:
    at = simulation, look
    champion = Conversions(int(draws.champion_n[at]), int(draws.champion_successes[at]))
    challenger = Conversions(int(draws.challenger_n[at]), int(draws.challenger_successes[at]))
    return decide(Arm(_QUIET, champion.n, champion), Arm(_QUIET, challenger.n, challenger), _RULES).answer


def _possible(draws: Draws) -> Counts:
    """The looks at which a verdict is possible: either p-value is below its limit, with room for rounding."""
    total = draws.champion_n + draws.challenger_n
    chi_square = (draws.challenger_n - _SHARE * total) ** 2 / (total * _SHARE * (1 - _SHARE))
    of_champion = _smoothed(draws.champion_n, draws.champion_successes)
    of_challenger = _smoothed(draws.challenger_n, draws.challenger_successes)
    variance = of_champion / draws.champion_n + of_challenger / draws.challenger_n
    mixing = sequential.TAU**2 * (of_champion + of_challenger) / 2
    squared = _gain(draws) ** 2
    log_ratio = np.log(variance / (variance + mixing)) / 2
    log_ratio += mixing * squared / (2 * variance * (variance + mixing))
    return (chi_square > _RATIO_CHI_SQUARE - 1e-6) | (log_ratio >= -np.log(_RULES.alpha) - 1e-6)


def _check_the_scan(draws: Draws, possible: Counts, random: np.random.Generator) -> None:
    """That the scan leaves out no look with a verdict, on a sample. Raises RuntimeError."""
    for _ in range(CHECKED):
        simulation, look = int(random.integers(len(possible))), int(random.integers(LOOKS))
        if not possible[simulation, look] and _judge(draws, simulation, look) != "inconclusive":
            raise RuntimeError(f"a verdict that the scan left out: simulation {simulation}, look {look}")


def _gain(draws: Draws) -> Counts:
    return draws.challenger_successes / draws.challenger_n - draws.champion_successes / draws.champion_n


def _smoothed(n: Counts, successes: Counts) -> Counts:
    rate = (successes + 1) / (n + 2)
    return rate * (1 - rate)


def _z(draws: Draws) -> Counts:
    """The pooled two-sample z statistic at every look, which users of a dashboard watch."""
    pooled = (draws.champion_successes + draws.challenger_successes) / (draws.champion_n + draws.challenger_n)
    variance = pooled * (1 - pooled) * (1 / draws.champion_n + 1 / draws.challenger_n)
    return _gain(draws) / np.sqrt(variance)


def _decision_times() -> dict[str, float]:
    """Milliseconds of CPU, the median of twenty."""
    outcomes: dict[str, tuple[Conversions | SquaredErrors, Conversions | SquaredErrors]] = {
        "conversions": (Conversions(500_000, 50_000), Conversions(500_000, 50_400)),
        "squared errors": (SquaredErrors(500_000, 5e9, 1.5e14), SquaredErrors(500_000, 4.99e9, 1.49e14)),
    }
    took: dict[str, float] = {}
    for name, (champion, challenger) in outcomes.items():
        times: list[float] = []
        for _ in range(20):
            begin = time.process_time()
            decide(Arm(_QUIET, champion.n, champion), Arm(_QUIET, challenger.n, challenger), _RULES)
            times.append(time.process_time() - begin)
        took[name] = 1000 * median(times)
    return took


if __name__ == "__main__":
    print(table(measure()))
