"""The verdict on a test of champion and challenger, and its guardrails."""

import math
import time
from dataclasses import replace

import pytest

from analyse_test.decision import Arm, Rules, Verdict, decide
from analyse_test.guardrails import MINIMUM_REQUESTS, Limits, Traffic, breach
from analyse_test.outcomes import Conversions, SquaredErrors

SOUND = Traffic(10_000, 5, 20.0)


def arm(n: int, successes: int, traffic: Traffic = SOUND, assigned: int | None = None) -> Arm:
    """A variant of conversions, to which as many callers came as outcomes unless told otherwise."""
    return Arm(traffic, n if assigned is None else assigned, Conversions(n, successes))


def verdict(champion: Arm, challenger: Arm, **rules: float) -> Verdict:
    """The verdict under the default rules with the given ones changed."""
    return decide(champion, challenger, replace(Rules(), **rules))  # type: ignore[arg-type]


def test_a_challenger_that_converts_better_is_promoted() -> None:
    found = verdict(arm(20_000, 2000), arm(20_000, 2400))
    assert found.answer == "promote"
    assert found.reason.startswith("the challenger is better by 0.02 (p = ")
    assert found.p_value < 1e-6
    assert 0 < found.low < found.improvement < found.high
    assert found.losses.promote < 1e-6 < found.losses.discard


def test_a_challenger_that_converts_worse_is_discarded() -> None:
    found = verdict(arm(20_000, 2400), arm(20_000, 2000))
    assert (found.answer, found.improvement) == ("discard", pytest.approx(-0.02))
    assert "worse by 0.02" in found.reason


def test_a_challenger_with_smaller_errors_is_promoted() -> None:
    champion = Arm(SOUND, 1000, SquaredErrors(1000, 10_000.0, 150_000.0))
    challenger = Arm(SOUND, 1000, SquaredErrors(1000, 7000.0, 90_000.0))
    assert verdict(champion, challenger).answer == "promote"
    assert verdict(challenger, champion).answer == "discard"


def test_no_difference_is_inconclusive_at_once_and_after_a_million() -> None:
    for n in (1000, 500_000):
        found = verdict(arm(n, n // 10), arm(n, n // 10))
        assert (found.answer, found.p_value) == ("inconclusive", 1.0)
        assert found.low < 0 < found.high


def test_what_a_fixed_test_finds_is_not_enough_at_every_look() -> None:
    """z = 2.3, p = 0.02 of a test that looks once."""
    found = verdict(arm(10_000, 1000), arm(10_000, 1100))
    assert found.answer == "inconclusive"
    assert found.reason.startswith("no difference is shown yet (p = ")


def test_too_few_outcomes_are_inconclusive_however_clear() -> None:
    found = verdict(arm(499, 10), arm(600, 400))
    assert (found.answer, found.reason) == (
        "inconclusive",
        "a variant has 499 outcomes, of 500 that each needs",
    )
    assert verdict(arm(500, 10), arm(600, 400)).answer == "promote"


def test_a_clear_difference_waits_while_the_choice_may_cost_more_than_tolerated() -> None:
    found = verdict(arm(20_000, 2000), arm(20_000, 2300), loss_tolerance=0.0)
    assert found.answer == "inconclusive"
    assert "more than 0" in found.reason


def test_another_sample_ratio_than_agreed_stops_the_test_before_all_else() -> None:
    broken = Traffic(10_000, 5000, 900.0)
    found = verdict(arm(20_000, 2000, assigned=10_400), arm(20_000, 2400, broken, assigned=9600))
    assert found.answer == "stopped"
    assert found.reason.startswith("the challenger got 9600 of 20000, not 50% (p = ")
    assert found.ratio_p_value < 0.001


def test_the_share_of_the_challenger_need_not_be_half() -> None:
    found = verdict(arm(18_000, 1800), arm(2000, 200), share=0.1)
    assert (found.answer, found.ratio_p_value) == ("inconclusive", 1.0)


def test_a_broken_guardrail_discards_even_a_better_challenger() -> None:
    found = verdict(arm(20_000, 2000), arm(20_000, 2400, Traffic(10_000, 300, 20.0)))
    assert found.answer == "discard"
    assert found.reason == "the challenger fails 3.00% of its requests, the champion 0.05%"


def test_outcomes_of_two_kinds_are_refused() -> None:
    with pytest.raises(ValueError, match="one kind"):
        verdict(arm(10, 1), Arm(SOUND, 10, SquaredErrors(10, 1.0, 1.0)))


@pytest.mark.parametrize(
    "rules",
    [{"share": 0.0}, {"share": 1.0}, {"alpha": 0.0}, {"minimum_samples": 1}, {"loss_tolerance": math.nan}],
)
def test_rules_out_of_bounds_are_refused(rules: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(rules))):
        verdict(arm(10, 1), arm(10, 1), **rules)


def test_a_decision_on_a_million_observations_takes_no_50_ms() -> None:
    begin = time.process_time()
    verdict(arm(500_000, 50_000), arm(500_000, 50_400))
    assert time.process_time() - begin < 0.05


def test_a_few_errors_more_break_no_guardrail() -> None:
    assert breach(Traffic(1000, 2, 10.0), Traffic(1000, 6, 10.0), Limits()) is None


def test_what_a_sound_challenger_shows_in_one_look_of_a_hundred_breaks_no_guardrail() -> None:
    champion, limits = Traffic(100_000, 1000, 10.0), Limits(error_margin=0.0)
    assert breach(champion, Traffic(100_000, 1170, 10.0), limits) is None
    assert breach(champion, Traffic(100_000, 1300, 10.0), limits) is not None


def test_two_variants_that_fail_alike_break_no_guardrail() -> None:
    assert breach(Traffic(100_000, 9000, 10.0), Traffic(100_000, 9050, 10.0), Limits()) is None


def test_errors_within_the_margin_break_no_guardrail() -> None:
    champion, challenger = Traffic(1_000_000, 0, 10.0), Traffic(1_000_000, 900, 10.0)
    assert breach(champion, challenger, Limits(error_margin=0.001)) is None
    assert breach(champion, challenger, Limits(error_margin=0.0001)) is not None


def test_a_challenger_that_fails_less_breaks_no_guardrail() -> None:
    assert breach(Traffic(10_000, 5000, 10.0), Traffic(10_000, 0, 10.0), Limits()) is None


def test_a_slow_challenger_breaks_a_guardrail_once_there_are_enough_requests() -> None:
    few = MINIMUM_REQUESTS - 1
    slow, quick = Traffic(MINIMUM_REQUESTS, 0, 15.1), Traffic(MINIMUM_REQUESTS, 0, 10.0)
    assert breach(quick, slow, Limits()) == (
        "the challenger takes 15.1 ms, the champion 10.0 ms: more than 1.5 times as long"
    )
    assert breach(quick, replace(slow, latency=15.0), Limits()) is None
    assert breach(quick, replace(slow, requests=few), Limits()) is None
    assert breach(replace(quick, requests=few), slow, Limits()) is None


@pytest.mark.parametrize("counts", [(1, 2, 0.0), (1, -1, 0.0), (1, 0, -1.0), (1, 0, math.nan)])
def test_traffic_out_of_bounds_is_refused(counts: tuple[int, int, float]) -> None:
    with pytest.raises(ValueError, match="must"):
        Traffic(*counts)
