"""What a rotation does: one decision from what the registry wants and what the stack is. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from rotate import trial
from rotate.resize import at_creation, resize
from rotate.state import Decision, Package, Request, Stack, State, Verdict
from rotate.trial import NO_CHALLENGER, PARKED, refused, unusable

# The states from which CloudFormation takes an update; ROLLBACK_COMPLETE can only be deleted, for one.
UPDATABLE = (
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
)
_ENDPOINT_BUSY = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")
_ENDPOINT_STUCK = {
    "Failed": "SageMaker allows only its deletion: park the model, then wake it",
    "UpdateRollbackFailed": "old and new instances run at once: look at it, then park and wake the model",
}


def decide(request: Request, state: State) -> Decision:
    """The decision for the request.

    Outcomes: started (an update is to begin), unchanged, busy (try again later), parked (it takes effect when
    the model is woken), refused (for a reason; trying again helps only when what it names was changed).
    """
    if state.stack is None:
        return refused("", f"model {request.model} has no endpoint stack: deploy it first")
    if state.stack.is_busy:
        return Decision("busy", state.stack.champion, f"the stack is in {state.stack.status}")
    if state.stack.status not in UPDATABLE:
        # Its parameters may name a release that was taken back, so nothing is "unchanged" either.
        reason = f"the stack is in {state.stack.status}: it takes no update until that is mended"
        return refused(request.package or "", reason)
    wanted = _ACTIONS[request.action](request, state, state.stack)
    if wanted.changes is None:
        return wanted
    return _hindrance(state, state.stack, wanted) or wanted


def rollback_candidates(ledger: Sequence[str], live: str) -> list[str]:
    """The packages that a roll-back may go to, the latest released first, each once."""
    return [arn for arn in dict.fromkeys(reversed(ledger)) if arn != live]


def _hindrance(state: State, stack: Stack, wanted: Decision) -> Decision | None:
    """Why the wanted update must not begin now, None when it may."""
    if not stack.champion:
        return None
    if state.endpoint_status in _ENDPOINT_BUSY:
        return Decision("busy", wanted.package, f"the endpoint is {state.endpoint_status}")
    if wanted.changes is not None and wanted.changes.get("ChampionPackage") == "":
        return None
    if state.endpoint_status in _ENDPOINT_STUCK:
        return refused(
            wanted.package,
            f"the endpoint is {state.endpoint_status}: {_ENDPOINT_STUCK[state.endpoint_status]}",
        )
    if wanted.alarms:
        # Under guardrails SageMaker would take the update back at once.
        return refused(wanted.package, f"roll-back alarms are in ALARM: {', '.join(wanted.alarms)}")
    return None


def _reconcile(request: Request, state: State, stack: Stack) -> Decision:
    if state.is_parked:
        return Decision(
            "parked", state.parked, "the model is parked: what is approved now is released on waking"
        )
    if stack.challenger and stack.champion:
        reason = f"{stack.challenger} is on trial: promote or discard it, then rotate"
        return Decision("unchanged", stack.champion, reason)
    newest = _to_newest(state, stack)
    if newest.outcome != "unchanged":
        return newest
    # A release first: it neither waits for the steps to another instance type nor hinders them.
    step = resize(request, state, stack)
    return newest if step.changes is None else step


def _to_newest(state: State, stack: Stack) -> Decision:
    newest = state.newest
    if newest is None:
        return Decision("unchanged", stack.champion, "the registry has no approved package")
    if newest.arn == stack.champion:
        return Decision("unchanged", newest.arn, "the newest approved package is live")
    return unusable(newest) or _started(newest, state, stack)


def _release(request: Request, state: State, stack: Stack) -> Decision:
    package = request.package or ""
    if state.is_parked:
        return refused(state.parked, PARKED)
    if state.asked is None:
        return refused(package, "the registry has no such package")
    if state.asked.group != state.group:
        return refused(package, f"the package is of group {state.asked.group}, the model's is {state.group}")
    if package == stack.champion:
        return Decision("unchanged", package, "the package is live")
    if stack.challenger and stack.champion:
        return refused(package, f"{stack.challenger} is on trial: promote or discard it first")
    started = _started(state.asked, state, stack)
    if state.asked.on_trial:  # of a trial that never began, or that was parked
        started = replace(started, verdict=Verdict(package, "Approved", "released by hand"))
    return unusable(state.asked) or started


def _rollback(request: Request, state: State, stack: Stack) -> Decision:
    leaving = stack.champion or state.parked
    if not leaving:
        return refused("", "the model was never released: there is nothing to roll back")
    if request.package not in (None, leaving):
        return Decision("unchanged", leaving, f"{request.package} is not live")
    if state.previous is None:
        return refused(leaving, "the ledger holds no earlier release that is still approved")
    target = state.previous.arn
    # Rejected first: were the update first and the rest lost, the registry would bring the bad release back.
    verdict = None
    if state.live is not None and state.live.approval != "Rejected":
        why = f": {request.reason}" if request.reason else ""
        verdict = Verdict(leaving, "Rejected", f"rolled back to {target}{why}")
    if state.is_parked:
        reason = f"{leaving} is rejected; waking releases {target}"
        return Decision("parked", target, reason, verdict, park=target)
    changes = {"ChampionPackage": target}
    return Decision("started", target, f"rolls back from {leaving}", verdict, changes=changes, guarded=False)


def _park(request: Request, state: State, stack: Stack) -> Decision:
    if not stack.champion:
        why = "the model is parked already" if state.is_parked else "the model has no endpoint"
        return Decision("unchanged", state.parked, why)
    in_use = _in_use(request.idle_hours, state, stack) if request.idle_hours else None
    if in_use:
        return Decision("unchanged", stack.champion, in_use)
    # Written first: were the update first and the rest lost, the next approval would wake the model. While
    # the endpoint is there, what is written says nothing.
    reason = "the endpoint is deleted, the release remembered"
    return Decision("started", stack.champion, reason, park=stack.champion, changes={"ChampionPackage": ""})


def _in_use(hours: int, state: State, stack: Stack) -> str | None:
    """Why the model has not been idle for so many hours, None when it has."""
    if stack.challenger:
        return f"{stack.challenger} is on trial"
    usage = state.usage
    if usage is None:
        return "the endpoint is not there"
    # Without this, the silence of an endpoint that was not there yet would count.
    if usage.unchanged_hours < hours:
        return f"the endpoint was made or changed {usage.unchanged_hours:.1f} hours ago, not {hours}"
    return f"{usage.invocations} predictions in {hours} hours" if usage.invocations else None


def _wake(request: Request, state: State, stack: Stack) -> Decision:
    wanted = _to_newest(state, stack)
    if stack.champion:
        return Decision("unchanged", stack.champion, "the model is awake")
    if state.is_parked and wanted.outcome == "unchanged":
        return refused(state.parked, "the parked release is no longer approved, and no other package is")
    if wanted.changes is None or not stack.challenger:
        return wanted
    if state.trial is not None and state.trial.is_usable and stack.challenger != wanted.package:
        return wanted
    return replace(wanted, changes={**wanted.changes, **NO_CHALLENGER})


def _started(package: Package, state: State, stack: Stack) -> Decision:
    reason = f"replaces {stack.champion}" if stack.champion else "the endpoint is created"
    changes = {"ChampionPackage": package.arn, **({} if stack.champion else at_creation(stack))}
    return Decision("started", package.arn, reason, changes=changes, alarms=state.alarms)


_ACTIONS = {
    "reconcile": _reconcile,
    "release": _release,
    "rollback": _rollback,
    "park": _park,
    "wake": _wake,
    "test": trial.test,
    "traffic": trial.traffic,
    "promote": trial.promote,
    "discard": trial.discard,
    "resize": resize,
}
