"""The record of a model's trial: one item of the table, begun by the analysis, counted up by feedback. Pure.

Counts and sums only, so that a look costs the same for ten outcomes as for ten million. The record says which
predictions count: those answered from `since` on, while these two packages served.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from handler_common.stack_trial import VARIANTS

# What a variant's counts are, as the item's attributes `<variant>_<name>`.
COUNTS = ("n", "total", "squares", "assigned")

_TEXTS = ("champion", "challenger", "answer", "reason", "told")

Item = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Tally:
    """The outcomes of a variant.

    n: how many; total: their sum (conversions, or squared errors); squares: the sum of their squares.
    assigned: callers (or, without keys, requests) of whom an outcome came, since the share last changed.
    """

    n: int = 0
    total: float = 0.0
    squares: float = 0.0
    assigned: int = 0


@dataclass(frozen=True)
class Record:
    """A trial of two packages.

    since: seconds since 1970 from which predictions count. traffic: the challenger's percent of the requests,
    since `share_since`. ended: when it was seen to be over, None while it runs. answer, reason: of the latest
    look, "" before the first. told: the answer that people were told last.
    """

    champion: str
    challenger: str
    since: int
    traffic: int
    share_since: int
    tallies: Mapping[str, Tally] = field(default_factory=lambda: {name: Tally() for name in VARIANTS})
    ended: int | None = None
    answer: str = ""
    reason: str = ""
    told: str = ""


def key(model: str) -> Item:
    """The item's key."""
    return {"id": {"S": f"trial/{model}"}}


def read(item: Item) -> Record:
    """The record that an item is; KeyError or ValueError when it is none."""
    return Record(
        champion=item["champion"]["S"],
        challenger=item["challenger"]["S"],
        since=int(item["since"]["N"]),
        traffic=int(item["traffic"]["N"]),
        share_since=int(item["share_since"]["N"]),
        tallies={name: _tally(item, name) for name in VARIANTS},
        ended=int(item["ended"]["N"]) if "ended" in item else None,
        answer=item.get("answer", {}).get("S", ""),
        reason=item.get("reason", {}).get("S", ""),
        told=item.get("told", {}).get("S", ""),
    )


def item(model: str, record: Record) -> dict[str, Any]:
    """The item of a record."""
    texts = {name: {"S": getattr(record, name)} for name in _TEXTS}
    numbers = {name: {"N": str(getattr(record, name))} for name in ("since", "traffic", "share_since")}
    tallies: dict[str, Any] = {}
    for variant, tally in record.tallies.items():
        tallies |= counts(variant, tally)
    ended = {} if record.ended is None else {"ended": {"N": str(record.ended)}}
    return {**key(model), **texts, **numbers, **tallies, **ended}


def counts(variant: str, tally: Tally) -> dict[str, dict[str, str]]:
    """The attributes of a variant's counts."""
    return {f"{variant}_{name}": {"N": repr(getattr(tally, name))} for name in COUNTS}


def _tally(item: Item, variant: str) -> Tally:
    n, total, squares, assigned = (item[f"{variant}_{name}"]["N"] for name in COUNTS)
    return Tally(int(n), float(total), float(squares), int(assigned))
