"""The check itself: the endpoint must serve what was intended; then the ledger and the metric say so."""

from datetime import UTC, datetime

from handler_common import logs
from release_check import aws, logic


def check(intended: logic.Intended, parameter_prefix: str, seconds: float) -> None:
    """Checks and records the release; waits at most `seconds` for a changing endpoint. Raises CheckFailed.

    A release that is the ledger's newest already is recorded once, however often it is checked.
    """
    logic.verify(intended, aws.settled_endpoint(intended.endpoint, seconds))
    name = f"{parameter_prefix}{intended.model}/releases"
    at = datetime.now(UTC).isoformat(timespec="seconds")
    ledger = logic.appended(aws.ledger(name), intended.champion, at)
    if ledger is None:
        return
    aws.write_ledger(name, ledger)
    try:
        aws.count_release(intended.endpoint)
    except Exception as error:  # a lost count is no reason to take a good release back
        logs.error("release not counted", endpoint=intended.endpoint, cause=repr(error))
