"""AWS::SSM: parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.cloudformation.provider import Properties, ResourceContext
from emulator.cloudformation.resources.base import ApiProvider, TagOperations, registered


@registered
class Parameter(ApiProvider):
    """AWS::SSM::Parameter."""

    type = "AWS::SSM::Parameter"
    service = "ssm"
    named_by = "Name"
    handled = frozenset(
        {"AllowedPattern", "DataType", "Description", "Name", "Tags", "Tier", "Type", "Value"}
    )
    tag_operations = TagOperations(
        "ResourceId", "AddTagsToResource", "RemoveTagsFromResource", extra=(("ResourceType", "Parameter"),)
    )

    def make(self, context: ResourceContext, properties: Properties) -> str:
        """PutParameter, which refuses a name that exists."""
        name = self.name(context, properties)
        rest = {key: value for key, value in properties.items() if key not in ("Name", "Tags")}
        tags = self.tags_for(context, "PutParameter", properties)
        self.call(context, "PutParameter", Name=name, **rest, **tags)
        return name

    def change(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """PutParameter over what is there, whatever differs: a value written meanwhile is lost, as on AWS.

        The resource type's update handler calls it with the template's whole state
        (https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-ssm, UpdateHandler).
        """
        state = {key: value for key, value in new.items() if key not in ("Name", "Tags")}
        self.call(context, "PutParameter", Name=physical_id, Overwrite=True, **state)

    def tag_address(self, context: ResourceContext, physical_id: str, properties: Properties) -> str:
        """The parameter's name."""
        return physical_id

    def attributes(
        self, context: ResourceContext, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """Type and value, which Fn::GetAtt gives beside the ARN."""
        resource = f"parameter/{physical_id.lstrip('/')}"
        arn = f"arn:{context.partition}:ssm:{context.region}:{context.account}:{resource}"
        return {"Arn": arn, "Type": properties["Type"], "Value": properties["Value"]}

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """DeleteParameter."""
        self.call(context, "DeleteParameter", Name=physical_id)
