"""Where a trial stands: what its endpoint stack says now, against the record that counts for it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from handler_common import stack_trial
from handler_common.stack_trial import VARIANTS, StackTrial
from handler_common.trial_record import Record, Tally

# The predict function looks at the share of the traffic this seldom: until then callers get the share before.
SETTLING_SECONDS = 30
# Only in these does the endpoint serve what the parameters say.
SETTLED = (
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
)


@dataclass(frozen=True)
class Seen:
    """The endpoint stack: its status and parameters."""

    status: str
    parameters: Mapping[str, str]

    @property
    def trial(self) -> StackTrial | None:
        """What is on trial, None when nothing is."""
        return stack_trial.read(self.parameters)


@dataclass(frozen=True)
class Standing:
    """state: none, changing (the stack is), parked, begun, running or ended. record: as it is from now on."""

    state: str
    record: Record | None


def standing(seen: Seen | None, record: Record | None, now: int) -> Standing:
    """The trial's standing; the record is another than the given one where it must be written."""
    running = record if record is not None and record.ended is None else None
    if seen is None:
        return _ended(running, record, now)
    if seen.status not in SETTLED:
        return Standing("changing", record)
    found = seen.trial
    if found is None:
        return _ended(running, record, now)
    if not found.champion:
        return Standing("parked", record)
    begins = now + SETTLING_SECONDS
    if running is None or (running.champion, running.challenger) != (found.champion, found.challenger):
        return Standing("begun", Record(found.champion, found.challenger, begins, found.traffic, begins))
    if running.traffic != found.traffic:
        return Standing("running", _shared_anew(running, found.traffic, begins))
    return Standing("running", running)


def _ended(running: Record | None, record: Record | None, now: int) -> Standing:
    if running is not None:
        return Standing("ended", replace(running, ended=now))
    return Standing("ended" if record else "none", record)


def _shared_anew(record: Record, traffic: int, since: int) -> Record:
    """Whom the share before drew is no evidence of how the new one draws; their outcomes stay."""
    tallies = {name: _unassigned(record.tallies[name]) for name in VARIANTS}
    return replace(record, traffic=traffic, share_since=since, tallies=tallies)


def _unassigned(tally: Tally) -> Tally:
    return replace(tally, assigned=0)
