"""The ledger of a model's releases: what is in it, and in which words people are told. Pure.

The text of an SSM parameter: a JSON list, newest last, of {"package", "at", "by"?, "reason"?, "replaced"?,
"ended"?, "why"?}, times in ISO 8601 and UTC. The newest entry lives until it has ended. What was replaced
was so for the reason of the entry after it, which is not written twice.
"""

import json
import re
from collections.abc import Mapping, Sequence

Entry = Mapping[str, str]

# What a table of releases shows of each, and in this order.
COLUMNS = ("version", "since", "by", "replaced", "reason", "ended", "why")
UNKNOWN = "-"
REPLACED = "replaced"

# The text of a ledger without an entry, as of a model that was never released.
EMPTY = "[]"


def read(text: str) -> list[dict[str, str]]:
    """The entries, newest last; raises ValueError when the text is no ledger."""
    try:
        content = json.loads(text)
        if isinstance(content, list):
            return [
                {"package": str(entry["package"]), **{key: str(value) for key, value in entry.items()}}
                for entry in content
            ]
    except (ValueError, TypeError, KeyError, AttributeError):
        pass
    raise ValueError(f"the ledger of releases is no list of packages: {text[:100]!r}")


def living(entries: Sequence[Entry]) -> Entry | None:
    """The release that is live, None when the newest has ended, or there never was one."""
    return entries[-1] if entries and "ended" not in entries[-1] else None


def rows(entries: Sequence[Entry]) -> list[dict[str, str]]:
    """The entries as a table shows them, by column; `-` for what is not known or not so."""
    following: list[Entry] = [*entries[1:], {}]
    return [_row(entry, after) for entry, after in zip(entries, following, strict=False)]


def _row(entry: Entry, after: Entry) -> dict[str, str]:
    return {
        "version": version(entry["package"]),
        "since": _minute(entry.get("at")),
        "by": name(entry.get("by")) or UNKNOWN,
        "replaced": version(entry.get("replaced")),
        "reason": entry.get("reason") or UNKNOWN,
        "ended": _minute(entry.get("ended")),
        "why": _why(entry, after) or UNKNOWN,
    }


def standing(model: str, entries: Sequence[Entry], parked: str | None) -> str:
    """How the model stands by what was verified, in a sentence.

    parked: what was live when the model was last parked, which says something only while nothing lives.
    """
    live = living(entries)
    if live:
        return f"{model}: {version(live['package'])} is live since {_minute(live.get('at'))} UTC"
    since = f" since {_minute(entries[-1]['ended'])} UTC" if entries else ""
    if parked:
        return f"{model} is parked{since}: waking releases {version(parked)}, or what was approved meanwhile"
    return f"{model}: nothing is live{since}" if entries else f"{model} was never released"


def version(package: str | None) -> str:
    """`v3` of the ARN of a model package, `-` of none."""
    return f"v{package.rpartition('/')[2]}" if package else UNKNOWN


def name(who: str | None) -> str:
    """The name at the end of a caller's ARN: of a user, or of a role's session; others as they are.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html has the forms.
    """
    return re.split("[:/]", who)[-1] if who and who.startswith("arn:") else who or ""


def _why(entry: Entry, after: Entry) -> str:
    why = entry.get("why") or ""
    return f"{why}: {after['reason']}" if why == REPLACED and after.get("reason") else why


def _minute(moment: str | None) -> str:
    """A time of ISO 8601 without its seconds and zone."""
    return moment[:16].replace("T", " ") if moment else UNKNOWN
