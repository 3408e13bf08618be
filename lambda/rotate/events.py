"""The approval queue: a message only says that a registry has changed, so each means `reconcile`."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from handler_common import logs
from rotate.release import rotate
from rotate.settings import Settings
from rotate.state import Request

_DONE = ("started", "unchanged", "parked")


def reconcile(
    records: Sequence[Mapping[str, Any]], groups: Mapping[str, str], settings: Settings
) -> list[str]:
    """Rotates each model of the SQS records once; returns the ids of the messages that must come again.

    What is busy comes again until it is done; what is refused or fails, until the dead-letter queue has it.
    `groups` maps package groups to models.
    """
    by_model: dict[str | None, list[str]] = {}
    for record in records:
        by_model.setdefault(_model(record["body"], groups), []).append(record["messageId"])
    unreadable = by_model.pop(None, [])
    if unreadable:
        logs.error("messages about no model here", messages=unreadable)
    failed = [ids for model, ids in by_model.items() if model is not None and not _is_done(model, settings)]
    return sum(failed, unreadable)


def failures(ids: Sequence[str]) -> dict[str, list[dict[str, str]]]:
    """The answer that makes SQS show these messages again, and delete the others."""
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in ids]}


def _is_done(model: str, settings: Settings) -> bool:
    try:
        return rotate(Request("reconcile", model), settings)["outcome"] in _DONE
    except Exception as error:  # one model's fault must not hold up the others
        logs.error("rotation failed", model=model, cause=repr(error))
        return False


def _model(body: str, groups: Mapping[str, str]) -> str | None:
    """The model that the message is about; None for one of no model here, or no event of the registry."""
    try:
        return groups.get(json.loads(body)["detail"]["ModelPackageGroupName"])
    except (ValueError, TypeError, KeyError):
        return None
