"""From a request to the ARNs it touches: what the Resource of a policy is compared with."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from importlib.resources import files
from typing import Any

from emulator import aws
from emulator.edge import Call

Names = dict[str, Any]


@functools.cache
def _reference() -> dict[str, Any]:
    """The Service Authorization Reference as cfn-lint carries it; cfn-lint comes with moto's server."""
    return json.loads((files("cfnlint.data.AdditionalSpecs") / "Policies.json").read_text())


def resource_types(action: str) -> frozenset[str]:
    """The resource types that an action can be limited to; empty for one that knows only ``*``.

    Raises KeyError for an action that does not exist, which no policy can ever grant.
    """
    prefix, _, name = action.partition(":")
    entry = _reference()[prefix]["Actions"][name.lower()]
    return frozenset(t.lower() for t in entry.get("Resources", []))


def resources_of(call: Call, action: str) -> list[str]:
    """Every ARN that must be allowed for the request; ``["*"]`` where the action has no resources.

    Raises KeyError for an action that does not exist.
    """
    if call.service == "apigateway":
        return [f"arn:aws:apigateway:{call.region}::{call.request.path}"]
    if call.service == "s3":
        return _s3(call)
    wanted = resource_types(action)
    if not wanted:
        return ["*"]
    derive = _DERIVED.get(call.service)
    arns = derive(call, wanted) if derive else []
    return arns or ["*"]


def _arn(call: Call, service: str, rest: str) -> str:
    return rest if rest.startswith("arn:") else f"arn:aws:{service}:{call.region}:{call.account}:{rest}"


def _s3(call: Call) -> list[str]:
    bucket = call.params.get("Bucket")
    if call.operation == "DeleteObjects":  # the keys are in the body; all of the bucket is asked for
        return [f"arn:aws:s3:::{bucket}/*"]
    if not bucket:
        return ["*"]
    key = call.params.get("Key")
    return [f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}"]


def _sagemaker(call: Call, wanted: frozenset[str]) -> list[str]:
    """Each ``XxxYyyName`` parameter names an ``xxx-yyy``; SageMaker's ARNs are in lower case."""
    if call.params.get("ResourceArn"):
        return [call.params["ResourceArn"]]
    arns: list[str] = []
    for kind in wanted:
        stem = "".join(part.capitalize() for part in kind.split("-"))
        name = call.params.get(f"{stem}Name") or call.params.get(f"{stem}Arn")
        if name:
            arns.append(
                _arn(call, "sagemaker", name if name.startswith("arn:") else f"{kind}/{name.lower()}")
            )
    group = call.params.get("ModelPackageGroupName")
    if "model-package" in wanted and not arns and group:
        arns.append(_arn(call, "sagemaker", f"model-package/{group.rsplit('/', 1)[-1].lower()}/*"))
    return arns


def _function(call: Call, wanted: frozenset[str]) -> list[str]:
    name = call.params.get("FunctionName") or call.params.get("Resource")
    if name:
        return [name if name.startswith("arn:") else _arn(call, "lambda", f"function:{name}")]
    if "eventsourcemapping" in wanted:
        return [_arn(call, "lambda", f"event-source-mapping:{call.params.get('UUID', '*')}")]
    return []


def _log_group(call: Call, _wanted: frozenset[str]) -> list[str]:
    group = call.params.get("logGroupName") or call.params.get("resourceArn")
    if not group:
        return [_arn(call, "logs", "log-group::log-stream:")]
    if group.startswith("arn:"):
        return [group]
    stream = call.params.get("logStreamName")
    return [
        _arn(call, "logs", f"log-group:{group}:log-stream:{stream}" if stream else f"log-group:{group}:*")
    ]


def _parameter(call: Call, _wanted: frozenset[str]) -> list[str]:
    names = call.params.get("Names") or [
        call.params.get("Name") or call.params.get("Path") or call.params.get("ResourceId")
    ]
    return [_arn(call, "ssm", f"parameter/{str(name).lstrip('/')}") for name in names if name]


def _stack(call: Call, _wanted: frozenset[str]) -> list[str]:
    name = call.params.get("StackName") or call.params.get("StackId")
    if not name:
        return []
    return [name if name.startswith("arn:") else _arn(call, "cloudformation", f"stack/{name}/*")]


def _role(call: Call, wanted: frozenset[str]) -> list[str]:
    root = f"arn:aws:iam::{call.account}:"
    if "role" in wanted and call.params.get("RoleName"):
        return [f"{root}role/{call.params['RoleName']}"]
    if "policy" in wanted and call.params.get("PolicyArn"):
        return [call.params["PolicyArn"]]
    if "policy" in wanted and call.params.get("PolicyName"):
        return [f"{root}policy/{call.params['PolicyName']}"]
    return []


def _queue(call: Call, _wanted: frozenset[str]) -> list[str]:
    name = call.params.get("QueueName") or str(call.params.get("QueueUrl", "")).rsplit("/", 1)[-1]
    return [_arn(call, "sqs", name)] if name else []


def _topic(call: Call, _wanted: frozenset[str]) -> list[str]:
    arn = call.params.get("TopicArn") or call.params.get("TargetArn") or call.params.get("ResourceArn")
    return [_arn(call, "sns", arn or call.params.get("Name", "*"))]


def _cloudwatch(call: Call, wanted: frozenset[str]) -> list[str]:
    if call.operation == "PutMetricData":
        return ["*"]  # "dataset" is a type of the OpenTelemetry store, not of custom metrics
    if "alarm" in wanted:
        names = call.params.get("AlarmNames") or [call.params.get("AlarmName")]
        return [_arn(call, "cloudwatch", f"alarm:{name}") for name in names if name]
    if "dashboard" in wanted:
        names = call.params.get("DashboardNames") or [call.params.get("DashboardName")]
        return [f"arn:aws:cloudwatch::{call.account}:dashboard/{name}" for name in names if name]
    return []


def _rule(call: Call, _wanted: frozenset[str]) -> list[str]:
    if call.operation == "PutEvents":
        buses = {entry.get("EventBusName", "default") for entry in call.params.get("Entries", [])}
        return [_arn(call, "events", f"event-bus/{bus}") for bus in buses]
    name = call.params.get("Name") or call.params.get("Rule") or call.params.get("ResourceARN")
    return [_arn(call, "events", name if str(name).startswith("arn:") else f"rule/{name}")] if name else []


def _state_machine(call: Call, _wanted: frozenset[str]) -> list[str]:
    arn = (
        call.params.get("stateMachineArn")
        or call.params.get("executionArn")
        or call.params.get("resourceArn")
    )
    name = call.params.get("name")
    return [arn] if arn else [_arn(call, "states", f"stateMachine:{name}")] if name else []


def _key(call: Call, wanted: frozenset[str]) -> list[str]:
    from moto.kms.models import kms_backends

    arns: list[str] = []
    key = call.params.get("KeyId") or call.params.get("TargetKeyId")
    if "key" in wanted and key:
        backend = kms_backends[call.account][call.region]
        found = backend.any_id_to_key_id(key)
        arns.append(_arn(call, "kms", f"key/{found}"))
    if "alias" in wanted and call.params.get("AliasName"):
        arns.append(_arn(call, "kms", call.params["AliasName"]))
    return arns


def _table(call: Call, _wanted: frozenset[str]) -> list[str]:
    """Of a transaction, every table in it, for each of its actions."""
    operations = [one for item in call.params.get("TransactItems", []) for one in item.values()]
    names = {str(one["TableName"]) for one in (call.params, *operations) if one.get("TableName")}
    if call.params.get("ResourceArn"):
        return [call.params["ResourceArn"]]
    return [_arn(call, "dynamodb", f"table/{name}") for name in sorted(names)]


def _repository(call: Call, _wanted: frozenset[str]) -> list[str]:
    names = call.params.get("repositoryNames") or [call.params.get("repositoryName")]
    return [_arn(call, "ecr", f"repository/{name}") for name in names if name]


def _scalable_target(call: Call, _wanted: frozenset[str]) -> list[str]:
    if call.params.get("ResourceARN"):
        return [call.params["ResourceARN"]]
    return [_arn(call, "application-autoscaling", "scalable-target/*")]


def _assumed(call: Call, _wanted: frozenset[str]) -> list[str]:
    return [call.params["RoleArn"]] if call.params.get("RoleArn") else []


_DERIVED: dict[str, Callable[[Call, frozenset[str]], list[str]]] = {
    "sagemaker": _sagemaker,
    "sagemaker-runtime": _sagemaker,
    "lambda": _function,
    "logs": _log_group,
    "ssm": _parameter,
    "cloudformation": _stack,
    "iam": _role,
    "sqs": _queue,
    "sns": _topic,
    "cloudwatch": _cloudwatch,
    "events": _rule,
    "stepfunctions": _state_machine,
    "kms": _key,
    "dynamodb": _table,
    "ecr": _repository,
    "application-autoscaling": _scalable_target,
    "sts": _assumed,
}

assert aws.PARTITION == "aws", "the ARNs above are those of the commercial partition"
