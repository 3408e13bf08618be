"""The check itself: the endpoint must serve what was intended; then the ledger and the metric say so."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from handler_common import aws_errors, logs, names
from release_check import aws, logic

# Seconds for which the deletion of an endpoint may wait until the ledger can be written, and of which until
# the stack says why.
CLOSING = 60
ASKING = 20
UNKNOWN = "parked, or the stack was deleted"


def check(intended: logic.Intended, parameter_prefix: str, seconds: float) -> None:
    """Checks and records the release; waits at most `seconds` for a changing endpoint and for AWS.

    A release that is the ledger's newest already is recorded once, however often it is checked.
    Raises CheckFailed, and Unrecorded when the endpoint is right and the ledger cannot be reached.
    """
    until = aws.deadline(seconds)
    logic.verify(intended, aws.settled_endpoint(intended.endpoint, until))
    try:
        is_new = aws.patiently(lambda: _record(intended, parameter_prefix), until)
    except Exception as error:
        if not aws_errors.is_transient(error):
            raise
        logs.error("release not recorded", endpoint=intended.endpoint, cause=repr(error))
        raise logic.Unrecorded(f"{intended.champion} is live and not in the ledger: {error}") from error
    if not is_new:
        return
    try:
        aws.count_release(intended.endpoint)
    except Exception as error:  # a lost count is no reason to take a good release back
        logs.error("release not counted", endpoint=intended.endpoint, cause=repr(error))


def _record(intended: logic.Intended, parameter_prefix: str) -> bool:
    """Reads and writes the ledger, so that no try writes what was read before others wrote; False when
    it holds the release already."""
    name = names.releases_parameter(parameter_prefix, intended.model)
    ledger = logic.appended(aws.ledger(name), intended, _now())
    if ledger is not None:
        aws.write_ledger(name, ledger)
    return ledger is not None


def close(properties: Mapping[str, Any], parameter_prefix: str, stack: str) -> None:
    """Notes in the ledger that the endpoint was deleted, and why, as the stack with this id tells.

    Never raises: a deletion must not hang on that.
    """
    try:
        intended, until = logic.read_intended(properties), aws.deadline(CLOSING)
        why = _why(stack)
        aws.patiently(lambda: _end(intended, parameter_prefix, why), until)
    except Exception as error:
        logs.error("end of the release not noted", properties=properties, cause=repr(error))


def _why(stack: str) -> str:
    try:
        return logic.why_ended(*aws.patiently(lambda: aws.stack(stack), aws.deadline(ASKING)))
    except Exception as error:  # the end is noted all the same
        logs.warning("the stack does not say why", stack=stack, cause=repr(error))
        return UNKNOWN


def _end(intended: logic.Intended, parameter_prefix: str, why: str) -> None:
    name = names.releases_parameter(parameter_prefix, intended.model)
    ledger = logic.ended(aws.ledger(name), intended.champion, _now(), why)
    if ledger is not None:
        aws.write_ledger(name, ledger)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
