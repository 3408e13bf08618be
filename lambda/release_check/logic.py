"""What a release check asks, when it is met, and what the ledger of releases says after it. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handler_common import ledger as ledgers

LEDGER_SIZE = 20
# Characters an SSM parameter of the standard tier may have.
LEDGER_CHARACTERS = 4096
# CloudFormation takes an answer of at most 4096 bytes in all.
REASON_CHARACTERS = 1500

TRANSITIONAL = ("Creating", "Updating", "SystemUpdating", "RollingBack")
_REQUIRED = ("EndpointName", "EndpointConfigName", "ChampionPackage", "Model")


class CheckFailed(Exception):
    """The endpoint does not serve what the stack intended, or the check could not find out."""


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

    The oldest entries go when there are more than twenty, or more characters than SSM takes.
    """
    entries = _entries(ledger)
    entry = {"package": intended.champion, "at": at}
    if ledgers.living(entries):
        if entries[-1]["package"] == intended.champion:
            return None
        entry["replaced"] = entries[-1]["package"]
        entries[-1] |= {"ended": at, "why": f"replaced: {intended.reason}" if intended.reason else "replaced"}
    told = {"by": intended.by, "reason": intended.reason}
    return _text([*entries, {**entry, **{key: text for key, text in told.items() if text}}])


def ended(ledger: str, champion: str, at: str) -> str | None:
    """The ledger after the endpoint was deleted; None when its newest entry is another, or has ended."""
    entries = _entries(ledger)
    if not ledgers.living(entries) or entries[-1]["package"] != champion:
        return None
    entries[-1] |= {"ended": at, "why": "parked, or the stack deleted"}
    return _text(entries)


def _text(entries: list[dict[str, str]]) -> str:
    entries = entries[-LEDGER_SIZE:]
    while len(text := json.dumps(entries, separators=(",", ":"))) > LEDGER_CHARACTERS:
        entries = entries[1:]
    return text


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
