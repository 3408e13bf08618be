"""Calls that go wrong on purpose: refused, late, never answered, carried out without an answer.

``inject(Fault(...))`` in a process that holds the emulator, or over HTTP:

    curl -X POST  URL/_emulator/faults -d '{"operation": "cloudformation:UpdateStack", "effect": "error"}'
    curl          URL/_emulator/faults
    curl -X DELETE URL/_emulator/faults

The emulator's own calls are never hit; those of functions, of CloudFormation and of containers, which act
in a role's name, are.
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import asdict, dataclass, field, fields
from fnmatch import fnmatchcase
from itertools import count
from typing import Any, Literal, get_args

from werkzeug.wrappers import Response

from emulator import clock
from emulator.edge import Call, Unanswered, interceptors, observers, route
from emulator.errors import AwsError

Effect = Literal["error", "slow", "hang", "lost", "crash"]
THROTTLED = {
    "cloudformation": "Throttling",
    "cloudwatch": "Throttling",
    "dynamodb": "ThrottlingException",
    "lambda": "TooManyRequestsException",
}
"""How a service says that it was asked too often; the others say ThrottlingException."""


_lock = threading.Lock()


@dataclass(frozen=True)
class Fault:
    """What is to go wrong.

    Attributes:
        operation: `service:Operation` in botocore's names, or several with commas between; `*`, `?` and
            `[abc]` stand for any text, any character and one of these.
        effect: `error` refuses the call; `slow` carries it out after `hold`; `hang` does not carry it out and
            cuts the connection after `hold`; `lost` carries it out, and cuts the connection after `hold`
            instead of answering; `crash` does so and then lets no further call of this role arrive, as if
            the caller had died.
        first: the first matching call that is hit, counted from 1 when the fault begins.
        times: how many are hit; None: all, until `seconds` have passed or the fault is lifted.
        seconds: seconds of AWS, on the shortened clock, after which the fault is over; None: never.
        role: name of the role that calls (its path is left out), with `*` and `?`; the developer's is "".
        hold: seconds, not shortened, for which a call or its answer is kept back.
        code, message, status: of an `error`. Without a code it is the service's throttling.
    """

    operation: str
    effect: Effect
    first: int = 1
    times: int | None = 1
    seconds: float | None = None
    role: str = "*"
    hold: float = 0.0
    code: str = ""
    message: str = "Rate exceeded"
    status: int = 400

    def __post_init__(self) -> None:
        wrong = [
            f"effect is {self.effect!r}; allowed are {', '.join(get_args(Effect))}"
            if self.effect not in get_args(Effect)
            else "",
            "operation must be service:Operation, or several with commas between"
            if any(pattern.count(":") != 1 for pattern in self.operation.split(","))
            else "",
            "first must be 1 or more" if self.first < 1 else "",
            "times must be 1 or more, or null" if self.times is not None and self.times < 1 else "",
            "seconds must be above 0, or null" if self.seconds is not None and self.seconds <= 0 else "",
            "hold must be 0 or more" if self.hold < 0 else "",
        ]
        if any(wrong):
            raise ValueError("; ".join(text for text in wrong if text))


@dataclass
class Injected:
    """A fault at work; `calls` are the matching ones so far, `hits` those that it spoilt."""

    id: int
    fault: Fault
    since: float = field(default_factory=time.monotonic)
    calls: int = 0
    hits: int = 0

    def matches(self, call: Call) -> bool:
        """Whether the fault is about calls like this one, now."""
        fault = self.fault
        if fault.seconds is not None and time.monotonic() - self.since > fault.seconds * clock.scale:
            return False
        if not fnmatchcase((call.principal.role_arn or "").rpartition("/")[2], fault.role):
            return False
        crashed = fault.effect == "crash" and self.hits > 0
        name = f"{call.service}:{call.operation}"
        return crashed or any(fnmatchcase(name, pattern) for pattern in fault.operation.split(","))

    def strikes(self) -> bool:
        """Count one more matching call; whether it is one to be spoilt."""
        with _lock:
            self.calls += 1
            due = self.calls >= self.fault.first and self.hits < (self.fault.times or float("inf"))
            self.hits += due
            return due


_injected: dict[int, Injected] = {}
_numbers = count(1)


def inject(fault: Fault) -> Injected:
    """Begin to spoil calls."""
    with _lock:
        injected = Injected(next(_numbers), fault)
        _injected[injected.id] = injected
    return injected


def lift(injected: Injected | None = None) -> None:
    """End one fault, or all."""
    with _lock:
        if injected is None:
            _injected.clear()
        else:
            _injected.pop(injected.id, None)


def _before(call: Call) -> None:
    """The interceptor: what is not carried out at all."""
    for injected in _about(call, ("error", "slow", "hang", "crash")):
        fault = injected.fault
        if fault.effect == "error" and injected.strikes():
            code = fault.code or THROTTLED.get(call.service, "ThrottlingException")
            raise AwsError(code, fault.message, status=fault.status)
        if fault.effect == "slow" and injected.strikes():
            time.sleep(fault.hold)
        if fault.effect == "hang" and injected.strikes():
            time.sleep(fault.hold)
            raise Unanswered(f"{call.service}:{call.operation} hangs")
        if fault.effect == "crash" and injected.hits:
            raise Unanswered(f"{call.service}:{call.operation} comes from a caller that has crashed")


def _after(call: Call, _response: Response) -> None:
    """The observer: what is carried out, and its answer lost."""
    for injected in _about(call, ("lost", "crash")):
        if injected.strikes():
            time.sleep(injected.fault.hold)
            raise Unanswered(f"the answer of {call.service}:{call.operation} is lost")


def _about(call: Call, effects: tuple[Effect, ...]) -> list[Injected]:
    if not _injected or call.principal.is_emulator:
        return []
    return [one for one in list(_injected.values()) if one.fault.effect in effects and one.matches(call)]


interceptors.append(_before)
observers.append(_after)


def stop() -> None:
    """Lift every fault."""
    lift()


@route(r"^/_emulator/faults$")
def _faults(request: Any) -> Response:
    """GET lists the faults, POST injects one, DELETE lifts them all."""
    if request.method == "POST":
        try:
            return _json(_described(inject(_read(request.get_data()))), 201)
        except ValueError as error:
            return _json({"error": str(error)}, 400)
    if request.method == "DELETE":
        lift()
    return _json([_described(injected) for injected in list(_injected.values())])


def _read(body: bytes) -> Fault:
    """Raises ValueError for what is no fault."""
    given = json.loads(body)
    known = {one.name for one in fields(Fault)}
    if not isinstance(given, dict) or not {"operation", "effect"} <= set(given) <= known:
        raise ValueError(f"a fault is an object with operation, effect and any of {', '.join(sorted(known))}")
    try:
        return Fault(**given)
    except (TypeError, AttributeError) as error:
        raise ValueError(f"a member has the wrong type: {error}") from error


def _described(injected: Injected) -> dict[str, Any]:
    return {"id": injected.id, **asdict(injected.fault), "calls": injected.calls, "hits": injected.hits}


def _json(content: Any, status: int = 200) -> Response:
    return Response(json.dumps(content), status=status, content_type="application/json")
