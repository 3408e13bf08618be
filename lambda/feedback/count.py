"""Counts outcomes, each once, whatever else is counted at the same time."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from feedback import aws, counting
from feedback.outcomes import Outcome
from handler_common.trial_record import Record

# Looks at the table before giving up: outcomes seen before, a trial that changes, others that write.
TRIES = 15
# Seconds, at random up to so much; it doubles with every try up to the longest.
FIRST_PAUSE = 0.02
LONGEST_PAUSE = 1.0


class Contended(Exception):
    """Others wrote all the time; nothing of these outcomes was counted, and they may be sent again."""


@dataclass
class Counted:
    """What became of outcomes.

    counted: for the trial, now. repeated: counted before. ignored: why, by the place in what was sent.
    """

    counted: int = 0
    repeated: int = 0
    ignored: dict[int, str] = field(default_factory=lambda: dict[int, str]())


def count(table: str, model: str, outcomes: Sequence[Outcome]) -> Counted:
    """Counts at most MAX_OUTCOMES outcomes; raises Contended."""
    now, result = int(time.time()), Counted()
    pending = dict(enumerate(outcomes))
    _drop_twins(pending, result)
    record, known = aws.record(table, model), frozenset[str]()
    for attempt in range(TRIES):
        for place in list(pending):
            reason = counting.ignored(pending[place], record, now)
            if reason is not None:
                result.ignored[place] = reason
                del pending[place]
        if record is None or not pending:
            return result
        hindered, seen = _write(table, model, record, pending, known, now)
        if not hindered:
            result.counted += len(pending)
            return result
        repeated = _drop(pending, hindered)
        result.repeated += repeated
        learnt, known = repeated or seen != known, seen
        if not learnt:
            time.sleep(random.uniform(0, min(FIRST_PAUSE * 2**attempt, LONGEST_PAUSE)))
        record = aws.record(table, model)
    raise Contended(f"{len(pending)} outcomes of {model} were not counted: others wrote all the time")


def _drop_twins(pending: dict[int, Outcome], result: Counted) -> None:
    seen: set[str] = set()
    for place, outcome in list(pending.items()):
        if outcome.place in seen:
            result.repeated += 1
            del pending[place]
        seen.add(outcome.place)


def _write(
    table: str, model: str, record: Record, pending: dict[int, Outcome], known: frozenset[str], now: int
) -> tuple[frozenset[int], frozenset[str]]:
    """(places of the actions that hindered it, units that were seen before)."""
    outcomes = list(pending.values())
    units = {
        unit: variant for unit, variant in counting.new_units(outcomes, record).items() if unit not in known
    }
    hindered = aws.write(counting.transaction(table, model, record, outcomes, units, now))
    first = len(outcomes)
    return hindered, known | {unit for i, unit in enumerate(units, first) if i in hindered}


def _drop(pending: dict[int, Outcome], hindered: frozenset[int]) -> int:
    """Takes out the outcomes that were counted before; how many."""
    places = [place for i, place in enumerate(pending) if i in hindered]
    for place in places:
        del pending[place]
    return len(places)
