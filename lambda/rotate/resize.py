"""Another instance type for a live, autoscaled endpoint: which step comes next. Pure.

SageMaker refuses another type for a variant that is a scalable target
(https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-scaling-update.html). So autoscaling is paused, then
the type changes, with the number of instances that there are, then autoscaling is on again: three updates of
the stack. Nothing is remembered but its own parameters, so whoever asks, however often, goes on from there.
"""

from collections.abc import Mapping

from rotate.state import Decision, Request, Stack, State

PAUSE, CHANGE, RESUME, REFUSE = "pause", "change", "resume", "refuse"

_ON: Mapping[str, str] = {"Autoscaling": "on"}


def resize(request: Request, state: State, stack: Stack) -> Decision:
    """The next step, or why there is none. A step that has failed is left to who may try it again."""
    step = _step(request, state, stack)
    if step is None:
        return Decision("unchanged", stack.champion, _why_not(state, stack))
    if step == state.failed_step and not request.again:
        return Decision("unchanged", stack.champion, f"the step {step!r} failed: it is tried within the hour")
    return _decision(step, state, stack)


def at_creation(stack: Stack) -> Mapping[str, str]:
    """What a new endpoint begins with: the wanted type, unless it was refused, and its autoscaling."""
    wanted = stack.wanted_instance_type
    if not wanted:
        return {}
    if wanted == stack.refused_instance_type:
        return _ON
    return {**_ON, "InstanceType": wanted, "RefusedInstanceType": ""}


def _step(request: Request, state: State, stack: Stack) -> str | None:
    if not stack.wanted_instance_type or not stack.champion:
        return None
    if stack.instance_type == stack.wanted_instance_type:
        return RESUME if stack.is_paused or stack.refused_instance_type else None
    # Who asks for a rotation by hand wants what was refused to be tried again.
    insists = request.again and request.action == "reconcile"
    # Before what it waits for: the alarms that took the change back may still ring.
    if state.failed_step in (PAUSE, CHANGE, REFUSE) and not insists:
        return REFUSE
    if _waits(state, stack) or (_is_refused(stack) and not insists):
        return RESUME if stack.is_paused else None
    return CHANGE if stack.is_paused else PAUSE


def _waits(state: State, stack: Stack) -> str | None:
    """What the change waits for, with autoscaling on; None for nothing."""
    if stack.challenger:
        return f"the end of the trial of {stack.challenger}"
    return f"the alarms in ALARM: {', '.join(state.alarms)}" if state.alarms else None


def _is_refused(stack: Stack) -> bool:
    return stack.wanted_instance_type == stack.refused_instance_type


def _why_not(state: State, stack: Stack) -> str:
    wanted = stack.wanted_instance_type
    if not wanted:
        return "the model is not autoscaled: a deploy changes its instance type"
    if not stack.champion:
        return f"there is no endpoint: the next one is of {wanted}"
    if stack.instance_type == wanted:
        return f"the instances are of {wanted}"
    waits = _waits(state, stack)
    if waits:
        return f"{wanted} waits for {waits}"
    return f"{wanted} was refused: change model.yaml, or ask for a rotation to try it again"


def _decision(step: str, state: State, stack: Stack) -> Decision:
    wanted, was = stack.wanted_instance_type, stack.instance_type
    changes: Mapping[str, str]
    match step:
        case "pause":
            changes = {"Autoscaling": "paused", "RefusedInstanceType": ""}
            reason = f"autoscaling pauses while {was} becomes {wanted}"
        case "change":
            changes, reason = {"InstanceType": wanted}, f"{was} becomes {wanted}"
        case "refuse":
            changes = {**_ON, "RefusedInstanceType": wanted}
            reason = f"{wanted} was refused: autoscaling goes on with {was}"
        case _:
            changes = _ON if _is_refused(stack) else {**_ON, "RefusedInstanceType": ""}
            reason = f"autoscaling goes on with {was}"
    guarded = True if step == CHANGE else None
    return Decision("started", stack.champion, reason, changes=changes, guarded=guarded, step=step)
