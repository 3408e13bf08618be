"""Event source mappings over the API: checked as Lambda checks them, then polled."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

from moto.sqs.models import Queue, sqs_backends

from emulator import aws
from emulator.edge import Call, Principal, operation
from emulator.errors import AwsError
from emulator.events import patterns
from emulator.functions.code import invalid
from emulator.functions.model import Function, find
from emulator.identity import is_allowed
from emulator.identity.authorizer import mode
from emulator.queues.patches import attribute
from emulator.queues.poller import Mapping, Poller

_ACTIONS = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
_SETTINGS = (
    "BatchSize",
    "MaximumBatchingWindowInSeconds",
    "FunctionResponseTypes",
    "ScalingConfig",
    "FilterCriteria",
    "KMSKeyArn",
    "MetricsConfig",
)

_mappings: dict[str, Mapping] = {}
_tags: dict[str, dict[str, str]] = {}
_pollers: dict[str, Poller] = {}


def stop() -> None:
    """End every poller and forget the mappings."""
    for mapping in _mappings.values():
        mapping.stopped.set()
    for poller in _pollers.values():
        poller.join()
    _mappings.clear()
    _tags.clear()
    _pollers.clear()


@operation("lambda", "CreateEventSourceMapping")
def _create(call: Call) -> dict[str, Any]:
    params = call.params
    source = params.get("EventSourceArn") or ""
    if source.split(":")[2:3] != ["sqs"]:
        raise invalid("the emulator feeds functions from SQS queues only")
    function, qualifier = find(params["FunctionName"], call.region)
    function_arn = function.arn + (f":{qualifier}" if qualifier else "")
    for mapping in _mappings.values():
        if (mapping.described["EventSourceArn"], mapping.described["FunctionArn"]) == (source, function_arn):
            raise AwsError(
                "ResourceConflictException",
                'An event source mapping with SQS arn (" '
                f'{source} ") and function (" {function.latest.name} ") already exists. Please update or '
                f"delete the existing mapping with UUID {mapping.described['UUID']}",
                status=409,
            )
    uuid = str(uuid4())
    described: dict[str, Any] = {
        "UUID": uuid,
        "EventSourceMappingArn": f"arn:{aws.PARTITION}:lambda:{call.region}:{aws.ACCOUNT}"
        f":event-source-mapping:{uuid}",
        "EventSourceArn": source,
        "FunctionArn": function_arn,
        "BatchSize": 10,
        "MaximumBatchingWindowInSeconds": 0,
        "FunctionResponseTypes": [],
        "StateTransitionReason": "USER_INITIATED",
    }
    mapping = Mapping(described, call.region)
    _change(mapping, function, params)
    _mappings[uuid] = mapping
    _tags[uuid] = dict(params.get("Tags") or {})
    _set_enabled(mapping, params.get("Enabled") is not False)
    return {**described, "State": "Creating"}


@operation("lambda", "UpdateEventSourceMapping")
def _update(call: Call) -> dict[str, Any]:
    before = _find(call.params["UUID"])
    function, qualifier = find(
        call.params.get("FunctionName") or before.described["FunctionArn"], call.region
    )
    after = Mapping(dict(before.described), before.region)
    after.described["FunctionArn"] = function.arn + (f":{qualifier}" if qualifier else "")
    _change(after, function, call.params)
    was_enabled = before.described["State"] == "Enabled"
    _set_enabled(before, False)
    _mappings[call.params["UUID"]] = after
    enabled = call.params.get("Enabled")
    _set_enabled(after, was_enabled if enabled is None else enabled)
    return {**after.described, "State": "Updating"}


@operation("lambda", "GetEventSourceMapping")
def _get(call: Call) -> dict[str, Any]:
    return _find(call.params["UUID"]).described


@operation("lambda", "DeleteEventSourceMapping")
def _delete(call: Call) -> dict[str, Any]:
    mapping = _find(call.params["UUID"])
    _set_enabled(mapping, False)
    del _mappings[call.params["UUID"]]
    _tags.pop(call.params["UUID"], None)
    return {**mapping.described, "State": "Deleting"}


@operation("lambda", "ListEventSourceMappings")
def _list(call: Call) -> dict[str, Any]:
    source, function_arn = call.params.get("EventSourceArn"), None
    if call.params.get("FunctionName"):
        function, qualifier = find(call.params["FunctionName"], call.region)
        function_arn = function.arn + (f":{qualifier}" if qualifier else "")
    found = [
        mapping.described
        for mapping in _mappings.values()
        if mapping.region == call.region
        and source in (None, mapping.described["EventSourceArn"])
        and function_arn in (None, mapping.described["FunctionArn"])
    ]
    return {"EventSourceMappings": found}


def tags_of(arn: str) -> dict[str, str]:
    """The tags of a mapping, to be read or changed. Raises AwsError ResourceNotFoundException."""
    uuid = arn.rsplit(":", 1)[-1]
    _find(uuid)
    return _tags[uuid]


def _find(uuid: str) -> Mapping:
    if uuid not in _mappings:
        raise AwsError("ResourceNotFoundException", "The resource you requested does not exist.", status=404)
    return _mappings[uuid]


def _change(mapping: Mapping, function: Function, params: dict[str, Any]) -> None:
    """Take over the settings in ``params``. Raises AwsError InvalidParameterValueException."""
    described = mapping.described
    described.update({name: params[name] for name in _SETTINGS if params.get(name) is not None})
    described["LastModified"] = time.time()
    queue = _queue(described["EventSourceArn"])
    if described["BatchSize"] > 10 and described["MaximumBatchingWindowInSeconds"] < 1:
        raise invalid(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
        )
    timeout = int(attribute(queue, "visibility_timeout"))
    if timeout < function.latest.timeout:
        raise invalid(
            f"Queue visibility timeout: {timeout} seconds is less than Function timeout: "
            f"{function.latest.timeout} seconds"
        )
    for one in described.get("FilterCriteria", {}).get("Filters", []):
        patterns.parse(one["Pattern"])
    _check_rights(function, queue.queue_arn)


def _queue(arn: str) -> Queue:
    region, name = arn.split(":")[3], arn.split(":")[5]
    found = sqs_backends[aws.ACCOUNT][region].queues.get(name)
    if found is None:
        raise invalid(
            "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
            "SQS Error Message: The specified queue does not exist."
        )
    return found


def _check_rights(function: Function, queue_arn: str) -> None:
    if mode() != "enforce":
        return
    role = function.latest.role
    named = f"{role.rsplit('/', 1)[-1]}/{function.latest.name}"
    session = f"arn:{aws.PARTITION}:sts::{aws.ACCOUNT}:assumed-role/{named}"
    for action in _ACTIONS:
        if not is_allowed(Principal(session, role), f"sqs:{action}", queue_arn, {}):
            raise invalid(f"The provided execution role does not have permissions to call {action} on SQS")


def _set_enabled(mapping: Mapping, enabled: bool) -> None:
    uuid = mapping.described["UUID"]
    mapping.described["State"] = "Enabled" if enabled else "Disabled"
    if enabled:
        _pollers[uuid] = Poller(mapping)
    elif uuid in _pollers:
        mapping.stopped.set()
        _pollers.pop(uuid)
