"""Champion and challenger: how a trial begins, changes and ends. Pure.

A trial adds a variant or takes one away, which SageMaker's guardrails may refuse ("the same variant names",
https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-exclusions.html), so such an update goes
without them: a new fleet beside the old one, and all traffic at once when it is healthy.
"""

from collections.abc import Mapping

from handler_common.ledger import version
from rotate.state import ON_TRIAL, TRAFFIC, Decision, Package, Request, Stack, State, Verdict

# Waking does what the registry says then; what it would not do is refused until it has.
PARKED = "the model is parked: wake it first"
NO_CHALLENGER: Mapping[str, str] = {"ChallengerPackage": "", "ChallengerTraffic": "0"}


def test(request: Request, state: State, stack: Stack) -> Decision:
    """Puts a package beside the champion; it is approved for that, but no release before it is promoted."""
    package, share = state.asked, TRAFFIC if request.traffic is None else request.traffic
    if not stack.champion:
        return _without_champion(state)
    if stack.challenger:
        if request.package in (None, stack.challenger):
            return Decision("unchanged", stack.challenger, "it is on trial")
        return refused(stack.challenger, "it is on trial: promote or discard it first")
    if package is None and request.package is None:
        reason = f"nothing newer than the champion {version(stack.champion)} that was not rejected"
        return refused("", f"{reason}: name a version to try an older one")
    if package is None:
        return refused(request.package or "", "the registry has no such package to try")
    if package.group != state.group:
        return refused(package.arn, f"it is of group {package.group}, the model's is {state.group}")
    if package.arn == stack.champion:
        return refused(package.arn, "it is the champion")
    hindered = _untriable(package)
    if hindered is not None:
        return hindered
    return Decision(
        "started",
        package.arn,
        f"tried beside {stack.champion}",
        # First: SageMaker makes models of approved packages only. The mark keeps it from being released.
        verdict=None if package.on_trial else Verdict(package.arn, "Approved", ON_TRIAL),
        changes={
            "ChallengerPackage": package.arn,
            "ChallengerTraffic": str(share),
            "ChallengerMode": request.mode,
        },
        guarded=False,
        alarms=state.alarms,
    )


def traffic(request: Request, state: State, stack: Stack) -> Decision:
    """Another share for the challenger; more of it under guardrails, less of it at once.

    Callers get no answer of a shadow: more copies for it are no reason to bake, and to be taken back.
    """
    if not stack.champion:
        return _without_champion(state)
    if not stack.challenger or request.traffic is None:
        return refused(request.package or "", "no package is on trial")
    if request.package not in (None, stack.challenger):
        return refused(request.package or "", f"on trial is {stack.challenger}")
    if request.traffic == stack.traffic:
        return Decision("unchanged", stack.challenger, f"it gets {stack.traffic} % of the requests")
    more = request.traffic > stack.traffic
    hindered = _unpromotable(state, stack) if more else None
    return hindered or Decision(
        "started",
        stack.challenger,
        f"gets {request.traffic} % of the requests, before {stack.traffic} %",
        changes={"ChallengerTraffic": str(request.traffic)},
        guarded=more and not stack.is_shadow,
        alarms=state.alarms if more else (),
    )


def promote(request: Request, state: State, stack: Stack) -> Decision:
    """The challenger becomes the champion, in one update; only the challenger's own alarms forbid it."""
    if not stack.champion:
        return _without_champion(state)
    if not stack.challenger:
        if request.package == stack.champion:
            return Decision("unchanged", stack.champion, "it is the champion")
        return refused(request.package or "", "no package is on trial")
    if request.package not in (None, stack.challenger):
        return refused(request.package or "", f"on trial is {stack.challenger}")
    of_challenger = f"{stack.outputs.get('EndpointName', '')}-challenger-"
    return _unpromotable(state, stack) or Decision(
        "started",
        stack.challenger,
        f"replaces {stack.champion} after a trial",
        verdict=Verdict(stack.challenger, "Approved", "promoted after a trial"),
        changes={"ChampionPackage": stack.challenger, **NO_CHALLENGER},
        guarded=False,
        alarms=tuple(name for name in state.alarms if name.startswith(of_challenger)),
    )


def discard(request: Request, state: State, stack: Stack) -> Decision:
    """The challenger goes, and is rejected with the reason; whatever alarm rings."""
    leaving = stack.challenger
    if not leaving:
        return refused(request.package or "", "no package is on trial")
    if request.package not in (None, leaving):
        return refused(request.package or "", f"on trial is {leaving}")
    why = request.reason or "discarded after a trial"
    verdict = None
    if state.trial is not None and state.trial.approval != "Rejected":
        verdict = Verdict(leaving, "Rejected", why)
    if not stack.champion:
        return Decision("parked", leaving, "it is rejected; waking leaves it out", verdict)
    reason = f"leaves the trial: {why}"
    return Decision("started", leaving, reason, verdict, changes=NO_CHALLENGER, guarded=False)


def unusable(package: Package) -> Decision | None:
    """Why the package cannot be released, None when it can."""
    if package.approval != "Approved":
        return refused(package.arn, f"the package is {package.approval}, must be Approved")
    return _incomplete(package)


def refused(package: str, reason: str) -> Decision:
    """The decision to do nothing, for the reason."""
    return Decision("refused", package, reason)


def _unpromotable(state: State, stack: Stack) -> Decision | None:
    """Why the package on trial may answer nobody more than it does, None when it may."""
    if state.trial is None:
        return refused(stack.challenger, "the registry has no such package")
    return unusable(state.trial)


def _untriable(package: Package) -> Decision | None:
    """A package that waits for its approval may be tried; one that was rejected may not."""
    if package.approval == "Rejected":
        return refused(package.arn, "the package is Rejected")
    return _incomplete(package)


def _incomplete(package: Package) -> Decision | None:
    if package.status in ("Pending", "InProgress"):
        return Decision("busy", package.arn, f"the package is {package.status}")
    if package.status != "Completed":
        return refused(package.arn, f"the package is {package.status}, must be Completed")
    return None


def _without_champion(state: State) -> Decision:
    if state.is_parked:
        return refused(state.parked, PARKED)
    return refused("", "the model has no champion: release one first")
