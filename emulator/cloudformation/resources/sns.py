"""AWS::SNS: topics, their policies, subscriptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.cloudformation.provider import Properties, ResourceContext
from emulator.cloudformation.resources.base import ApiProvider, TagOperations, registered
from emulator.cloudformation.resources.requests import text
from emulator.cloudformation.resources.sqs import AttachedPolicy

_TOPIC_ATTRIBUTES = (
    "ContentBasedDeduplication", "DisplayName", "FifoTopic", "KmsMasterKeyId", "SignatureVersion",
    "TracingConfig",
)  # fmt: skip
_SUBSCRIPTION_ATTRIBUTES = ("FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy")


@registered
class Topic(ApiProvider):
    """AWS::SNS::Topic."""

    type = "AWS::SNS::Topic"
    service = "sns"
    note = "mail is not sent"
    named_by = "TopicName"
    handled = frozenset({*_TOPIC_ATTRIBUTES, "Subscription", "Tags", "TopicName"})
    tag_operations = TagOperations()

    def make(self, context: ResourceContext, properties: Properties) -> str:
        """CreateTopic."""
        name = self.name(context, properties)
        if "TopicName" not in properties and properties.get("FifoTopic"):
            name = f"{name[:250]}.fifo"
        attributes = {key: text(properties[key]) for key in _TOPIC_ATTRIBUTES if key in properties}
        tags = self.tags_for(context, "CreateTopic", properties)
        return self.call(context, "CreateTopic", Name=name, Attributes=attributes, **tags)["TopicArn"]

    def configure(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """Subscribe what is listed, unsubscribe what no longer is, set the attributes that differ."""
        for key in _TOPIC_ATTRIBUTES if old else ():
            if old.get(key) != new.get(key):
                self.call(
                    context,
                    "SetTopicAttributes",
                    TopicArn=physical_id,
                    AttributeName=key,
                    AttributeValue=text(new.get(key, "")),
                )
        before, after = _endpoints(old), _endpoints(new)
        for protocol, endpoint in sorted(after - before):
            self.call(context, "Subscribe", TopicArn=physical_id, Protocol=protocol, Endpoint=endpoint)
        if before - after:
            listed = self.call(context, "ListSubscriptionsByTopic", TopicArn=physical_id)["Subscriptions"]
            for item in listed:
                if (item["Protocol"], item["Endpoint"]) in before - after:
                    self.call(context, "Unsubscribe", SubscriptionArn=item["SubscriptionArn"])

    def tag_address(self, context: ResourceContext, physical_id: str, properties: Properties) -> str:
        """The topic's ARN."""
        return physical_id

    def attributes(
        self, context: ResourceContext, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """ARN and name."""
        return {"TopicArn": physical_id, "TopicName": physical_id.rsplit(":", 1)[-1]}

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """DeleteTopic."""
        self.call(context, "DeleteTopic", TopicArn=physical_id)


def _endpoints(properties: Properties) -> set[tuple[str, str]]:
    return {(item["Protocol"], item["Endpoint"]) for item in properties.get("Subscription", [])}


@registered
class TopicPolicy(AttachedPolicy):
    """AWS::SNS::TopicPolicy."""

    type = "AWS::SNS::TopicPolicy"
    service = "sns"
    holders = "Topics"
    handled = frozenset({"PolicyDocument", "Topics"})

    def put(self, context: ResourceContext, holder: str, document: Any) -> None:
        """SetTopicAttributes; a topic cannot be without a policy, so removal sets SNS's default."""
        policy = text(document) if document else text(_default_policy(holder))
        self.call(
            context,
            "SetTopicAttributes",
            TopicArn=holder,
            AttributeName="Policy",
            AttributeValue=policy,
        )


def _default_policy(topic_arn: str) -> dict[str, Any]:
    """Source: "Overview of managing access in Amazon SNS", the policy that a new topic has."""
    actions = (
        "GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic",
        "Subscribe", "ListSubscriptionsByTopic", "Publish",
    )  # fmt: skip
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{action}" for action in actions],
        "Resource": topic_arn,
        "Condition": {"StringEquals": {"AWS:SourceOwner": topic_arn.split(":")[4]}},
    }
    return {"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]}


@registered
class Subscription(ApiProvider):
    """AWS::SNS::Subscription."""

    type = "AWS::SNS::Subscription"
    service = "sns"
    note = "queues and functions receive; mail is not sent"
    handled = frozenset({*_SUBSCRIPTION_ATTRIBUTES, "Endpoint", "Protocol", "TopicArn"})

    def make(self, context: ResourceContext, properties: Properties) -> str:
        """Subscribe."""
        attributes = {key: text(properties[key]) for key in _SUBSCRIPTION_ATTRIBUTES if key in properties}
        answer = self.call(
            context,
            "Subscribe",
            TopicArn=properties["TopicArn"],
            Protocol=properties["Protocol"],
            Endpoint=properties.get("Endpoint"),
            Attributes=attributes,
            ReturnSubscriptionArn=True,
        )
        return answer["SubscriptionArn"]

    def change(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """SetSubscriptionAttributes with what differs."""
        for key in _SUBSCRIPTION_ATTRIBUTES:
            if old.get(key) != new.get(key):
                self.call(
                    context,
                    "SetSubscriptionAttributes",
                    SubscriptionArn=physical_id,
                    AttributeName=key,
                    AttributeValue=text(new.get(key, "{}")),
                )

    def attributes(
        self, context: ResourceContext, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """ARN."""
        return {"Arn": physical_id}

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """Unsubscribe."""
        self.call(context, "Unsubscribe", SubscriptionArn=physical_id)
