"""One request to the rotate function, and the endpoint stack followed until it rests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cli import challenger, output, releases
from cli.options import confirm
from cli.session import Session
from cli.stacks_watch import last_event_id
from sagemaker_lifecycle import names


@dataclass(frozen=True)
class Asked:
    """An action on a model; more is what the action takes besides a package."""

    action: str
    model: str
    package: str | None = None
    more: Mapping[str, str | int] = field(default_factory=lambda: dict[str, str | int]())


# Actions that leave the champion as it is.
_BESIDE_THE_CHAMPION = ("test", "traffic", "discard")


def change(environment: str, what: str, asked: Asked, *, yes: bool, as_json: bool) -> str:
    """Ask for an action that callers of the model feel, once it is confirmed; its outcome.

    what: ends the question that is put in a protected environment. Raises as `confirm` and `ask_and_follow`.
    """
    session = Session(environment)
    confirm(session, what, yes=yes)
    return ask_and_follow(session, asked, as_json=as_json)


def ask_and_follow(session: Session, asked: Asked, *, as_json: bool) -> str:
    """Ask, tell the outcome, and where something was started follow the stack and tell what is live then.

    Returns the outcome: started, unchanged or parked. Raises Refused, Busy, and CommandError when the stack
    does not end as was asked for.
    """
    session.model(asked.model)
    after = last_event_id(session, names.endpoint_stack_name(session.environment, asked.model))
    live = releases.champion(session, asked.model)
    if asked.action == "rollback":
        outcome = releases.roll_back(session, asked.model)
    else:
        outcome = releases.ask(session, asked.action, asked.model, asked.package, **asked.more)
    if not as_json:
        output.line(f"{outcome['outcome']}: {output.in_words(outcome['reason'])}")
    if outcome["outcome"] == "started":
        expected = live if asked.action in _BESIDE_THE_CHAMPION else outcome["package"]
        expected = "" if asked.action == "park" else expected
        releases.follow(session, asked.model, after, output.event_teller(as_json), expected=expected)
        if not as_json:
            trial = challenger.on_trial(session.endpoint_stack(asked.model))
            output.line(challenger.standing(trial, again=asked.action == "rollback"))
    if as_json:
        output.document(outcome)
    return outcome["outcome"]
