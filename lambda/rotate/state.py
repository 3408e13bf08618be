"""What is known about a model when a rotation is decided, and what was decided."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from handler_common.stack_trial import ON_TRIAL

ACTIONS = (
    "reconcile",
    "release",
    "rollback",
    "park",
    "wake",
    "test",
    "traffic",
    "promote",
    "discard",
    "mend",
    "resize",
)
MODES = ("canary", "shadow")
# What a trial begins with when the request does not say: a tenth of the requests.
TRAFFIC = 10
# A week: as far back as is looked for predictions.
MOST_IDLE_HOURS = 168
# Longest texts that are passed on; a stack's parameter takes 4096 bytes.
_TEXT_LIMIT = 200


class BadRequest(Exception):
    """The request names no known action or model, lacks what the action needs, or is out of its bounds."""


@dataclass(frozen=True)
class Request:
    """An action on a model.

    `package`: what to release or try or, in a rollback, to leave (or None); `traffic`: percent of requests
    for the challenger, None where it is not said; `mode`: canary or shadow; `reason`: why, for the registry
    and the ledger; `by`: who asked, "" where it is not said; `idle_hours`: park only if the endpoint was
    neither changed nor asked for so long, None: park whatever it does; `again`: a person or the clock asks,
    so that a step which has failed may be tried again.
    """

    action: str
    model: str
    package: str | None = None
    traffic: int | None = None
    mode: str = "canary"
    reason: str = ""
    by: str = ""
    idle_hours: int | None = None
    again: bool = False


@dataclass(frozen=True)
class Package:
    """A model package as the registry describes it; `changed` is when it was made or last updated."""

    arn: str
    group: str
    approval: str
    status: str
    changed: datetime
    description: str = ""

    @property
    def is_usable(self) -> bool:
        """Whether it may serve."""
        return self.approval == "Approved" and self.status == "Completed"

    @property
    def on_trial(self) -> bool:
        """Whether it was approved for a trial only."""
        return self.approval == "Approved" and self.description.startswith(ON_TRIAL)


@dataclass(frozen=True)
class Stack:
    """The endpoint stack: its status, its parameters' names and values, its outputs, when it was created."""

    status: str
    parameters: Mapping[str, str]
    outputs: Mapping[str, str]
    created: datetime

    @property
    def champion(self) -> str:
        """ARN of the package that is live, "" when there is no endpoint."""
        return self.parameters.get("ChampionPackage", "")

    @property
    def challenger(self) -> str:
        """ARN of the package on trial, "" when there is none; without a champion it waits for one."""
        return self.parameters.get("ChallengerPackage", "")

    @property
    def traffic(self) -> int:
        """Percent of requests that the challenger gets."""
        return int(self.parameters.get("ChallengerTraffic") or 0)

    @property
    def is_shadow(self) -> bool:
        """Whether the challenger gets copies of requests, and answers nobody."""
        return self.parameters.get("ChallengerMode") == "shadow"

    @property
    def instance_type(self) -> str:
        """What an autoscaled endpoint runs on."""
        return self.parameters.get("InstanceType", "")

    @property
    def wanted_instance_type(self) -> str:
        """What model.yaml said at the last deploy; "" where nothing scales."""
        return self.outputs.get("WantedInstanceType", "")

    @property
    def refused_instance_type(self) -> str:
        """The type that the endpoint could not change to, "" when there is none."""
        return self.parameters.get("RefusedInstanceType", "")

    @property
    def is_paused(self) -> bool:
        """Whether autoscaling is off while the instance type changes."""
        return self.parameters.get("Autoscaling") == "paused"

    @property
    def is_busy(self) -> bool:
        """Whether an operation holds the stack: CloudFormation would refuse another."""
        return self.status.endswith("_IN_PROGRESS")


@dataclass(frozen=True)
class Resource:
    """A resource of the endpoint stack, as CloudFormation describes it."""

    logical_id: str
    kind: str
    physical_id: str
    status: str


@dataclass(frozen=True)
class Failure:
    """How an update of the stack failed: why and when the first of its resources did.

    `later`: the tokens of the updates that began after it and were not rolled back, the newest first.
    """

    reason: str
    at: datetime
    later: tuple[str, ...]


@dataclass(frozen=True)
class Usage:
    """An endpoint of late: hours since it was made or changed, and its invocations in the hours asked for."""

    unchanged_hours: float
    invocations: int


@dataclass(frozen=True)
class State:
    """All that a decision rests on; None and () where there is nothing, or where the action does not ask.

    `parked` is what was live when this stack's model was last parked, "" when it never was; `newest` the
    registry's newest approved package, `asked` the one to release or to try, `live` the one that is live (or
    was when parked), `trial` the challenger, `previous` the latest usable release before the live one,
    `alarms` the roll-back alarms in ALARM, `usage` how the endpoint was used, `failed_step` the step to
    another instance type that the stack's last update was, "" when it was another or none that was rolled
    back.
    """

    stack: Stack | None
    group: str
    parked: str = ""
    endpoint_status: str | None = None
    alarms: tuple[str, ...] = ()
    newest: Package | None = None
    asked: Package | None = None
    live: Package | None = None
    trial: Package | None = None
    previous: Package | None = None
    usage: Usage | None = None
    failed_step: str = ""

    @property
    def is_parked(self) -> bool:
        """Whether the model waits to be woken: what is live, only the stack knows."""
        return bool(self.parked) and self.stack is not None and not self.stack.champion


@dataclass(frozen=True)
class Verdict:
    """What the registry is to be told of a package."""

    package: str
    approval: str
    description: str


@dataclass(frozen=True)
class Decision:
    """The outcome for the caller, and the steps that make it so, in the order in which they must be taken.

    `verdict` goes to the registry; `park` is written to the parked parameter; `changes` are the stack's
    parameters (None: no update). `guarded` says whether SageMaker's guardrails watch over the update: a
    roll-back must not wait for them, nor be taken back by the alarms that called for it, and they refuse a
    variant that comes or goes; None: the update leaves the endpoint alone. `alarms` are those in ALARM that
    forbid the update. `step` is the update's name where it is a step to another instance type.
    """

    outcome: str
    package: str
    reason: str
    verdict: Verdict | None = None
    park: str | None = None
    changes: Mapping[str, str] | None = None
    guarded: bool | None = True
    alarms: tuple[str, ...] = ()
    step: str = ""


def answer(request: Request, outcome: str, package: str, reason: str) -> dict[str, str]:
    """What the caller of a direct invocation gets, and the log."""
    return {
        "action": request.action,
        "model": request.model,
        "outcome": outcome,
        "package": package,
        "reason": reason,
    }


def one_line(text: str) -> str:
    """The text with one space for every run of white space and control characters.

    The registry takes no line break in a reason (ApprovalDescription, pattern `.*`), and CloudFormation
    answers in XML, which knows no other control characters.
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateModelPackage.html
    """
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", text).split())


def read_request(event: Mapping[str, Any], models: tuple[str, ...]) -> Request:
    """The request of a person or of the clock; raises BadRequest."""
    action, model, package = event.get("action"), event.get("model"), event.get("package") or None
    mode, traffic = event.get("mode") or "canary", event.get("traffic")
    if action not in ACTIONS:
        raise BadRequest(f"no action {action!r}; there is: {', '.join(ACTIONS)}")
    if model not in models:
        raise BadRequest(f"no model {model!r}; there is: {', '.join(models)}")
    if action == "release" and not isinstance(package, str):
        raise BadRequest("release needs `package`, the ARN of a model package")
    if mode not in MODES:
        raise BadRequest(f"no mode {mode!r}; there is: {', '.join(MODES)}")
    if action == "traffic" and traffic is None:
        raise BadRequest("traffic needs `traffic`, a whole number from 0 to 100")
    texts = {name: one_line(str(event.get(name) or ""))[:_TEXT_LIMIT] for name in ("reason", "by")}
    idle_hours = _hours(event.get("idle_hours"))
    return Request(
        action, model, package, _percent(traffic), mode, idle_hours=idle_hours, again=True, **texts
    )


def _percent(traffic: object) -> int | None:
    if traffic is None:
        return None
    if isinstance(traffic, bool) or not isinstance(traffic, int) or not 0 <= traffic <= 100:
        raise BadRequest(f"traffic is {traffic!r}; allowed: a whole number from 0 to 100")
    return traffic


def _hours(idle: object) -> int | None:
    if idle is None:
        return None
    if isinstance(idle, bool) or not isinstance(idle, int) or not 1 <= idle <= MOST_IDLE_HOURS:
        raise BadRequest(f"idle_hours is {idle!r}; allowed: a whole number from 1 to {MOST_IDLE_HOURS}")
    return idle
