"""Where events go: each kind of target is reached as EventBridge reaches it, and refused as it is refused."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from moto.logs.models import logs_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from emulator import aws, functions
from emulator.errors import AwsError
from emulator.identity import keys
from emulator.identity.trust import authorize_service, service_may

log = logging.getLogger("emulator.events")
SERVICE = "events.amazonaws.com"


@dataclass(frozen=True)
class Delivery:
    """One event on its way to one target of a rule; ``text`` is what the target gets."""

    rule_arn: str
    target: dict[str, Any]
    event: dict[str, Any]
    text: str

    @property
    def arn(self) -> str:
        """The target's ARN."""
        return self.target["Arn"]

    @property
    def region(self) -> str:
        """The target's region."""
        return self.arn.split(":")[3]


class Undeliverable(Exception):
    """The target refuses, and will for ever; ``code`` is EventBridge's for it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def deliver(delivery: Delivery) -> None:
    """Hand the event over. Raises Undeliverable, or ClientError / AwsError of the target's service."""
    service = delivery.arn.split(":")[2]
    if service not in _KINDS:
        raise Undeliverable("UNSUPPORTED", f"the emulator reaches no target of kind {service}")
    _KINDS[service](delivery)


def send_to_queue(
    arn: str, source_arn: str, text: str, attributes: dict[str, Any] | None = None, **more: str
) -> None:
    """Send to a queue as EventBridge: its policy, and that of its key, must let it. Raises Undeliverable."""
    region, name = arn.split(":")[3], arn.split(":")[5]
    queue = sqs_backends[aws.ACCOUNT][region].queues.get(name)
    if queue is None:
        raise Undeliverable("QUEUE_NOT_FOUND", f"there is no queue {arn}")
    if not service_may(queue.policy, SERVICE, "sqs:SendMessage", arn, source_arn):
        raise Undeliverable(
            "NO_PERMISSIONS", f"the policy of {arn} does not let {SERVICE} send for {source_arn}"
        )
    check_key(queue.kms_master_key_id, region, source_arn, arn)  # pyright: ignore[reportAttributeAccessIssue]
    aws.client("sqs", region).send_message(
        QueueUrl=f"{aws.endpoint_url()}/{aws.ACCOUNT}/{name}",
        MessageBody=text,
        MessageAttributes=attributes or {},
        **more,
    )


def check_key(key_id: str | None, region: str, source_arn: str, arn: str) -> None:
    """Raises Undeliverable unless the key that encrypts ``arn`` lets EventBridge use it."""
    lacking = keys.service_lacks(key_id, region, SERVICE, keys.MESSAGE_ACTIONS, source_arn)
    if lacking:
        raise Undeliverable("NO_PERMISSIONS", f"the key of {arn} ({key_id}) does not let {SERVICE} {lacking}")


def _to_function(delivery: Delivery) -> None:
    try:
        functions.invoke(delivery.arn, delivery.text.encode(), "Event", (SERVICE, delivery.rule_arn))
    except AwsError as error:
        if error.code in ("AccessDeniedException", "ResourceNotFoundException"):
            raise Undeliverable("NO_PERMISSIONS", error.message) from error
        raise


def _to_queue(delivery: Delivery) -> None:
    group = delivery.target.get("SqsParameters", {}).get("MessageGroupId")
    more = {"MessageGroupId": group} if group else {}
    send_to_queue(delivery.arn, delivery.rule_arn, delivery.text, **more)


def _to_topic(delivery: Delivery) -> None:
    topic = sns_backends[aws.ACCOUNT][delivery.region].topics.get(delivery.arn)
    if topic is None:
        raise Undeliverable("TOPIC_NOT_FOUND", f"there is no topic {delivery.arn}")
    if not service_may(topic.policy, SERVICE, "sns:Publish", delivery.arn, delivery.rule_arn):
        raise Undeliverable("NO_PERMISSIONS", f"the policy of {delivery.arn} does not let {SERVICE} publish")
    check_key(topic.kms_master_key_id, delivery.region, delivery.rule_arn, delivery.arn)
    aws.client("sns", delivery.region).publish(TopicArn=delivery.arn, Message=delivery.text)


def _role(delivery: Delivery) -> str:
    role = delivery.target.get("RoleArn")
    if not role or not authorize_service(role, SERVICE, delivery.rule_arn):
        raise Undeliverable("NO_PERMISSIONS", f"EventBridge cannot assume {role} for {delivery.arn}")
    return role


def _to_state_machine(delivery: Delivery) -> None:
    machines = aws.role_client("stepfunctions", _role(delivery), "events", delivery.region)
    name = f"{delivery.event['id']}_{uuid4()}"
    machines.start_execution(stateMachineArn=delivery.arn, name=name, input=delivery.text)


def _to_log_group(delivery: Delivery) -> None:
    backend = logs_backends[aws.ACCOUNT][delivery.region]
    group = delivery.arn.split(":")[6]
    resource = f"{delivery.arn.removesuffix(':*')}:*"
    policies = [policy.policy_document for policy in backend.describe_resource_policies()]
    actions = ("logs:CreateLogStream", "logs:PutLogEvents")
    for action in actions:
        if not any(service_may(policy, SERVICE, action, resource, delivery.rule_arn) for policy in policies):
            raise Undeliverable(
                "NO_PERMISSIONS", f"no resource policy of CloudWatch Logs lets {SERVICE} {action}"
            )
    logs, stream = aws.client("logs", delivery.region), str(uuid4())
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    line = {"timestamp": int(time.time() * 1000), "message": delivery.text}
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[line])


def _to_bus(delivery: Delivery) -> None:
    if ":event-bus/" not in delivery.arn:
        raise Undeliverable("UNSUPPORTED", f"the emulator reaches no target {delivery.arn}")
    buses = aws.role_client("events", _role(delivery), "events", delivery.region)
    entry = {
        "Source": delivery.event["source"],
        "DetailType": delivery.event["detail-type"],
        "Detail": json.dumps(delivery.event["detail"]),
        "Resources": delivery.event["resources"],
        "EventBusName": delivery.arn,
    }
    buses.put_events(Entries=[entry])


_KINDS: dict[str, Callable[[Delivery], None]] = {
    "lambda": _to_function,
    "sqs": _to_queue,
    "sns": _to_topic,
    "states": _to_state_machine,
    "logs": _to_log_group,
    "events": _to_bus,
}
