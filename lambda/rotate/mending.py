"""After a release that failed: the registry is told why, and a roll-back that got stuck goes on."""

import time
from collections.abc import Sequence

from botocore.exceptions import ClientError

from handler_common import aws_errors
from rotate import aws
from rotate.settings import Settings
from rotate.state import Decision, Package, Request, Resource, Stack, Verdict, one_line

_STUCK = "UPDATE_ROLLBACK_FAILED"
_ENDPOINT = "AWS::SageMaker::Endpoint"
# It failed when the release did; its own roll-back comes after the endpoint's, and is still to be done.
_CHECK = "Custom::ReleaseCheck"
_CONFIG = "AWS::SageMaker::EndpointConfig"
# What puts a package where it was not; a roll-back or a wake goes to one that served before.
_CONDEMNING = ("reconcile", "release", "test")
_RESIZE = "resize"
# ApprovalDescription takes 1024 characters.
_REASON_LIMIT = 900


def token(action: str, decision: Decision) -> str:
    """The name of an update, which CloudFormation repeats in its events: `release-17-<nanoseconds>`, and
    `resize-pause-<nanoseconds>` of a step to another instance type, whoever asked.

    Every attempt has its own: CloudFormation takes a token that it has seen for the same request again.
    """
    action, what = (_RESIZE, decision.step) if decision.step else (action, decision.package)
    return f"{action}-{what.rpartition('/')[2] or 'none'}-{time.time_ns()}"


def step(name: str) -> str:
    """The step to another instance type that the update of that name was, "" when it was none."""
    action, _, rest = name.partition("-")
    return rest.partition("-")[0] if action == _RESIZE else ""


def condemned_version(name: str) -> str | None:
    """The version of the package that the update of that name was to bring in, None when there was none."""
    action, _, _ = name.partition("-")
    version = _version(name)
    return version if action in _CONDEMNING and version.isdecimal() else None


def _version(name: str) -> str:
    return name.partition("-")[2].partition("-")[0]


def condemn(request: Request, settings: Settings) -> Decision:
    """Rejects the package of a release that is rolled back, with CloudFormation's reason, so that the next
    approval of another does not bring it back.

    `request.reason` is the update's token. An update that was cancelled, with no resource that failed, says
    nothing against the package. The event may come late, or once more (SQS and EventBridge deliver at least
    once): then the package may have been approved again since, or another update may have brought it in, of
    which the events of its own tell.
    """
    package = aws.package(request.package or "")
    if package is None or package.approval == "Rejected":
        return Decision("unchanged", request.package or "", "the package is rejected or gone already")
    failure = aws.failure(settings.stack(request.model), request.reason)
    if failure is None:
        return Decision("unchanged", package.arn, "the update was cancelled: nothing failed")
    if package.changed >= failure.at:
        return Decision("unchanged", package.arn, "the event is late: the package was approved since")
    if failure.later and _came_in(package, failure.later, aws.stack(settings.stack(request.model))):
        return Decision("unchanged", package.arn, "the event is late: another update brought the package in")
    why = one_line(failure.reason)
    aws.judge(Verdict(package.arn, "Rejected", f"release failed: {why}"[:_REASON_LIMIT]))
    return Decision("started", package.arn, f"rejected: {why}")


def _came_in(package: Package, updates: Sequence[str], stack: Stack | None) -> bool:
    """Whether one of these updates brought the package in, or an operator's, which names no version."""
    if stack is not None and package.arn in (stack.champion, stack.challenger):
        return True
    return package.arn.rpartition("/")[2] in map(_version, updates)


def mend(request: Request, settings: Settings) -> Decision:
    """Continues a roll-back that failed at the endpoint alone, without the endpoint, once it is seen to serve
    the configuration that the stack went back to. Anything else is left to people."""
    name = settings.stack(request.model)
    stack = aws.stack(name)
    if stack is None or stack.status != _STUCK:
        return Decision("unchanged", "", f"the stack is not in {_STUCK}")
    resources = aws.resources(name)
    reason = _unmendable(resources) or _not_as_before(resources)
    if reason:
        return Decision("refused", "", reason)
    skipped = [one.logical_id for one in _failed(resources)]
    mended = Decision("started", "", "the roll-back goes on without the endpoint, which serves what it did")
    try:
        aws.continue_rollback(name, settings.release_role, skipped, token("mend", mended))
    except ClientError as error:
        if aws_errors.is_busy(error) or "UPDATE_ROLLBACK_COMPLETE" in aws_errors.message(error):
            return Decision("unchanged", "", aws_errors.message(error))
        raise
    return mended


def _failed(resources: Sequence[Resource]) -> list[Resource]:
    return [one for one in resources if one.status == "UPDATE_FAILED" and one.kind != _CHECK]


def _unmendable(resources: Sequence[Resource]) -> str | None:
    failed = _failed(resources)
    if [one.kind for one in failed] == [_ENDPOINT]:
        return None
    names = ", ".join(one.logical_id for one in failed) or "nothing"
    return f"what failed to roll back is {names}, not the endpoint alone: mend it by hand"


def _not_as_before(resources: Sequence[Resource]) -> str | None:
    """Why the endpoint must not be skipped, None when it serves the config that the stack has again."""
    [endpoint] = _failed(resources)
    configs = [_name(one.physical_id) for one in resources if one.kind == _CONFIG]
    name = _name(endpoint.physical_id)
    found = aws.endpoint_config(name)
    if found is None:
        return f"endpoint {name} does not exist: mend it by hand"
    status, serving = found
    # SageMaker writes names in lower case into ARNs.
    if status == "InService" and [serving.lower()] == [config.lower() for config in configs]:
        return None
    return f"endpoint {name} is {status} on config {serving}, the stack has {', '.join(configs) or 'none'}"


def _name(physical_id: str) -> str:
    """The name in an ARN, or the name itself."""
    return physical_id.rpartition("/")[2]
