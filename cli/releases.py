"""Releases: the rotate function asked, and the endpoint stack that it updates watched."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from cli import output, stacks_watch
from cli.exit_codes import Busy, Refused
from cli.session import CommandError, NotDeployed, Session, parameter
from handler_common import aws_errors, stacks
from handler_common import ledger as ledgers
from sagemaker_lifecycle import names


def ask(
    session: Session, action: str, model: str, package: str | None = None, **more: str | int
) -> dict[str, Any]:
    """Invoke the rotate function, telling it who asks; answers its outcome: started, unchanged or parked.

    more: what else the action takes. Raises Refused where it refuses and Busy where something else goes on,
    each with its reason, and CommandError where the function itself fails.
    """
    who = session.client("sts").get_caller_identity()["Arn"]
    payload = {
        "action": action,
        "model": model,
        **({"package": package} if package else {}),
        "by": who,
        **more,
    }
    result = session.invoke(session.output("inference", "RotateFunctionName"), payload, f"{action} {model}")
    if result["outcome"] == "refused":
        raise Refused(f"{action} {model} was refused: {output.in_words(result['reason'])}")
    if result["outcome"] == "busy":
        raise Busy(f"{action} {model}: busy, {output.in_words(result['reason'])}")
    return result


def roll_back(session: Session, model: str) -> dict[str, Any]:
    """Leave the release that is live now, or parked: said by name, so that asking twice does not go back
    twice."""
    leaving = champion(session, model) or last_parked(session, model)
    return ask(session, "rollback", model, leaving or None)


def champion(session: Session, model: str) -> str:
    """The ARN of the released package, "" when there is none."""
    return parameter(session.endpoint_stack(model), "ChampionPackage")


def last_parked(session: Session, model: str) -> str:
    """The ARN of what was live when the model was last parked, "" when its endpoint stack never was.

    It is parked now when its stack has no champion besides. What is older than the stack is of one before.
    """
    found = _stored(session, names.parked_parameter(session.environment, model))
    if found is None:
        return ""
    try:
        created = session.endpoint_stack(model)["CreationTime"]
    except NotDeployed:
        return ""
    return found["Value"] if stacks.is_of(created, found["LastModifiedDate"]) else ""


def ledger(session: Session, model: str) -> list[dict[str, str]]:
    """What was verified live, newest last: the entries that handler_common.ledger describes.

    Raises CommandError when what is stored is no such list.
    """
    name = names.releases_parameter(session.environment, model)
    try:
        found = _stored(session, name)
        return ledgers.read(found["Value"] if found else ledgers.EMPTY)
    except ValueError as error:
        raise CommandError(f"the parameter {name}: {error}") from error


def _stored(session: Session, name: str) -> dict[str, Any] | None:
    """An SSM parameter as GetParameter has it, None when there is none of that name."""
    try:
        return session.client("ssm").get_parameter(Name=name)["Parameter"]
    except ClientError as error:
        if aws_errors.is_missing(error):
            return None
        raise


def follow(
    session: Session,
    model: str,
    after: str,
    on_event: Callable[[stacks_watch.StackEvent], None],
    *,
    expected: str,
) -> None:
    """Wait until the endpoint stack rests, telling its events, and see that ``expected`` is the champion.

    Raises CommandError where the stack ended rolled back or failed, with the first reason among its events.
    """
    stack = names.endpoint_stack_name(session.environment, model)
    reasons: list[str] = []

    def note(event: stacks_watch.StackEvent) -> None:
        on_event(event)
        if event.status.endswith("FAILED") and event.reason:
            reasons.append(f"{event.logical_id}: {event.reason}")

    described = stacks_watch.watch(session, stack, after, note)
    if described["StackStatus"] not in ("UPDATE_COMPLETE", "CREATE_COMPLETE"):
        raise CommandError(f"{stack} ended {described['StackStatus']}: {(reasons or ['no reason given'])[0]}")
    if parameter(described, "ChampionPackage") != expected:
        live = ledgers.version(parameter(described, "ChampionPackage"))
        raise CommandError(f"{stack} released {live}, not {ledgers.version(expected)}")


def wait_until_started(session: Session, model: str, expected: str, timeout: float = 60) -> None:
    """Wait until the approval's event has reached the stack: it is busy, or has ``expected`` already.

    Raises CommandError when nothing has happened within ``timeout`` seconds.
    """
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        described = session.endpoint_stack(model)
        if (
            described["StackStatus"].endswith("_IN_PROGRESS")
            or parameter(described, "ChampionPackage") == expected
        ):
            return
        time.sleep(0.2 if session.local else 2)
    raise CommandError(f"{model}: the approval has not begun a rotation within {timeout:.0f} s")
