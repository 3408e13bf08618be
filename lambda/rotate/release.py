"""Looks at a model, decides, and takes the steps in an order that a crash after any of them survives."""

from botocore.exceptions import ClientError

from handler_common import aws_errors, ledger, logs
from rotate import aws, logic, mending
from rotate.settings import Settings
from rotate.state import Decision, Package, Request, Stack, State, Usage, answer


def rotate(request: Request, settings: Settings) -> dict[str, str]:
    """Does what the request asks and answers at once; what it begins, CloudFormation ends.

    A throttled call makes the outcome busy. Other errors of AWS are raised.
    """
    decision = _decided(request, settings)
    done = answer(request, decision.outcome, decision.package, decision.reason)
    (logs.warning if decision.outcome == "refused" else logs.info)("rotation", **done)
    return done


def observe(request: Request, settings: Settings) -> State:
    """All that the decision rests on; little is asked when the stack is busy or missing anyway."""
    model, group = request.model, settings.group(request.model)
    stack = aws.stack(settings.stack(model))
    if stack is None or stack.is_busy:
        return State(stack, group)
    parked = aws.parameter(settings.parked(model), of=stack.created) or ""
    live, previous = None, None
    if request.action == "rollback":
        leaving = stack.champion or parked
        released = [
            entry["package"] for entry in ledger.read(aws.parameter(settings.releases(model)) or ledger.EMPTY)
        ]
        live = aws.package(leaving) if leaving else None
        previous = _first_usable(logic.rollback_candidates(released, leaving))
    return State(
        stack=stack,
        group=group,
        parked=parked,
        endpoint_status=_endpoint_status(stack),
        alarms=aws.alarming([name for name in stack.outputs.get("RollbackAlarms", "").split(",") if name]),
        newest=aws.newest_approved(group) if request.action in ("reconcile", "wake") else None,
        asked=_asked(request, stack, group),
        live=live,
        trial=_trial(request, stack),
        previous=previous,
        usage=_usage(request, stack),
        failed_step=_failed_step(request, stack, settings),
    )


def _decided(request: Request, settings: Settings) -> Decision:
    try:
        if request.action == "mend":
            return mending.mend(request, settings)
        if request.action == "failed":
            return mending.condemn(request, settings)
        state = observe(request, settings)
        return _carry_out(request, state, logic.decide(request, state), settings)
    except ClientError as error:
        if aws_errors.is_throttled(error):
            return Decision("busy", "", f"AWS throttles: {aws_errors.message(error)}")
        raise


def _asked(request: Request, stack: Stack, group: str) -> Package | None:
    """The package to release, or to try: when none is named, the newest after the champion."""
    if request.action not in ("release", "test"):
        return None
    if request.package:
        return aws.package(request.package)
    return aws.newest_triable(group, stack.champion) if stack.champion else None


def _trial(request: Request, stack: Stack) -> Package | None:
    of_trials = request.action in ("wake", "traffic", "promote", "discard")
    return aws.package(stack.challenger) if of_trials and stack.challenger else None


def _first_usable(arns: list[str]) -> Package | None:
    for arn in arns:
        package = aws.package(arn)
        if package is not None and package.is_usable and not package.on_trial:
            return package
    return None


def _endpoint_status(stack: Stack) -> str | None:
    name = stack.outputs.get("EndpointName")
    return aws.endpoint_status(name) if name and stack.champion else None


def _usage(request: Request, stack: Stack) -> Usage | None:
    name = stack.outputs.get("EndpointName")
    if not (request.action == "park" and request.idle_hours and name and stack.champion):
        return None
    return aws.usage(name, request.idle_hours)


def _failed_step(request: Request, stack: Stack, settings: Settings) -> str:
    if request.action not in ("reconcile", "resize") or stack.status != "UPDATE_ROLLBACK_COMPLETE":
        return ""
    return mending.step(aws.last_update(settings.stack(request.model)))


def _carry_out(request: Request, state: State, decision: Decision, settings: Settings) -> Decision:
    if decision.verdict is not None:
        aws.judge(decision.verdict)
    if decision.park is not None:
        aws.write_parameter(settings.parked(request.model), decision.park)
    if decision.changes is not None and state.stack is not None:
        return _update(request, state.stack, decision, settings) or decision
    return decision


def _update(request: Request, stack: Stack, decision: Decision, settings: Settings) -> Decision | None:
    """Begins the update; the decision that takes the place of ours when CloudFormation does not want it."""
    changed = dict(decision.changes or {})
    # Parking deletes the endpoint, guarded or not.
    if changed.get("ChampionPackage") != "" and decision.guarded is not None:
        changed["Guardrails"] = "on" if decision.guarded else "off"
    if changed.get("ChampionPackage"):
        changed["ReleasedBy"], changed["ReleaseReason"] = request.by, request.reason or request.action
    try:
        aws.update_stack(
            settings.stack(request.model),
            settings.release_role,
            stack.parameters,
            changed,
            mending.token(request.action, decision),
        )
    except ClientError as error:
        text = aws_errors.message(error)
        if aws_errors.is_no_update(error):
            return Decision("unchanged", decision.package, text)
        if aws_errors.is_busy(error):
            return Decision("busy", decision.package, text)
        if aws_errors.is_not_updatable(error):
            return Decision("refused", decision.package, text)
        raise
    return None
