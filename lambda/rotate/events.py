"""The approval queue: a message only says that a registry has changed, so each means `reconcile`."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from handler_common import logs
from rotate.release import rotate
from rotate.settings import Settings
from rotate.state import Request

_DONE = ("started", "unchanged", "parked")


class RotationsFailedError(Exception):
    """The rotations of these models failed, each for its own reason."""

    def __init__(self, failures: Mapping[str, Exception]) -> None:
        super().__init__("; ".join(f"{model}: {error!r}" for model, error in failures.items()))


def reconcile(
    records: Sequence[Mapping[str, Any]], groups: Mapping[str, str], settings: Settings
) -> list[str]:
    """Rotates each model of the SQS records once; returns the ids of the messages that must come again.

    What is busy comes again until it is done; what is refused, until the dead-letter queue has it.
    `groups` maps package groups to models. Raises RotationsFailedError, after every model has had its turn,
    when a rotation failed: Lambda counts it, an alarm rings, and all the messages come again, which changes
    nothing for the models that were done.
    """
    by_model: dict[str | None, list[str]] = {}
    for record in records:
        by_model.setdefault(_model(record["body"], groups), []).append(record["messageId"])
    unreadable = by_model.pop(None, [])
    if unreadable:
        logs.error("messages about no model here", messages=unreadable)
    again = unreadable
    failures: dict[str, Exception] = {}
    for model, ids in by_model.items():
        try:
            if model is not None and rotate(Request("reconcile", model), settings)["outcome"] not in _DONE:
                again = [*again, *ids]
        except Exception as error:  # one model's fault must not hold up the others
            failures[str(model)] = error
    if failures:
        raise RotationsFailedError(failures)
    return again


def failures(ids: Sequence[str]) -> dict[str, list[dict[str, str]]]:
    """The answer that makes SQS show these messages again, and delete the others."""
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in ids]}


def _model(body: str, groups: Mapping[str, str]) -> str | None:
    """The model that the message is about; None for one of no model here, or no event of the registry."""
    try:
        return groups.get(json.loads(body)["detail"]["ModelPackageGroupName"])
    except (ValueError, TypeError, KeyError):
        return None
