"""What a release check asks, when it is met, and what the ledger of releases says after it. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handler_common import ledger as ledgers

LEDGER_SIZE = 20
# The newest entries, which are never dropped: what is live, and what a roll-back may lead to.
LEDGER_KEPT = 3
# What a parameter of the standard tier may hold: 4 KB, as
# https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html says.
# SSM's refusal speaks of characters, of which there are never more than bytes.
LEDGER_BYTES = 4096
# Characters of a text to which it is shortened in older entries where the ledger is too long.
SHORT_TEXT = 40
_TEXTS = ("by", "reason", "why")
# CloudFormation takes an answer of at most 4096 bytes in all.
REASON_CHARACTERS = 1500

TRANSITIONAL = ("Creating", "Updating", "SystemUpdating", "RollingBack")
_REQUIRED = ("EndpointName", "EndpointConfigName", "ChampionPackage", "Model")


class CheckFailed(Exception):
    """The endpoint does not serve what the stack intended, or the check could not find out."""


class Unrecorded(Exception):
    """The endpoint serves what was intended, and the ledger could not be reached to say so."""


@dataclass(frozen=True)
class Intended:
    """What the stack intends: an endpoint on a config, serving the model's champion package.

    `by` and `reason`: who or what asked for the release, and why; "" where that is not known.
    """

    endpoint: str
    config: str
    champion: str
    model: str
    by: str = ""
    reason: str = ""


def read_intended(properties: Mapping[str, Any]) -> Intended:
    """The resource's properties, all texts by CloudFormation's hand; raises CheckFailed naming a lack."""
    lacking = [name for name in _REQUIRED if not properties.get(name)]
    if lacking:
        raise CheckFailed(f"the resource lacks the properties: {', '.join(lacking)}")
    told = (str(properties.get(name) or "") for name in ("ReleasedBy", "ReleaseReason"))
    return Intended(*(str(properties[name]) for name in _REQUIRED), *told)


def physical_id(event: Mapping[str, Any]) -> str:
    """The resource's id, the same for ever for one endpoint, so that no update replaces it."""
    endpoint = event.get("ResourceProperties", {}).get("EndpointName")
    if endpoint:
        return f"release-check-{endpoint}"
    return str(event.get("PhysicalResourceId") or "release-check")


def verify(intended: Intended, described: Mapping[str, Any]) -> None:
    """Raises CheckFailed unless the described endpoint is InService on the intended config."""
    status, serving = described["EndpointStatus"], described["EndpointConfigName"]
    if status == "InService" and _same_config(intended.config, serving):
        return
    reason = f": {described['FailureReason']}" if described.get("FailureReason") else ""
    raise CheckFailed(
        f"endpoint {intended.endpoint} is {status} on config {serving}, "
        f"intended is InService on config {_name(intended.config)}{reason}"
    )


def appended(ledger: str, intended: Intended, at: str) -> str | None:
    """The ledger (JSON, newest last) with the release added and the one before it ended; None when the
    package is its newest already and has not ended.

    When SSM would not take it, texts of older entries are shortened, then the oldest go; the newest three
    stay.
    """
    entries = _entries(ledger)
    entry = {"package": intended.champion, "at": at}
    if ledgers.living(entries):
        if entries[-1]["package"] == intended.champion:
            return None
        entry["replaced"] = entries[-1]["package"]
        entries[-1] |= {"ended": at, "why": ledgers.REPLACED}
    told = {"by": intended.by, "reason": intended.reason}
    return _text([*entries, {**entry, **{key: text for key, text in told.items() if text}}])


def why_ended(status: str, champion: str) -> str:
    """Why the endpoint was deleted, by the stack's status and the package that its parameters name."""
    if status.startswith("DELETE_"):
        return "the stack was deleted"
    if "ROLLBACK" in status:
        return "its update was rolled back"
    return "the endpoint was deleted" if champion else "parked"


def ended(ledger: str, champion: str, at: str, why: str) -> str | None:
    """The ledger after the endpoint was deleted; None when its newest entry is another, or has ended."""
    entries = _entries(ledger)
    if not ledgers.living(entries) or entries[-1]["package"] != champion:
        return None
    entries[-1] |= {"ended": at, "why": why}
    return _text(entries)


def _text(entries: list[dict[str, str]]) -> str:
    kept = entries[-LEDGER_SIZE:]
    # The oldest first; the newest stays whole.
    for index in range(len(kept) - 1):
        if _fits(kept):
            break
        kept[index] = _shortened(kept[index], SHORT_TEXT)
    while not _fits(kept) and len(kept) > LEDGER_KEPT:
        kept = kept[1:]
    length = LEDGER_BYTES
    while not _fits(kept) and length > 1:
        length //= 2
        kept = [_shortened(entry, length) for entry in kept]
    return _json(kept)


def _fits(entries: list[dict[str, str]]) -> bool:
    return len(_json(entries).encode()) <= LEDGER_BYTES


def _json(entries: list[dict[str, str]]) -> str:
    # An escape takes six characters of one letter.
    return json.dumps(entries, separators=(",", ":"), ensure_ascii=False)


def _shortened(entry: dict[str, str], length: int) -> dict[str, str]:
    """The entry with its texts cut to so many characters; who asked, by the name that tables show."""
    texts = {key: entry[key] for key in _TEXTS if len(entry.get(key, "")) > length}
    if "by" in texts:
        texts["by"] = ledgers.name(texts["by"])
    return entry | {key: _cut(text, length) for key, text in texts.items()}


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def answer(event: Mapping[str, Any], reason: str | None) -> dict[str, Any]:
    """The answer for CloudFormation: SUCCESS, or FAILED when there is a reason."""
    return {
        "Status": "SUCCESS" if reason is None else "FAILED",
        "Reason": (reason or "the endpoint serves what was intended")[:REASON_CHARACTERS],
        "PhysicalResourceId": physical_id(event),
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
    }


def _entries(ledger: str) -> list[dict[str, str]]:
    try:
        return ledgers.read(ledger)
    except ValueError as error:
        raise CheckFailed(str(error)) from None


def _name(config: str) -> str:
    """The name in a config's ARN, or the name itself: Ref gives the one, GetAtt the other."""
    return config.rpartition("/")[2]


def _same_config(intended: str, serving: str) -> bool:
    if intended == serving:
        return True
    # SageMaker writes names in lower case into ARNs.
    return intended.startswith("arn:") and _name(intended).lower() == serving.lower()
