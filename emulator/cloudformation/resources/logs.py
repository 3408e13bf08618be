"""AWS::Logs: log groups, resource policies, metric filters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.cloudformation.provider import Properties, ResourceContext, ResourceFailure
from emulator.cloudformation.resources.base import (
    ApiProvider,
    DirectProvider,
    TagOperations,
    changed,
    registered,
)


@registered
class LogGroup(ApiProvider):
    """AWS::Logs::LogGroup."""

    type = "AWS::Logs::LogGroup"
    service = "logs"
    note = "nothing expires"
    named_by = "LogGroupName"
    name_limit = 512
    handled = frozenset({"KmsKeyId", "LogGroupClass", "LogGroupName", "RetentionInDays", "Tags"})
    tag_operations = TagOperations("resourceArn", keys="tagKeys")

    def make(self, context: ResourceContext, properties: Properties) -> str:
        """CreateLogGroup, which refuses a name that exists."""
        name = self.name(context, properties)
        self.call(
            context,
            "CreateLogGroup",
            logGroupName=name,
            kmsKeyId=properties.get("KmsKeyId"),
            logGroupClass=properties.get("LogGroupClass"),
            **self.tags_for(context, "CreateLogGroup", properties),
        )
        return name

    def configure(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """Retention."""
        if not changed(old, new, "RetentionInDays"):
            return
        if "RetentionInDays" in new:
            days = new["RetentionInDays"]
            self.call(context, "PutRetentionPolicy", logGroupName=physical_id, retentionInDays=days)
        else:
            self.call(context, "DeleteRetentionPolicy", logGroupName=physical_id)

    def change(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """Key and retention. A log group's class is for ever."""
        if changed(old, new, "LogGroupClass"):
            raise ResourceFailure("LogGroupClass cannot be changed on an existing log group")
        if changed(old, new, "KmsKeyId"):
            if "KmsKeyId" in new:
                self.call(context, "AssociateKmsKey", logGroupName=physical_id, kmsKeyId=new["KmsKeyId"])
            else:
                self.call(context, "DisassociateKmsKey", logGroupName=physical_id)
        self.configure(context, physical_id, old, new)

    def tag_address(self, context: ResourceContext, physical_id: str, properties: Properties) -> str:
        """The ARN without the final ``:*``, as the tag operations want it."""
        return f"arn:{context.partition}:logs:{context.region}:{context.account}:log-group:{physical_id}"

    def attributes(
        self, context: ResourceContext, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """The ARN with the final ``:*``, as CloudFormation gives it."""
        return {"Arn": f"{self.tag_address(context, physical_id, properties)}:*"}

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """DeleteLogGroup."""
        self.call(context, "DeleteLogGroup", logGroupName=physical_id)


@registered
class ResourcePolicy(DirectProvider):
    """AWS::Logs::ResourcePolicy."""

    type = "AWS::Logs::ResourcePolicy"
    service = "logs"
    handled = frozenset({"PolicyDocument", "PolicyName"})
    named_by = "PolicyName"
    creates = "PutResourcePolicy"
    updates = "PutResourcePolicy"
    deletes = "DeleteResourcePolicy"
    addressed_by = "policyName"
    renamed: Mapping[str, str] = {"PolicyName": "policyName", "PolicyDocument": "policyDocument"}


@registered
class MetricFilter(ApiProvider):
    """AWS::Logs::MetricFilter."""

    type = "AWS::Logs::MetricFilter"
    service = "logs"
    fidelity = "stub"
    note = "no metric is made of log lines"
    named_by = "FilterName"
    name_limit = 512
    handled = frozenset({"FilterName", "FilterPattern", "LogGroupName", "MetricTransformations"})

    def make(self, context: ResourceContext, properties: Properties) -> str:
        """PutMetricFilter."""
        name = self.name(context, properties)
        self._put(context, name, properties)
        return name

    def _put(self, context: ResourceContext, name: str, properties: Properties) -> None:
        self.call(
            context,
            "PutMetricFilter",
            logGroupName=properties["LogGroupName"],
            filterName=name,
            filterPattern=properties["FilterPattern"],
            metricTransformations=[_transformation(item) for item in properties["MetricTransformations"]],
        )

    def change(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """PutMetricFilter over the one before."""
        self._put(context, physical_id, new)

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """DeleteMetricFilter."""
        group = properties["LogGroupName"]
        self.call(context, "DeleteMetricFilter", logGroupName=group, filterName=physical_id)


def _transformation(item: Mapping[str, Any]) -> dict[str, Any]:
    """CloudFormation lists the dimensions as Key and Value; the API takes a map."""
    transformation = dict(item)
    if "Dimensions" in transformation:
        transformation["Dimensions"] = {pair["Key"]: pair["Value"] for pair in transformation["Dimensions"]}
    return transformation
