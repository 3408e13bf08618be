"""Points of a tuning job: within their ranges, on their scales, nearer to the best with time."""

from __future__ import annotations

import pytest

from emulator.sagemaker.tuning_search import Range, Search, ranges_of


@pytest.mark.parametrize(
    ("one", "middle"),
    [
        (Range("x", 0, 10), "5.0"),
        (Range("x", 1, 9, is_integer=True), "5"),
        (Range("x", 1, 100, scaling="Logarithmic"), "10.000000000000002"),
        (Range("x", 0.5, 0.5, scaling="ReverseLogarithmic"), "0.5"),
        (Range("x", values=("a", "b")), "b"),
    ],
)
def test_half_way_through_a_scale(one: Range, middle: str) -> None:
    assert one.at(0.5) == middle


def test_wide_ranges_are_logarithmic_on_their_own() -> None:
    assert float(Range("x", 0.001, 1000).at(0.5)) == pytest.approx(1.0)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_no_value_leaves_its_range(share: float) -> None:
    for one in (
        Range("x", 1, 3, True),
        Range("x", 0.1, 0.9, scaling="ReverseLogarithmic"),
        Range("x", 1e-5, 1),
    ):
        assert one.low <= float(one.at(share)) <= one.high


def test_ranges_that_cannot_be_are_named() -> None:
    assert "greater than 0" in str(Range("x", 0, 1, scaling="Logarithmic").problem())
    assert "0 <= x < 1.0" in str(Range("x", 0, 1, scaling="ReverseLogarithmic").problem())
    assert Range("x", 0, 1).problem() is None
    with pytest.raises(ValueError, match="invalid literal"):
        ranges_of({"IntegerParameterRanges": [{"Name": "x", "MinValue": "0.5", "MaxValue": "2"}]})


def test_the_same_seed_tries_the_same_points() -> None:
    first, second = (Search([Range("x", 0, 1)], "Random", 5, 3, True) for _ in range(2))
    assert [first.next() for _ in range(5)] == [second.next() for _ in range(5)]


def test_the_stand_in_for_bayesian_ends_closer_than_random() -> None:
    def best(strategy: str, seed: int) -> float:
        search, found = Search([Range("x", 0, 1)], strategy, 20, seed, True), 1.0
        for number in range(20):
            value = (float(search.next()["x"]) - 0.37) ** 2
            search.told(number, value)
            found = min(found, value)
        return found

    assert sum(best("Bayesian", seed) < best("Random", seed) for seed in range(20)) >= 13
