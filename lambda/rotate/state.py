"""What is known about a model when a rotation is decided, and what was decided."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ACTIONS = ("reconcile", "release", "rollback", "park", "wake")


class BadRequest(Exception):
    """The request names no known action or model, or lacks the package to release."""


@dataclass(frozen=True)
class Request:
    """An action on a model; `package` is what to release or, in a rollback, to leave (or None)."""

    action: str
    model: str
    package: str | None = None


@dataclass(frozen=True)
class Package:
    """A model package as the registry describes it."""

    arn: str
    group: str
    approval: str
    status: str

    @property
    def is_usable(self) -> bool:
        """Whether it may be released."""
        return self.approval == "Approved" and self.status == "Completed"


@dataclass(frozen=True)
class Stack:
    """The endpoint stack: its status, its parameters' names and values, its outputs."""

    status: str
    parameters: Mapping[str, str]
    outputs: Mapping[str, str]

    @property
    def champion(self) -> str:
        """ARN of the package that is live, "" when there is no endpoint."""
        return self.parameters.get("ChampionPackage", "")

    @property
    def is_busy(self) -> bool:
        """Whether an operation holds the stack: CloudFormation would refuse another."""
        return self.status.endswith("_IN_PROGRESS")


@dataclass(frozen=True)
class State:
    """All that a decision rests on; None and () where there is nothing, or where the action does not ask.

    `parked` is what was live when the model was last parked, "" when it never was; `newest` the registry's
    newest approved package, `asked` the one to release, `live` the one that is live (or was when
    parked), `previous` the latest usable release before it, `alarms` the roll-back alarms in ALARM.
    """

    stack: Stack | None
    group: str
    parked: str = ""
    endpoint_status: str | None = None
    alarms: tuple[str, ...] = ()
    newest: Package | None = None
    asked: Package | None = None
    live: Package | None = None
    previous: Package | None = None

    @property
    def is_parked(self) -> bool:
        """Whether the model waits to be woken: what is live, only the stack knows."""
        return bool(self.parked) and self.stack is not None and not self.stack.champion


@dataclass(frozen=True)
class Decision:
    """The outcome for the caller, and the steps that make it so, in the order in which they must be taken.

    `reject` marks a package as rolled back; `park` writes the parked parameter; `champion` is the parameter's
    new value (None: no update of the stack, "": no endpoint); `guarded` whether SageMaker's guardrails watch
    over the update: a roll-back must not wait for them, nor be taken back by the alarms that called for it.
    """

    outcome: str
    package: str
    reason: str
    reject: str | None = None
    park: str | None = None
    champion: str | None = None
    guarded: bool = True


def answer(request: Request, outcome: str, package: str, reason: str) -> dict[str, str]:
    """What the caller of a direct invocation gets, and the log."""
    return {
        "action": request.action,
        "model": request.model,
        "outcome": outcome,
        "package": package,
        "reason": reason,
    }


def read_request(event: Mapping[str, Any], models: tuple[str, ...]) -> Request:
    """The request of a direct invocation; raises BadRequest."""
    action, model, package = event.get("action"), event.get("model"), event.get("package") or None
    if action not in ACTIONS:
        raise BadRequest(f"no action {action!r}; there is: {', '.join(ACTIONS)}")
    if model not in models:
        raise BadRequest(f"no model {model!r}; there is: {', '.join(models)}")
    if action == "release" and not isinstance(package, str):
        raise BadRequest("release needs `package`, the ARN of a model package")
    return Request(action, model, package)
