"""Which outcomes count for the trial that runs, and the transaction that counts each once. Pure."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from feedback.outcomes import Outcome
from handler_common import trial_record
from handler_common.stack_trial import VARIANTS
from handler_common.trial_record import Record, Tally

# How long an outcome is remembered, so that it is not counted again: a trial hardly runs longer.
REMEMBERED_SECONDS = 90 * 24 * 3600
# An id made later than this from now was not made by the API's clock.
_CLOCK_SKEW = 300

NO_TRIAL = "no trial is running"
TOO_EARLY = "predicted before the trial began"
TOO_LATE = "predicted in the future"
ASKED_FOR = "the variant was asked for by name"


def ignored(outcome: Outcome, record: Record | None, now: int) -> str | None:
    """Why the outcome says nothing of the trial; None when it counts."""
    if record is None or record.ended is not None:
        return NO_TRIAL
    if not outcome.receipt.drawn:
        return ASKED_FOR
    if outcome.receipt.at < record.since:
        return TOO_EARLY
    return TOO_LATE if outcome.receipt.at > now + _CLOCK_SKEW else None


def new_units(outcomes: Iterable[Outcome], record: Record) -> dict[str, str]:
    """The variant of each caller (or request) of the outcomes that the present share of the traffic drew."""
    drawn = (outcome.receipt for outcome in outcomes if outcome.receipt.at >= record.share_since)
    return {receipt.unit: receipt.variant for receipt in drawn}


def transaction(
    table: str, model: str, record: Record, outcomes: Sequence[Outcome], units: dict[str, str], now: int
) -> list[dict[str, Any]]:
    """Marks each outcome and each unit, and adds them to the record: all, or nothing.

    Nothing when one was marked before, the trial has ended, its share of the traffic has changed, or others
    have counted since the record was read.
    """
    mark = f"{model}/{record.since}"
    marks = [f"outcome/{mark}/{outcome.place}" for outcome in outcomes]
    marks += [f"unit/{mark}/{unit}" for unit in units]
    return [
        *(_put(table, identifier, now + REMEMBERED_SECONDS) for identifier in marks),
        {"Update": {"TableName": table, "Key": trial_record.key(model), **_added(record, outcomes, units)}},
    ]


def _put(table: str, identifier: str, expires: int) -> dict[str, Any]:
    return {
        "Put": {
            "TableName": table,
            "Item": {"id": {"S": identifier}, "expires": {"N": str(expires)}},
            "ConditionExpression": "attribute_not_exists(id)",
        }
    }


def _added(record: Record, outcomes: Sequence[Outcome], units: dict[str, str]) -> dict[str, Any]:
    """The record's counts with these, computed here and written over those that were read.

    Not by DynamoDB's ADD: a sum of more than 38 digits fails, and floats far apart in size have such sums.
    """
    assigned = Counter(units.values())
    sums: dict[str, dict[str, str]] = {}
    for variant in VARIANTS:
        values = [outcome.value for outcome in outcomes if outcome.receipt.variant == variant]
        sums |= trial_record.counts(variant, _with(record.tallies[variant], values, assigned[variant]))
    return {
        "UpdateExpression": "SET " + ", ".join(f"{name} = :{name}" for name in sums),
        # `share_since` tells trials apart, but two that began in one second; the numbers of outcomes tell
        # whether others have counted since.
        "ConditionExpression": (
            "challenger = :challenger AND share_since = :share AND attribute_not_exists(ended)"
            " AND champion_n = :champion_before AND challenger_n = :challenger_before"
        ),
        "ExpressionAttributeValues": {
            **{f":{name}": value for name, value in sums.items()},
            ":challenger": {"S": record.challenger},
            ":share": {"N": str(record.share_since)},
            ":champion_before": {"N": str(record.tallies["champion"].n)},
            ":challenger_before": {"N": str(record.tallies["challenger"].n)},
        },
    }


def _with(tally: Tally, values: Sequence[float], assigned: int) -> Tally:
    return Tally(
        n=tally.n + len(values),
        total=tally.total + math.fsum(values),
        squares=tally.squares + math.fsum(value * value for value in values),
        assigned=tally.assigned + assigned,
    )
