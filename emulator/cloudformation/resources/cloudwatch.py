"""AWS::CloudWatch: alarms, composite alarms, dashboards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.cloudformation.provider import Properties, ResourceContext, ResourceFailure
from emulator.cloudformation.resources.base import ApiProvider, TagOperations, registered


class _AnyAlarm(ApiProvider):
    """What metric and composite alarms share: one operation that puts the whole alarm.

    Attributes: puts, the operation's name.
    """

    service = "cloudwatch"
    named_by = "AlarmName"
    puts: str = ""
    tag_operations = TagOperations("ResourceARN")

    def put(self, context: ResourceContext, name: str, properties: Properties, **more: Any) -> None:
        """Put the alarm as ``properties`` say."""
        left = ("AlarmName", "Tags")
        rest = {key: value for key, value in properties.items() if key not in left}
        self.call(context, self.puts, AlarmName=name, **rest, **more)

    def make(self, context: ResourceContext, properties: Properties) -> str:
        """Put it under a name that no alarm has: putting would overwrite that one."""
        name = self.name(context, properties)
        types = ["MetricAlarm", "CompositeAlarm"]
        found = self.call(context, "DescribeAlarms", AlarmNames=[name], AlarmTypes=types)
        if found.get("MetricAlarms") or found.get("CompositeAlarms"):
            raise ResourceFailure(f"{name} already exists in stack or account")
        self.put(context, name, properties, **self.tags_for(context, self.puts, properties))
        return name

    def change(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """Put it anew."""
        self.put(context, physical_id, new)

    def attributes(
        self, context: ResourceContext, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """ARN."""
        place = f"{context.region}:{context.account}"
        return {"Arn": f"arn:{context.partition}:cloudwatch:{place}:alarm:{physical_id}"}

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """DeleteAlarms."""
        self.call(context, "DeleteAlarms", AlarmNames=[physical_id])


@registered
class Alarm(_AnyAlarm):
    """AWS::CloudWatch::Alarm."""

    type = "AWS::CloudWatch::Alarm"
    puts = "PutMetricAlarm"
    handled = frozenset(
        {
            "ActionsEnabled", "AlarmActions", "AlarmDescription", "AlarmName", "ComparisonOperator",
            "DatapointsToAlarm", "Dimensions", "EvaluateLowSampleCountPercentile", "EvaluationPeriods",
            "ExtendedStatistic", "InsufficientDataActions", "MetricName", "Metrics", "Namespace", "OKActions",
            "Period", "Statistic", "Tags", "Threshold", "ThresholdMetricId", "TreatMissingData", "Unit",
        }
    )  # fmt: skip


@registered
class CompositeAlarm(_AnyAlarm):
    """AWS::CloudWatch::CompositeAlarm."""

    type = "AWS::CloudWatch::CompositeAlarm"
    puts = "PutCompositeAlarm"
    handled = frozenset(
        {
            "ActionsEnabled", "AlarmActions", "AlarmDescription", "AlarmName", "AlarmRule",
            "InsufficientDataActions", "OKActions", "Tags",
        }
    )  # fmt: skip


@registered
class Dashboard(ApiProvider):
    """AWS::CloudWatch::Dashboard."""

    type = "AWS::CloudWatch::Dashboard"
    service = "cloudwatch"
    fidelity = "stub"
    note = "its body is kept; there is no console to show it"
    named_by = "DashboardName"
    handled = frozenset({"DashboardBody", "DashboardName", "Tags"})
    tag_operations = TagOperations("ResourceARN")

    def make(self, context: ResourceContext, properties: Properties) -> str:
        """PutDashboard."""
        name = self.name(context, properties)
        tags = self.tags_for(context, "PutDashboard", properties)
        self.call(
            context, "PutDashboard", DashboardName=name, DashboardBody=properties["DashboardBody"], **tags
        )
        return name

    def change(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """PutDashboard over the one before."""
        self.call(context, "PutDashboard", DashboardName=physical_id, DashboardBody=new["DashboardBody"])

    def tag_address(self, context: ResourceContext, physical_id: str, properties: Properties) -> str:
        """ARN; dashboards belong to no region."""
        return f"arn:{context.partition}:cloudwatch::{context.account}:dashboard/{physical_id}"

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """DeleteDashboards."""
        self.call(context, "DeleteDashboards", DashboardNames=[physical_id])
