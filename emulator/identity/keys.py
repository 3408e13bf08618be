"""Keys that encrypt topics, queues and log groups: who uses those must be let use the key as well."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.kms.models import Key, kms_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from emulator import aws
from emulator.edge import Call

MESSAGE_ACTIONS = ("kms:GenerateDataKey", "kms:Decrypt")
"""Of a service that sends to an encrypted topic or queue ("Key management" of both developer guides)."""
_SENDS = {"SendMessage", "SendMessageBatch"}
_AWS_MANAGED = ("alias/aws/sns", "alias/aws/sqs")


def customer_key(key_id: str | None, region: str) -> Key | None:
    """The key that an id, an alias or an ARN of either names; None where there is none."""
    if not key_id:
        return None
    keys = kms_backends[aws.ACCOUNT][region]
    identifier = key_id.split(":", 5)[-1]
    if identifier.startswith("alias/"):
        return keys.keys.get(keys.get_key_id_from_alias(identifier) or "")
    return keys.keys.get(identifier.removeprefix("key/"))


def service_lacks(
    key_id: str | None,
    region: str,
    service: str,
    actions: tuple[str, ...],
    source_arn: str | None,
    context: Mapping[str, str] | None = None,
) -> str | None:
    """The first of ``actions`` that the key's policy does not let the service do; None where it may all.

    No key asks for nothing; a key that is not there, or AWS's own, lets no service in.
    """
    from emulator.identity.trust import service_may  # it asks the authorizer, which asks here

    if not key_id:
        return None
    key = customer_key(key_id, region)
    policy, arn = (key.policy, key.arn) if key else (None, "*")
    for action in actions:
        if not service_may(policy, service, action, arn, source_arn, context):
            return action
    return None


def needed_by(call: Call) -> list[tuple[str, str]]:
    """(action, ARN of the key) that the caller needs besides, to send to or to read what a key encrypts."""
    if call.service == "sns" and call.operation in ("Publish", "PublishBatch"):
        topic = sns_backends[call.account][call.region].topics.get(call.params.get("TopicArn", ""))
        return _needed(getattr(topic, "kms_master_key_id", None), call.region, MESSAGE_ACTIONS)
    if call.service == "sqs" and call.operation in {*_SENDS, "ReceiveMessage"}:
        name = str(call.params.get("QueueUrl", "")).rsplit("/", 1)[-1]
        queue: Any = sqs_backends[call.account][call.region].queues.get(name)
        actions = MESSAGE_ACTIONS if call.operation in _SENDS else ("kms:Decrypt",)
        return _needed(getattr(queue, "kms_master_key_id", None), call.region, actions)
    return []


def _needed(key_id: str | None, region: str, actions: tuple[str, ...]) -> list[tuple[str, str]]:
    """AWS's own keys let in whoever may use the topic or queue."""
    key = None if key_id and key_id.endswith(_AWS_MANAGED) else customer_key(key_id, region)
    return [(action, key.arn) for action in actions] if key else []
