"""AWS::KMS: keys and aliases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.cloudformation.provider import Properties, ResourceContext
from emulator.cloudformation.resources.base import ApiProvider, TagOperations, changed, registered
from emulator.cloudformation.resources.requests import truth


@registered
class Key(ApiProvider):
    """AWS::KMS::Key."""

    type = "AWS::KMS::Key"
    service = "kms"
    note = "rotation and the pending window are kept; no key material turns"
    handled = frozenset(
        {
            "BypassPolicyLockoutSafetyCheck", "Description", "EnableKeyRotation", "Enabled", "KeyPolicy",
            "KeySpec", "KeyUsage", "MultiRegion", "PendingWindowInDays", "RotationPeriodInDays", "Tags",
        }
    )  # fmt: skip
    tag_operations = TagOperations("KeyId")

    def make(self, context: ResourceContext, properties: Properties) -> str:
        """CreateKey."""
        answer = self.call(
            context,
            "CreateKey",
            Description=properties.get("Description", ""),
            Policy=properties.get("KeyPolicy"),
            KeySpec=properties.get("KeySpec"),
            KeyUsage=properties.get("KeyUsage"),
            MultiRegion=properties.get("MultiRegion"),
            BypassPolicyLockoutSafetyCheck=properties.get("BypassPolicyLockoutSafetyCheck"),
            **self.tags_for(context, "CreateKey", properties),
        )
        return answer["KeyMetadata"]["KeyId"]

    def configure(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """Rotation, and whether it is enabled."""
        if changed(old, new, "EnableKeyRotation", "RotationPeriodInDays"):
            if truth(new.get("EnableKeyRotation", False)):
                period = new.get("RotationPeriodInDays")
                self.call(context, "EnableKeyRotation", KeyId=physical_id, RotationPeriodInDays=period)
            elif old:
                self.call(context, "DisableKeyRotation", KeyId=physical_id)
        if changed(old, new, "Enabled"):
            enabled = truth(new.get("Enabled", True))
            self.call(context, "EnableKey" if enabled else "DisableKey", KeyId=physical_id)

    def change(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """Policy and description, then the rest."""
        if changed(old, new, "KeyPolicy"):
            self.call(
                context, "PutKeyPolicy", KeyId=physical_id, PolicyName="default", Policy=new["KeyPolicy"]
            )
        if changed(old, new, "Description"):
            description = new.get("Description", "")
            self.call(context, "UpdateKeyDescription", KeyId=physical_id, Description=description)
        self.configure(context, physical_id, old, new)

    def needs_replacement(self, old: Properties, new: Properties) -> bool:
        """For what a key cannot change; KMS::Key has no create-only list, but refuses these on AWS."""
        return changed(old, new, "KeySpec", "KeyUsage", "MultiRegion")

    def tag_address(self, context: ResourceContext, physical_id: str, properties: Properties) -> str:
        """The key's id."""
        return physical_id

    def attributes(
        self, context: ResourceContext, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """ARN and id."""
        arn = f"arn:{context.partition}:kms:{context.region}:{context.account}:key/{physical_id}"
        return {"Arn": arn, "KeyId": physical_id}

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """ScheduleKeyDeletion; a key that waits for it already is left."""
        state = self.call(context, "DescribeKey", KeyId=physical_id)["KeyMetadata"]["KeyState"]
        if state != "PendingDeletion":
            days = properties.get("PendingWindowInDays", 30)
            self.call(context, "ScheduleKeyDeletion", KeyId=physical_id, PendingWindowInDays=days)


@registered
class Alias(ApiProvider):
    """AWS::KMS::Alias."""

    type = "AWS::KMS::Alias"
    service = "kms"
    handled = frozenset({"AliasName", "TargetKeyId"})

    def make(self, context: ResourceContext, properties: Properties) -> str:
        """CreateAlias."""
        self.call(context, "CreateAlias", **properties)
        return str(properties["AliasName"])

    def change(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """UpdateAlias."""
        self.call(context, "UpdateAlias", **new)

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """DeleteAlias."""
        self.call(context, "DeleteAlias", AliasName=physical_id)
