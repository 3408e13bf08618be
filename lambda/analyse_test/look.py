"""One look at a model's trial: the record kept up, the verdict, and what is done about it."""

import math
import time
from dataclasses import replace
from typing import Any

from analyse_test import aws, experiment, records, traffic, trial
from analyse_test.decision import Verdict
from analyse_test.experiment import Experiment
from analyse_test.settings import Settings
from handler_common.trial_record import Record

BY = "the analysis of the test"


def look(settings: Settings, model: str, told: Experiment, *, act: bool) -> dict[str, Any]:
    """How the model's trial stands; with `act`, a verdict is told and, as model.yaml says, acted on.

    Raises Outrun when another look wrote at the same moment.
    """
    now = int(time.time())
    old = records.read(settings.table, model)
    standing = trial.standing(aws.stack(f"{settings.stack_prefix}{model}"), old, now)
    record = standing.record
    if record is not None and record is not old:
        _write(settings, model, record, old, begun=standing.state == "begun")
    answer: dict[str, Any] = {"model": model, "state": standing.state}
    if record is None:
        return answer
    answer |= described(told, record)
    if standing.state != "running":
        return answer
    verdict = experiment.verdict(told, record, traffic.of(told.endpoint, record.since, now))
    # What was found to be no fair comparison stays that: its outcomes are judged no more.
    stopped = record.answer == "stopped"
    judged = record if stopped else replace(record, answer=verdict.answer, reason=verdict.reason)
    records.keep(settings.table, model, judged, record)
    answer |= {**_numbers(verdict), "answer": judged.answer, "reason": judged.reason}
    if act:
        answer |= _act(settings, model, told, judged)
    return answer


def described(told: Experiment, record: Record) -> dict[str, Any]:
    """The record for people and programs: its packages, outcomes by variant, and its latest answer."""
    variants: dict[str, Any] = {
        name: {
            "outcomes": tally.n,
            "mean": experiment.outcomes(told, tally).mean if tally.n else None,
            "assigned": tally.assigned,
        }
        for name, tally in record.tallies.items()
    }
    return {
        "champion": record.champion,
        "challenger": record.challenger,
        "traffic": record.traffic,
        "since": record.since,
        "ended": record.ended,
        "outcome": told.outcome,
        "variants": variants,
        "answer": record.answer,
        "reason": record.reason,
    }


def _write(settings: Settings, model: str, record: Record, old: Record | None, *, begun: bool) -> None:
    if begun or old is None:
        records.begin(settings.table, model, record, old)
    else:
        records.keep(settings.table, model, record, old)


def _numbers(verdict: Verdict) -> dict[str, Any]:
    numbers = {
        "improvement": verdict.improvement,
        "low": verdict.low,
        "high": verdict.high,
        "p_value": verdict.p_value,
        "ratio_p_value": verdict.ratio_p_value,
        "loss_of_promoting": verdict.losses.promote,
        "loss_of_discarding": verdict.losses.discard,
    }
    # JSON has no infinity: what is not bounded yet is null.
    return {name: value if math.isfinite(value) else None for name, value in numbers.items()}


def _act(settings: Settings, model: str, told: Experiment, record: Record) -> dict[str, Any]:
    """What was asked of the rotate function, and its answer; people are told of a verdict that is new."""
    wanted = experiment.request(told, record, record.answer, record.reason)
    done: dict[str, Any] = {}
    if wanted is not None:
        request = {"reason": record.reason, **wanted, "model": model, "by": BY}
        done = {"asked": wanted, "done": aws.ask(settings.rotate_function, request)["outcome"]}
    if record.answer not in ("inconclusive", record.told):
        aws.tell(
            {
                "environment": settings.environment,
                "model": model,
                "answer": record.answer,
                "reason": record.reason,
                "challenger": record.challenger,
                "done": f"{wanted['action']}: {done['done']}" if wanted else "nothing",
            }
        )
        # Afterwards: told twice is better than never.
        records.keep(settings.table, model, replace(record, told=record.answer), record)
    return done
