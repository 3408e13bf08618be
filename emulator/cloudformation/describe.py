"""CloudFormation's operations that only tell: stacks, resources, events, templates, exports."""

from __future__ import annotations

import json
from typing import Any

from werkzeug.wrappers import Response

from emulator.cloudformation import parameters
from emulator.cloudformation.identity import of_caller
from emulator.cloudformation.intrinsics import invalid, text
from emulator.cloudformation.provider import all_providers
from emulator.cloudformation.sources import template_of
from emulator.cloudformation.stack import Resource, Stack, registry
from emulator.cloudformation.template import Template, allowed_stub_types
from emulator.edge import Call, operation, route
from emulator.errors import AwsError

NOT_CHECKED = {"StackDriftStatus": "NOT_CHECKED"}


def described(stack: Stack) -> dict[str, Any]:
    """A stack as DescribeStacks shows it."""
    declared = stack.template.parameters if stack.template else {}
    found: dict[str, Any] = {
        "StackId": stack.id,
        "StackName": stack.name,
        "Description": stack.description,
        "Parameters": parameters.described(declared, stack.parameters, stack.resolved_parameters),
        "CreationTime": stack.created,
        "LastUpdatedTime": stack.updated,
        "DeletionTime": stack.deleted,
        "RollbackConfiguration": {},
        "StackStatus": stack.status,
        "StackStatusReason": stack.reason,
        "DisableRollback": stack.disable_rollback,
        "NotificationARNs": stack.notification_arns,
        "TimeoutInMinutes": stack.timeout_minutes,
        "Capabilities": stack.capabilities,
        "Outputs": stack.outputs,
        "RoleARN": stack.role_arn,
        "Tags": [{"Key": key, "Value": value} for key, value in stack.tags.items()],
        "EnableTerminationProtection": stack.protected,
        "DriftInformation": NOT_CHECKED,
        "ChangeSetId": stack.executed_change_set,
    }
    return {name: value for name, value in found.items() if value is not None}


@operation("cloudformation", "DescribeStacks")
def describe_stacks(call: Call) -> dict[str, Any]:
    """One stack, or all that are not deleted."""
    name = call.params.get("StackName")
    if name:
        return {"Stacks": [described(registry.get(name, call.region))]}
    alive = [stack for stack in registry.all(call.region) if stack.status != "DELETE_COMPLETE"]
    return {"Stacks": [described(stack) for stack in alive]}


@operation("cloudformation", "ListStacks")
def list_stacks(call: Call) -> dict[str, Any]:
    """A line a stack, the deleted ones too, by status."""
    wanted = call.params.get("StackStatusFilter") or []
    keys = ("StackId", "StackName", "CreationTime", "LastUpdatedTime", "DeletionTime", "StackStatus",
            "StackStatusReason", "DriftInformation")  # fmt: skip
    summaries: list[dict[str, Any]] = []
    for stack in registry.all(call.region):
        if wanted and stack.status not in wanted:
            continue
        full = described(stack)
        line = {key: full[key] for key in keys if key in full}
        if stack.description:
            line["TemplateDescription"] = stack.description
        summaries.append(line)
    return {"StackSummaries": summaries}


@operation("cloudformation", "DescribeStackEvents")
def describe_stack_events(call: Call) -> dict[str, Any]:
    """Events, the newest first."""
    stack = registry.get(call.params["StackName"], call.region, "Stack [{}] does not exist")
    hidden = ("OperationType",)
    events = [{key: item[key] for key in item if key not in hidden} for item in list(stack.events)]
    return {"StackEvents": events[::-1]}


@operation("cloudformation", "DescribeEvents")
def describe_events(call: Call) -> dict[str, Any]:
    """Events of a stack's operations, the newest first; a change set's own checks leave none here."""
    params = call.params
    if params.get("ChangeSetName"):
        return {"OperationEvents": []}
    operation_id = params.get("OperationId")
    failed_only = (params.get("Filters") or {}).get("FailedEvents")
    stacks = (
        [registry.get(params["StackName"], call.region)]
        if params.get("StackName")
        else registry.all(call.region)
    )
    events: list[dict[str, Any]] = []
    for stack in stacks:
        for item in list(stack.events)[::-1]:
            failed = item["ResourceStatus"].endswith("_FAILED")
            if (operation_id and item["OperationId"] != operation_id) or (failed_only and not failed):
                continue
            shown = {key: item[key] for key in item if key != "StackName"}
            events.append({**shown, "EventType": "PROVISIONING_ERROR" if failed else "PROGRESS_EVENT"})
    return {"OperationEvents": events}


def _resource(stack: Stack, resource: Resource) -> dict[str, Any]:
    found: dict[str, Any] = {
        "LogicalResourceId": resource.logical_id,
        "ResourceType": resource.type,
        "ResourceStatus": resource.status,
        "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
    }
    if resource.physical_id:
        found["PhysicalResourceId"] = resource.physical_id
    if resource.reason:
        found["ResourceStatusReason"] = resource.reason
    return found


def _named(stack: Stack, resource: Resource) -> dict[str, Any]:
    return {**_resource(stack, resource), "StackName": stack.name, "StackId": stack.id}


@operation("cloudformation", "ListStackResources")
def list_stack_resources(call: Call) -> dict[str, Any]:
    """A line a resource."""
    stack = registry.get(call.params["StackName"], call.region)
    return {
        "StackResourceSummaries": [
            {**_resource(stack, resource), "LastUpdatedTimestamp": resource.updated}
            for resource in list(stack.resources.values())
        ]
    }


@operation("cloudformation", "DescribeStackResources")
def describe_stack_resources(call: Call) -> dict[str, Any]:
    """Resources of a stack, or of the stack that has the given physical id."""
    params = call.params
    physical_id = params.get("PhysicalResourceId")
    if params.get("StackName"):
        stacks = [registry.get(params["StackName"], call.region)]
    else:
        stacks = [
            stack
            for stack in registry.all(call.region)
            if any(item.physical_id == physical_id for item in list(stack.resources.values()))
        ]
        if not stacks:
            raise invalid(f"Stack for {physical_id} does not exist")
    wanted = params.get("LogicalResourceId")
    return {
        "StackResources": [
            {**_named(stack, resource), "Timestamp": resource.updated}
            for stack in stacks
            for resource in list(stack.resources.values())
            if wanted in (None, resource.logical_id)
        ]
    }


@operation("cloudformation", "DescribeStackResource")
def describe_stack_resource(call: Call) -> dict[str, Any]:
    """One resource, with its metadata."""
    stack = registry.get(call.params["StackName"], call.region, "Stack '{}' does not exist")
    name = call.params["LogicalResourceId"]
    resource = stack.resources.get(name)
    if resource is None:
        raise invalid(f"Resource {name} does not exist for stack {stack.name}")
    detail = {**_named(stack, resource), "LastUpdatedTimestamp": resource.updated}
    if "Metadata" in resource.definition:
        detail["Metadata"] = json.dumps(resource.definition["Metadata"])
    return {"StackResourceDetail": detail}


@operation("cloudformation", "GetTemplate")
def get_template(call: Call) -> dict[str, Any]:
    """The template of a stack or of a change set; without transforms both stages are the same."""
    stack = registry.get(call.params["StackName"], call.region)
    name = call.params.get("ChangeSetName")
    template = stack.template
    if name:
        known = {name: item for item in stack.change_sets.values() for name in (item.id, item.name)}
        if name not in known:
            raise AwsError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", status=404)
        template = known[name].deployment.template
    return {
        "TemplateBody": template.body if template else "{}",
        "StagesAvailable": ["Original", "Processed"],
    }


def _declared(template: Template) -> list[dict[str, Any]]:
    result: list[dict[str, Any]] = []
    for name, definition in template.parameters.items():
        item: dict[str, Any] = {
            "ParameterKey": name,
            "NoEcho": text(definition.get("NoEcho", False)).lower() == "true",
        }
        if "Default" in definition:
            item["DefaultValue"] = parameters.text_default(definition["Default"])
        if "Description" in definition:
            item["Description"] = definition["Description"]
        result.append(item)
    return result


def _template_here(call: Call) -> Template:
    name = call.params.get("StackName")
    if name:
        stack = registry.get(name, call.region)
        if stack.template is None:
            raise invalid(f"Stack {name} has no template yet")
        return stack.template
    return template_of(call.params, of_caller(call.principal, call.region), None)


def _capabilities(template: Template) -> dict[str, Any]:
    if not template.capabilities:
        return {"Capabilities": []}
    reason = "The following resource(s) require capabilities: [AWS::IAM]"
    return {"Capabilities": template.capabilities, "CapabilitiesReason": reason}


@operation("cloudformation", "GetTemplateSummary")
def get_template_summary(call: Call) -> dict[str, Any]:
    """What a template declares."""
    template = _template_here(call)
    declared = _declared(template)
    for item in declared:
        definition = template.parameters[item["ParameterKey"]]
        item["ParameterType"] = definition.get("Type", "String")
        if "AllowedValues" in definition:
            allowed = [text(value) for value in definition["AllowedValues"]]
            item["ParameterConstraints"] = {"AllowedValues": allowed}
    summary: dict[str, Any] = {
        "Parameters": declared,
        "ResourceTypes": sorted({item["Type"] for item in template.resources.values()}),
        **_capabilities(template),
    }
    if "Description" in template.sections:
        summary["Description"] = template.sections["Description"]
    if "AWSTemplateFormatVersion" in template.sections:
        summary["Version"] = template.sections["AWSTemplateFormatVersion"]
    if "Metadata" in template.sections:
        summary["Metadata"] = json.dumps(template.sections["Metadata"])
    return summary


@operation("cloudformation", "ValidateTemplate")
def validate_template(call: Call) -> dict[str, Any]:
    """What a template declares, if nothing is wrong with it."""
    template = template_of(call.params, of_caller(call.principal, call.region), None)
    found: dict[str, Any] = {"Parameters": _declared(template), **_capabilities(template)}
    if "Description" in template.sections:
        found["Description"] = template.sections["Description"]
    return found


@operation("cloudformation", "ListExports")
def list_exports(call: Call) -> dict[str, Any]:
    """Every exported output of the region."""
    return {
        "Exports": [
            {"ExportingStackId": stack.id, "Name": name, "Value": value}
            for stack in registry.all(call.region)
            if stack.status != "DELETE_COMPLETE"
            for name, value in stack.exports.items()
        ]
    }


@operation("cloudformation", "ListImports")
def list_imports(call: Call) -> dict[str, Any]:
    """Names of the stacks that import an export."""
    name = call.params["ExportName"]
    users = [stack.name for stack in registry.importers(name, call.region)]
    if not users:
        raise invalid(f"Export '{name}' is not imported by any stack.")
    return {"Imports": users}


@route(r"^/_emulator/resource-types$")
def resource_types(_: Any) -> Response:
    """Every resource type the engine knows, and how real it is; JSON, for the table after a deploy."""
    rows = [{"type": item.type, "fidelity": item.fidelity, "note": item.note} for item in all_providers()]
    known = {row["type"] for row in rows}
    rows += [
        {"type": name, "fidelity": "stub", "note": "allowed by EMULATOR_ALLOW_TYPES"}
        for name in sorted(allowed_stub_types() - known)
    ]
    return Response(json.dumps(rows), content_type="application/json")
