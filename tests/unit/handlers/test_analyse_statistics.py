"""The statistics of a test of champion and challenger, against scipy."""

import math
from itertools import pairwise
from statistics import NormalDist

import numpy as np
import pytest
from scipy import integrate, special

from analyse_test import expected_loss, sample_ratio, sequential
from analyse_test.outcomes import Conversions, SquaredErrors, improvement

PAIRS = [
    ((0, 0), (0, 0)),
    ((10, 3), (12, 5)),
    ((1000, 100), (1000, 110)),
    ((1_000_000, 0), (1_000_000, 3)),
    ((500_000, 50_000), (500_000, 50_500)),
    ((5, 5), (100_000, 99_999)),
    ((100, 1), (1_000_000, 10_300)),
    ((1_000_000, 999_999), (30, 30)),
    ((3000, 40), (7, 0)),
]


@pytest.mark.parametrize(
    ("champion", "challenger", "share"),
    [(500, 500, 0.5), (9000, 1000, 0.1), (9000, 1100, 0.1), (51_000, 49_000, 0.5), (0, 3, 0.02)],
)
def test_the_sample_ratio_is_pearsons_chi_square(champion: int, challenger: int, share: float) -> None:
    total = champion + challenger
    expected = (total * (1 - share), total * share)
    chi_square = (champion - expected[0]) ** 2 / expected[0] + (challenger - expected[1]) ** 2 / expected[1]
    oracle = special.chdtrc(1, chi_square)
    assert sample_ratio.p_value(champion, challenger, share) == pytest.approx(oracle, rel=1e-9)


def test_a_sample_ratio_of_nothing_is_no_mismatch() -> None:
    assert sample_ratio.p_value(0, 0, 0.5) == 1


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, math.nan])
def test_a_sample_ratio_needs_a_share_of_both(share: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        sample_ratio.p_value(1, 1, share)


def test_a_sample_ratio_refuses_negative_counts() -> None:
    with pytest.raises(ValueError, match="negative"):
        sample_ratio.p_value(-1, 1, 0.5)


@pytest.mark.parametrize("value", [0.0, 0.01, -0.02, 0.2])
def test_the_ratio_is_the_mixture_of_likelihoods_over_that_of_no_difference(value: float) -> None:
    """By its definition: the normal likelihood, mixed over a normal of variance tau^2."""
    variance, mixing = 2e-5, 2e-4
    scale = math.sqrt(variance)

    def mixed(effect: float) -> float:
        return NormalDist(effect, scale).pdf(value) * NormalDist(0, math.sqrt(mixing)).pdf(effect)

    around = value * mixing / (mixing + variance)
    over = integrate.quad(mixed, around - 0.1, around + 0.1, points=[around], epsabs=0, epsrel=1e-12)[0]
    oracle = math.log(over) + value**2 / (2 * variance) + math.log(scale * math.sqrt(2 * math.pi))
    assert sequential.Difference(value, variance, mixing).log_ratio == pytest.approx(oracle, rel=1e-9)


@pytest.mark.parametrize("alpha", [0.05, 0.001])
def test_the_interval_ends_where_the_p_value_is_alpha(alpha: float) -> None:
    found = sequential.Difference(0.013, 2e-5, 2e-4)
    for end in found.interval(alpha):
        assert sequential.Difference(0.013 - end, 2e-5, 2e-4).p_value == pytest.approx(alpha, rel=1e-9)


def test_a_p_value_is_never_above_one_nor_overflows() -> None:
    assert sequential.Difference(0.0, 1e-9, 1.0).p_value == 1
    assert sequential.Difference(1e6, 1e-9, 1.0).p_value == 0


def test_nothing_is_rejected_without_variance() -> None:
    equal = SquaredErrors(10, 10.0, 10.0)
    found = sequential.difference(equal, SquaredErrors(10, 20.0, 40.0), -1.0)
    assert (found.p_value, found.interval(0.05)) == (1, (-math.inf, math.inf))


@pytest.mark.parametrize("n", [0, 1])
def test_nothing_is_rejected_of_fewer_than_two(n: int) -> None:
    assert sequential.difference(Conversions(n, n), Conversions(1000, 0), -1.0).p_value == 1


def test_the_variance_of_a_difference_is_that_of_both_means() -> None:
    found = sequential.difference(Conversions(98, 9), Conversions(198, 39), 0.1, tau=0.5)
    assert found.variance == pytest.approx(0.1 * 0.9 / 98 + 0.2 * 0.8 / 198)
    assert found.mixing == pytest.approx(0.25 * (0.1 * 0.9 + 0.2 * 0.8) / 2)


@pytest.mark.parametrize(("champion", "challenger"), PAIRS)
def test_the_expected_loss_of_rates_is_the_integral_over_their_posteriors(
    champion: tuple[int, int], challenger: tuple[int, int]
) -> None:
    found = expected_loss.of_conversions(Conversions(*champion), Conversions(*challenger))
    assert found.promote == pytest.approx(_excess(champion, challenger), rel=1e-9, abs=1e-15)
    assert found.discard == pytest.approx(_excess(challenger, champion), rel=1e-9, abs=1e-15)


def _excess(higher: tuple[int, int], lower: tuple[int, int]) -> float:
    """E[max(higher - lower, 0)] by scipy, in pieces that its quadrature cannot overlook."""
    above, below = [(1.0 + k, 1.0 + n - k) for n, k in (higher, lower)]
    ends = {0.0, 1.0}
    for a, b in (above, below):
        deviation = math.sqrt(a * b / (a + b + 1)) / (a + b)
        steps = (-40, -20, -10, -6, -3, -1, 0, 1, 3, 6, 10, 20, 40)
        ends.update(min(max(a / (a + b) + step * deviation, 0.0), 1.0) for step in steps)

    def both(x: float) -> float:
        return float(special.betainc(*below, x) * special.betaincc(*above, x))

    pieces = pairwise(sorted(ends))
    return sum(integrate.quad(both, *piece, epsabs=1e-17, epsrel=1e-12)[0] for piece in pieces)


def test_the_expected_loss_of_squared_errors_is_the_integral_over_a_normal() -> None:
    champion, challenger = SquaredErrors(400, 4000.0, 90_000.0), SquaredErrors(300, 2900.0, 60_000.0)
    deviation = math.sqrt(champion.variance / 400 + challenger.variance / 300)
    gain = NormalDist(10 - 2900 / 300, deviation)
    found = expected_loss.of_squared_errors(champion, challenger)
    oracles = [
        integrate.quad(lambda x: abs(x) * gain.pdf(x), *side, epsabs=1e-13)[0] for side in ((-20, 0), (0, 20))
    ]
    assert [found.promote, found.discard] == pytest.approx(oracles, rel=1e-9)


def test_the_expected_loss_of_too_few_squared_errors_is_endless() -> None:
    found = expected_loss.of_squared_errors(SquaredErrors(1, 1.0, 1.0), SquaredErrors(9, 9.0, 9.0))
    assert (found.promote, found.discard) == (math.inf, math.inf)


def test_the_expected_loss_without_variance_is_the_difference() -> None:
    found = expected_loss.of_squared_errors(SquaredErrors(10, 20.0, 40.0), SquaredErrors(10, 10.0, 10.0))
    assert (found.promote, found.discard) == (0, 1)


def test_sums_give_the_mean_and_variance_of_the_rows() -> None:
    rows = np.random.default_rng(7).gamma(2.0, 3.0, 1000)
    found = SquaredErrors(1000, float(rows.sum()), float((rows**2).sum()))
    assert found.mean == pytest.approx(rows.mean(), rel=1e-12)
    assert found.variance == pytest.approx(rows.var(ddof=1), rel=1e-9)


def test_outcomes_of_nothing_have_no_mean() -> None:
    assert (Conversions(0, 0).mean, SquaredErrors(0, 0.0, 0.0).mean) == (0, 0)
    assert SquaredErrors(1, 4.0, 16.0).variance == 0


@pytest.mark.parametrize(("n", "successes"), [(1, 2), (1, -1), (-1, -1)])
def test_no_more_successes_than_outcomes(n: int, successes: int) -> None:
    with pytest.raises(ValueError, match="within 0 and n"):
        Conversions(n, successes)


@pytest.mark.parametrize(
    "sums", [(-1, 0.0, 0.0), (1, -1.0, 1.0), (1, 1.0, math.inf), (1, math.nan, 1.0), (1, 1.0, -1.0)]
)
def test_sums_of_squares_are_finite_and_not_negative(sums: tuple[int, float, float]) -> None:
    with pytest.raises(ValueError, match="finite"):
        SquaredErrors(*sums)


@pytest.mark.parametrize("sums", [(0, 1.0, 1.0), (10, 10.0, 9.0)])
def test_sums_that_no_rows_can_have_are_refused(sums: tuple[int, float, float]) -> None:
    with pytest.raises(ValueError, match="numbers have the sum"):
        SquaredErrors(*sums)


def test_more_conversions_and_smaller_errors_are_better() -> None:
    assert improvement(Conversions(10, 1), Conversions(10, 2)) == pytest.approx(0.1)
    assert improvement(SquaredErrors(2, 4.0, 8.0), SquaredErrors(2, 2.0, 2.0)) == 1


@pytest.mark.parametrize(("champion", "challenger"), PAIRS)
def test_the_chance_of_the_better_rate_is_the_integral_over_both_betas(
    champion: tuple[int, int], challenger: tuple[int, int]
) -> None:
    old, new = Conversions(*champion), Conversions(*challenger)
    below, above = ((1 + one.successes, 1 + one.n - one.successes) for one in (old, new))

    def both(x: float) -> float:
        logarithm = (
            special.xlogy(above[0] - 1, x) + special.xlog1py(above[1] - 1, -x) - special.betaln(*above)
        )
        return float(special.betainc(*below, x) * math.exp(logarithm))

    ends = {0.0, 1.0}
    for a, b in (below, above):
        mean, deviation = a / (a + b), math.sqrt(a * b / (a + b + 1)) / (a + b)
        ends |= {
            min(max(mean + cut * deviation, 0.0), 1.0) for cut in (-40, -12, -6, -3, -1, 0, 1, 3, 6, 12, 40)
        }
    pieces = pairwise(sorted(ends))
    oracle = sum(integrate.quad(both, *piece, epsabs=1e-15, epsrel=1e-11)[0] for piece in pieces)
    # The oracle's own density has the rounding of large logarithms in it.
    assert expected_loss.chance(old, new) == pytest.approx(oracle, rel=1e-8, abs=1e-9)


def test_the_chance_of_the_smaller_error_is_that_of_a_normal() -> None:
    champion, challenger = SquaredErrors(400, 4000.0, 90_000.0), SquaredErrors(300, 2900.0, 60_000.0)
    deviation = math.sqrt(champion.variance / 400 + challenger.variance / 300)
    oracle = 1 - NormalDist(10 - 2900 / 300, deviation).cdf(0)
    assert expected_loss.chance(champion, challenger) == pytest.approx(oracle, rel=1e-9)
    assert expected_loss.chance(challenger, champion) == pytest.approx(1 - oracle, rel=1e-9)


@pytest.mark.parametrize(
    ("challenger", "chance"),
    [
        (SquaredErrors(1, 1.0, 1.0), 0.5),
        (SquaredErrors(10, 10.0, 10.0), 0.5),
        (SquaredErrors(10, 5.0, 2.5), 1.0),
    ],
)
def test_the_chance_without_variance_is_certain_or_even(challenger: SquaredErrors, chance: float) -> None:
    assert expected_loss.chance(SquaredErrors(10, 10.0, 10.0), challenger) == chance


def test_the_chance_of_outcomes_of_two_kinds_is_refused() -> None:
    with pytest.raises(ValueError, match="one kind"):
        expected_loss.chance(Conversions(1, 1), SquaredErrors(1, 1.0, 1.0))
