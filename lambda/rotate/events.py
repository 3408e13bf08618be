"""The queue: what the registry, CloudFormation and the clock tell. The registry's means only `reconcile`, the
end of an update only `resize`."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from handler_common import logs
from rotate import mending
from rotate.release import rotate
from rotate.settings import Settings
from rotate.state import BadRequest, Request, read_request

# What the clock may ask for, in the words of a direct request.
_OF_THE_CLOCK = ("park", "wake")
# A failed release is condemned before anything may choose it again; what is to be parked is not released.
_ORDER = ("failed", "mend", *_OF_THE_CLOCK, "reconcile", "resize")
# How an update ends; then the next step to another instance type may be taken.
_ENDED = ("UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")


class RotationsFailedError(Exception):
    """The rotations of these models failed, each for its own reason."""

    def __init__(self, failures: Mapping[str, Exception]) -> None:
        super().__init__("; ".join(f"{model}: {error!r}" for model, error in failures.items()))


def work_off(
    records: Sequence[Mapping[str, Any]], groups: Mapping[str, str], settings: Settings
) -> list[str]:
    """Does once what the SQS records ask for; returns the ids of the messages that must come again.

    What is busy comes again until it is done; what is refused, until the dead-letter queue has it, but for
    steps to another instance type.
    `groups` maps package groups to models. Raises RotationsFailedError, after every model has had its turn,
    when a rotation failed: Lambda counts it, an alarm rings, and all the messages come again, which changes
    nothing for the models that were done.
    """
    by_request: dict[Request | None, list[str]] = {}
    again: list[str] = []
    for record in records:
        try:
            request = _request(json.loads(record["body"]), groups, settings)
        except (ValueError, TypeError, KeyError, IndexError, BadRequest):
            logs.error("a message about no model here", id=record["messageId"])
            again.append(record["messageId"])
            continue
        by_request.setdefault(request, []).append(record["messageId"])
    by_request.pop(None, None)
    failures: dict[str, Exception] = {}
    requests = [request for request in by_request if request is not None]
    for request in sorted(requests, key=lambda one: _ORDER.index(one.action)):
        if request.model in failures:  # what could not be condemned must not be chosen again
            continue
        try:
            if _comes_again(request, rotate(request, settings)["outcome"]):
                again += by_request[request]
        except Exception as error:  # one model's fault must not hold up the others
            failures[request.model] = error
    if failures:
        raise RotationsFailedError(failures)
    return again


def failures(ids: Sequence[str]) -> dict[str, list[dict[str, str]]]:
    """The answer that makes SQS show these messages again, and delete the others."""
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in ids]}


def _comes_again(request: Request, outcome: str) -> bool:
    """What is refused may be mended by people; a step that is refused, the clock asks for again."""
    return outcome == "busy" or (outcome == "refused" and request.action != "resize")


def _request(event: Mapping[str, Any], groups: Mapping[str, str], settings: Settings) -> Request | None:
    """What the event asks for, None for nothing; BadRequest or KeyError and the like when about no model."""
    if "action" in event and event["action"] in _OF_THE_CLOCK:
        return read_request(event, settings.models)
    detail = event["detail"]
    if "stack-id" not in detail:
        return Request("reconcile", groups[detail["ModelPackageGroupName"]], by="approval")
    return _of_stack(detail, settings)


def _of_stack(detail: Mapping[str, Any], settings: Settings) -> Request | None:
    arn = str(detail["stack-id"])
    name = arn.split(":stack/")[1].split("/")[0]
    [model] = [model for model in settings.models if settings.stack(model) == name]
    status = detail["status-details"]["status"]
    if status == "UPDATE_ROLLBACK_FAILED":
        return Request("mend", model)
    if status in _ENDED:
        return Request("resize", model)
    token = str(detail.get("client-request-token") or "")
    version = mending.condemned_version(token)
    if status != "UPDATE_ROLLBACK_IN_PROGRESS" or version is None:
        return None
    _, partition, _, region, account, _ = arn.split(":", 5)
    group = settings.group(model)
    package = f"arn:{partition}:sagemaker:{region}:{account}:model-package/{group}/{version}"
    return Request("failed", model, package, reason=token)
