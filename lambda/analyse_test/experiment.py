"""What a model's model.yaml says of its trials, and what a record comes to under it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from analyse_test import decision, expected_loss
from analyse_test.decision import Arm, Rules, Verdict
from analyse_test.guardrails import Limits, Traffic
from analyse_test.outcomes import Conversions, SquaredErrors
from handler_common.trial_record import Record, Tally

# A change of the share is an update of the endpoint: not for less than so many percent.
LEAST_CHANGE = 5


@dataclass(frozen=True)
class Experiment:
    """How trials of a model are judged, and what may be done about it.

    outcome: conversion or squared-error. auto_promote: whether a verdict is acted on. thompson: the least and
    the most percent of the requests for the challenger, between which its share follows the chance that it is
    the better one; None where the share stays as it was set.
    """

    endpoint: str
    outcome: str
    rules: Rules
    auto_promote: bool
    thompson: tuple[int, int] | None

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> "Experiment":
        """From an entry of experiments.json."""
        bounds = told["thompson"]
        return cls(
            told["endpoint"],
            told["outcome"],
            Rules(**told["rules"], limits=Limits(**told["guardrails"])),
            told["auto_promote"],
            None if bounds is None else (bounds["min"], bounds["max"]),
        )


def verdict(experiment: Experiment, record: Record, traffic: Mapping[str, Traffic]) -> Verdict:
    """The verdict on the trial; `traffic` is each variant's since it began.

    A share of nothing or of everything cannot be off, so it is not looked at.
    """
    share = record.traffic / 100 if 0 < record.traffic < 100 else None
    rules = replace(experiment.rules, share=share)
    champion, challenger = (
        Arm(traffic[name], record.tallies[name].assigned, outcomes(experiment, record.tallies[name]))
        for name in ("champion", "challenger")
    )
    return decision.decide(champion, challenger, rules)


def outcomes(experiment: Experiment, tally: Tally) -> Conversions | SquaredErrors:
    """A variant's outcomes as the statistics take them."""
    if experiment.outcome == "conversion":
        return Conversions(tally.n, round(tally.total))
    return SquaredErrors(tally.n, tally.total, tally.squares)


def request(experiment: Experiment, record: Record, answer: str, reason: str) -> dict[str, Any] | None:
    """What to ask of the rotate function about this answer; None when nothing is to be done.

    With auto_promote a verdict is acted on: promote, discard, or no more requests for a challenger whose test
    cannot be trusted. Without a verdict, Thompson sampling may move the share. The challenger is named, so
    that nothing is done to another trial that began meanwhile.
    """
    if answer == "inconclusive":
        share = _share(experiment, record)
        if share is None or abs(share - record.traffic) < LEAST_CHANGE:
            return None
        return {"action": "traffic", "package": record.challenger, "traffic": share}
    if not experiment.auto_promote:
        return None
    if answer == "stopped":
        none = {"action": "traffic", "package": record.challenger, "traffic": 0}
        return none if record.traffic else None
    return {"action": answer, "package": record.challenger, "reason": reason}


def _share(experiment: Experiment, record: Record) -> int | None:
    """Percent for the challenger as Thompson sampling has it: the chance that it is the better one.

    Drawn anew for each request it would come to the same on average (Thompson, Biometrika 25, 1933); here it
    changes at most once a look.
    """
    if experiment.thompson is None:
        return None
    champion, challenger = (outcomes(experiment, record.tallies[name]) for name in ("champion", "challenger"))
    if min(champion.n, challenger.n) < 2:
        return None
    least, most = experiment.thompson
    return min(max(round(100 * expected_loss.chance(champion, challenger)), least), most)
