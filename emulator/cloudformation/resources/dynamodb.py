"""AWS::DynamoDB: tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.cloudformation.provider import Properties, ResourceContext
from emulator.cloudformation.resources.base import ApiProvider, TagOperations, registered
from emulator.cloudformation.resources.requests import truth

_MADE_WITH = ("AttributeDefinitions", "BillingMode", "DeletionProtectionEnabled", "KeySchema")
_CHANGED_WITH = ("BillingMode", "DeletionProtectionEnabled")


@registered
class Table(ApiProvider):
    """AWS::DynamoDB::Table."""

    type = "AWS::DynamoDB::Table"
    service = "dynamodb"
    note = "no indexes, streams, keys of one's own; items do not expire, digits of numbers are not bounded"
    named_by = "TableName"
    handled = frozenset(
        {*_MADE_WITH, "PointInTimeRecoverySpecification", "TableName", "Tags", "TimeToLiveSpecification"}
    )
    tag_operations = TagOperations("ResourceArn", "TagResource", "UntagResource")

    def make(self, context: ResourceContext, properties: Properties) -> str:
        """CreateTable."""
        name = self.name(context, properties)
        given = {key: properties[key] for key in _MADE_WITH if key in properties}
        self.call(
            context,
            "CreateTable",
            TableName=name,
            **given,
            **self.tags_for(context, "CreateTable", properties),
        )
        return name

    def configure(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """What CreateTable does not take: recovery to a point in time, and the attribute of expiry."""
        recovery = new.get("PointInTimeRecoverySpecification") or {"PointInTimeRecoveryEnabled": False}
        if old.get("PointInTimeRecoverySpecification") != new.get("PointInTimeRecoverySpecification"):
            self.call(
                context,
                "UpdateContinuousBackups",
                TableName=physical_id,
                PointInTimeRecoverySpecification=recovery,
            )
        before, after = old.get("TimeToLiveSpecification"), new.get("TimeToLiveSpecification")
        if before != after:
            wanted = after or {**(before or {}), "Enabled": False}
            self.call(context, "UpdateTimeToLive", TableName=physical_id, TimeToLiveSpecification=wanted)

    def change(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """UpdateTable with what differs, then as after the creation."""
        wanted = {key: new[key] for key in _CHANGED_WITH if key in new and new[key] != old.get(key)}
        if truth(old.get("DeletionProtectionEnabled")) and "DeletionProtectionEnabled" not in new:
            wanted["DeletionProtectionEnabled"] = False
        if wanted:
            self.call(context, "UpdateTable", TableName=physical_id, **wanted)
        self.configure(context, physical_id, old, new)

    def attributes(
        self, context: ResourceContext, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """Its ARN."""
        return {
            "Arn": f"arn:{context.partition}:dynamodb:{context.region}:{context.account}:table/{physical_id}"
        }

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """DeleteTable."""
        self.call(context, "DeleteTable", TableName=physical_id)
