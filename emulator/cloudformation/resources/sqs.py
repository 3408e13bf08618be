"""AWS::SQS: queues and their policies."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from emulator.cloudformation.provider import Properties, ResourceContext, ResourceFailure
from emulator.cloudformation.resources.base import ApiProvider, TagOperations, registered
from emulator.cloudformation.resources.requests import text

_ATTRIBUTES = (
    "ContentBasedDeduplication", "DelaySeconds", "FifoQueue", "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId", "MaximumMessageSize", "MessageRetentionPeriod", "ReceiveMessageWaitTimeSeconds",
    "RedriveAllowPolicy", "RedrivePolicy", "SqsManagedSseEnabled", "VisibilityTimeout",
)  # fmt: skip

_DEFAULTS = {
    "DelaySeconds": "0",
    "KmsDataKeyReusePeriodSeconds": "300",
    "KmsMasterKeyId": "",
    "MaximumMessageSize": "262144",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "RedriveAllowPolicy": "",
    "RedrivePolicy": "",
    "VisibilityTimeout": "30",
}
"""What an attribute goes back to when the template no longer has it (SQS developer guide)."""


@registered
class Queue(ApiProvider):
    """AWS::SQS::Queue."""

    type = "AWS::SQS::Queue"
    service = "sqs"
    named_by = "QueueName"
    name_limit = 80
    handled = frozenset({*_ATTRIBUTES, "QueueName", "Tags"})
    tag_operations = TagOperations("QueueUrl", "TagQueue", "UntagQueue")

    def make(self, context: ResourceContext, properties: Properties) -> str:
        """CreateQueue."""
        name = self.name(context, properties)
        if "QueueName" not in properties and properties.get("FifoQueue"):
            name = f"{name[:75]}.fifo"
        attributes = {key: text(properties[key]) for key in _ATTRIBUTES if key in properties}
        tags = self.tags_for(context, "CreateQueue", properties)
        return self.call(context, "CreateQueue", QueueName=name, Attributes=attributes, **tags)["QueueUrl"]

    def change(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """SetQueueAttributes with what differs; what is gone goes back to its default."""
        wanted = {key: text(new[key]) for key in _ATTRIBUTES if key in new and new[key] != old.get(key)}
        for key in _ATTRIBUTES:
            if key in old and key not in new:
                wanted[key] = _DEFAULTS.get(key, "false")
        if wanted:
            self.call(context, "SetQueueAttributes", QueueUrl=physical_id, Attributes=wanted)

    def tag_address(self, context: ResourceContext, physical_id: str, properties: Properties) -> str:
        """The queue's URL."""
        return physical_id

    def attributes(
        self, context: ResourceContext, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """ARN, name, URL."""
        name = physical_id.rsplit("/", 1)[-1]
        arn = f"arn:{context.partition}:sqs:{context.region}:{context.account}:{name}"
        return {"Arn": arn, "QueueName": name, "QueueUrl": physical_id}

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """DeleteQueue."""
        self.call(context, "DeleteQueue", QueueUrl=physical_id)


class AttachedPolicy(ApiProvider):
    """A policy document that is an attribute of several resources of one service.

    Attributes:
        holders: the property that lists them.
    """

    holders: str = ""

    @abstractmethod
    def put(self, context: ResourceContext, holder: str, document: Any) -> None:
        """Set the policy of one holder; None takes it away."""

    def make(self, context: ResourceContext, properties: Properties) -> str:
        """Put it on every holder."""
        self._put_all(context, properties)
        return context.generated_name(128)

    def change(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """Put it on every holder, and take it from those that are no longer named."""
        self._put_all(context, new)
        for holder in old.get(self.holders, []):
            if holder not in new[self.holders]:
                self.put(context, holder, None)

    def _put_all(self, context: ResourceContext, properties: Properties) -> None:
        if not properties.get(self.holders):
            raise ResourceFailure(f"{self.type}: {self.holders} is empty")
        for holder in properties[self.holders]:
            self.put(context, holder, properties["PolicyDocument"])

    def attributes(
        self, context: ResourceContext, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """Its id."""
        return {"Id": physical_id}

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """Take it from every holder."""
        for holder in properties.get(self.holders, []):
            self.put(context, holder, None)


@registered
class QueuePolicy(AttachedPolicy):
    """AWS::SQS::QueuePolicy."""

    type = "AWS::SQS::QueuePolicy"
    service = "sqs"
    holders = "Queues"
    handled = frozenset({"PolicyDocument", "Queues"})

    def put(self, context: ResourceContext, holder: str, document: Any) -> None:
        """SetQueueAttributes."""
        policy = text(document) if document else ""
        self.call(context, "SetQueueAttributes", QueueUrl=holder, Attributes={"Policy": policy})
