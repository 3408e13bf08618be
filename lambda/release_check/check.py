"""The check itself: the endpoint must serve what was intended; then the ledger and the metric say so."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from handler_common import logs, names
from release_check import aws, logic


def check(intended: logic.Intended, parameter_prefix: str, seconds: float) -> None:
    """Checks and records the release; waits at most `seconds` for a changing endpoint. Raises CheckFailed.

    A release that is the ledger's newest already is recorded once, however often it is checked.
    """
    logic.verify(intended, aws.settled_endpoint(intended.endpoint, seconds))
    name = names.releases_parameter(parameter_prefix, intended.model)
    ledger = logic.appended(aws.ledger(name), intended, _now())
    if ledger is None:
        return
    aws.write_ledger(name, ledger)
    try:
        aws.count_release(intended.endpoint)
    except Exception as error:  # a lost count is no reason to take a good release back
        logs.error("release not counted", endpoint=intended.endpoint, cause=repr(error))


def close(properties: Mapping[str, Any], parameter_prefix: str) -> None:
    """Notes in the ledger that the endpoint was deleted; never raises: a deletion must not hang on that."""
    try:
        intended = logic.read_intended(properties)
        name = names.releases_parameter(parameter_prefix, intended.model)
        ledger = logic.ended(aws.ledger(name), intended.champion, _now())
        if ledger is not None:
            aws.write_ledger(name, ledger)
    except Exception as error:
        logs.error("end of the release not noted", properties=properties, cause=repr(error))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
