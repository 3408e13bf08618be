"""AWS::Events and AWS::Scheduler: rules and schedules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.cloudformation.provider import Properties, ResourceContext, ResourceFailure
from emulator.cloudformation.resources.base import ApiProvider, DirectProvider, TagOperations, registered

_DEFAULT_BUS = "default"


@registered
class Rule(ApiProvider):
    """AWS::Events::Rule."""

    type = "AWS::Events::Rule"
    service = "events"
    named_by = "Name"
    name_limit = 64
    handled = frozenset(
        {
            "Description", "EventBusName", "EventPattern", "Name", "RoleArn", "ScheduleExpression", "State",
            "Tags", "Targets",
        }
    )  # fmt: skip
    tag_operations = TagOperations("ResourceARN")

    def create_only(self) -> frozenset[str]:
        """The bus as well: the schema names it under conditions that never hold here."""
        return super().create_only() | {"EventBusName"}

    def make(self, context: ResourceContext, properties: Properties) -> str:
        """PutRule. Ref gives ``bus|name`` on a bus that is not the default one."""
        name = self.name(context, properties)
        self._put(context, name, properties, self.tags_for(context, "PutRule", properties))
        bus = str(properties.get("EventBusName", _DEFAULT_BUS))
        return name if bus == _DEFAULT_BUS else f"{bus.rsplit('/', 1)[-1]}|{name}"

    def _put(
        self, context: ResourceContext, name: str, properties: Properties, tags: Mapping[str, Any]
    ) -> None:
        left = ("Name", "Tags", "Targets")
        rest = {key: value for key, value in properties.items() if key not in left}
        self.call(context, "PutRule", Name=name, **rest, **tags)

    def change(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """PutRule over the one before, then the targets."""
        self._put(context, _rule_name(physical_id), new, {})
        self.configure(context, physical_id, old, new)

    def configure(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """Targets: put all, remove those that are no longer named."""
        address = {"Rule": _rule_name(physical_id), "EventBusName": new.get("EventBusName")}
        targets = new.get("Targets", [])
        if targets:
            self._check(self.call(context, "PutTargets", Targets=targets, **address))
        kept = {target["Id"] for target in targets}
        gone = [target["Id"] for target in old.get("Targets", []) if target["Id"] not in kept]
        if gone:
            self._check(self.call(context, "RemoveTargets", Ids=gone, **address))

    def _check(self, answer: Mapping[str, Any]) -> None:
        for entry in answer.get("FailedEntries", []):
            raise ResourceFailure(f"target {entry.get('TargetId')}: {entry.get('ErrorMessage')}")

    def attributes(
        self, context: ResourceContext, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """ARN and name."""
        path = physical_id.replace("|", "/")
        arn = f"arn:{context.partition}:events:{context.region}:{context.account}:rule/{path}"
        return {"Arn": arn, "RuleName": _rule_name(physical_id)}

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """RemoveTargets, DeleteRule."""
        name, bus = _rule_name(physical_id), properties.get("EventBusName")
        listed = self.call(context, "ListTargetsByRule", Rule=name, EventBusName=bus)
        ids = [target["Id"] for target in listed.get("Targets", [])]
        if ids:
            self.call(context, "RemoveTargets", Rule=name, EventBusName=bus, Ids=ids)
        self.call(context, "DeleteRule", Name=name, EventBusName=bus)


def _rule_name(physical_id: str) -> str:
    return physical_id.rsplit("|", 1)[-1]


@registered
class Schedule(DirectProvider):
    """AWS::Scheduler::Schedule."""

    type = "AWS::Scheduler::Schedule"
    service = "scheduler"
    fidelity = "stub"
    note = "kept, never fires: use an AWS::Events::Rule with a schedule"
    named_by = "Name"
    name_limit = 64
    handled = frozenset(
        {
            "Description", "EndDate", "FlexibleTimeWindow", "GroupName", "KmsKeyArn", "Name",
            "ScheduleExpression", "ScheduleExpressionTimezone", "StartDate", "State", "Target",
        }
    )  # fmt: skip
    creates = "CreateSchedule"
    updates = "UpdateSchedule"
    deletes = "DeleteSchedule"
    addressed_by = "Name"

    def create_only(self) -> frozenset[str]:
        """The group as well: a schedule is addressed within it."""
        return super().create_only() | {"GroupName"}

    def change(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """UpdateSchedule, which takes everything again."""
        rest = {key: value for key, value in new.items() if key != "Name"}
        self.call(context, "UpdateSchedule", Name=physical_id, **rest)

    def attributes(
        self, context: ResourceContext, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """ARN."""
        group = properties.get("GroupName", "default")
        place = f"{context.region}:{context.account}"
        return {"Arn": f"arn:{context.partition}:scheduler:{place}:schedule/{group}/{physical_id}"}

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """DeleteSchedule."""
        group = properties.get("GroupName")
        self.call(context, "DeleteSchedule", Name=physical_id, GroupName=group)
