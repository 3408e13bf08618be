"""SQS: attributes that moto forgets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.sqs.models import Queue, sqs_backends

from emulator.edge import Call, operation
from emulator.storage.patching import replaces


@replaces(Queue, "_set_attributes")
def keep_the_policy(
    original: Callable[..., None], queue: Any, attributes: dict[str, Any], now: float | None = None
) -> None:
    """moto takes the policy away whenever another attribute is set."""
    policy = getattr(queue, "policy", None)
    original(queue, attributes, now)
    if "Policy" not in attributes:
        queue.policy = policy


@operation("sqs", "GetQueueAttributes")
def _get(call: Call) -> dict[str, Any]:
    """With the redrive allow policy, which moto stores and does not tell."""
    told = call.forward_parsed()
    wanted = call.params.get("AttributeNames") or []
    backend = sqs_backends[call.account][call.region]
    queue = backend.get_queue(call.params["QueueUrl"].rsplit("/", 1)[-1])
    allowed = getattr(queue, "redrive_allow_policy", None)
    if allowed and {"All", "RedriveAllowPolicy"} & {*wanted}:
        told.setdefault("Attributes", {})["RedriveAllowPolicy"] = allowed
    return told
