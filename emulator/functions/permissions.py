"""Resource-based policies of functions: who may invoke them from outside IAM identities."""

from __future__ import annotations

import json
from typing import Any

from emulator import aws
from emulator.edge import Call, operation
from emulator.errors import AwsError
from emulator.functions.model import LATEST, Function, find
from emulator.identity.trust import service_may


def check(function: Function, qualifier: str | None, principal: str, source_arn: str) -> None:
    """Raises AwsError AccessDeniedException unless a statement lets the service principal invoke."""
    resource = function.arn + (f":{qualifier}" if qualifier else "")
    document = policy(function, qualifier)
    if not service_may(document, principal, "lambda:InvokeFunction", resource, source_arn):
        raise AwsError(
            "AccessDeniedException",
            f"User: {principal} is not authorized to perform: lambda:InvokeFunction on resource: {resource} "
            "because no resource-based policy allows the lambda:InvokeFunction action",
            status=403,
        )


def policy(function: Function, qualifier: str | None) -> dict[str, Any] | None:
    """The policy document of the function or one of its versions; None when it has no statement."""
    statements = function.statements.get(qualifier or LATEST)
    if not statements:
        return None
    return {"Version": "2012-10-17", "Id": "default", "Statement": statements}


def _statement(params: dict[str, Any], resource: str) -> dict[str, Any]:
    who = params["Principal"]
    if who.endswith((".amazonaws.com", ".amazon.com")):
        principal: Any = {"Service": who}
    elif who == "*":
        principal = "*"
    else:
        principal = {"AWS": who if who.startswith("arn:") else f"arn:{aws.PARTITION}:iam::{who}:root"}
    statement = {
        "Sid": params["StatementId"],
        "Effect": "Allow",
        "Principal": principal,
        "Action": params["Action"],
        "Resource": resource,
    }
    conditions: dict[str, Any] = {}
    if params.get("SourceArn"):
        conditions["ArnLike"] = {"AWS:SourceArn": params["SourceArn"]}
    equals = {
        key: params[member]
        for key, member in (
            ("AWS:SourceAccount", "SourceAccount"),
            ("lambda:FunctionUrlAuthType", "FunctionUrlAuthType"),
            ("lambda:EventSourceToken", "EventSourceToken"),
        )
        if params.get(member)
    }
    if equals:
        conditions["StringEquals"] = equals
    return {**statement, **({"Condition": conditions} if conditions else {})}


@operation("lambda", "AddPermission")
def _add(call: Call) -> dict[str, Any]:
    function, in_name = find(call.params["FunctionName"], call.region)
    qualifier = call.params.get("Qualifier") or in_name
    function.version(qualifier)
    statements = function.statements.setdefault(qualifier or LATEST, [])
    sid = call.params["StatementId"]
    if any(statement["Sid"] == sid for statement in statements):
        raise AwsError(
            "ResourceConflictException",
            f"The statement id ({sid}) provided already exists. Please provide a new statement id, or "
            "remove the existing statement.",
            status=409,
        )
    statement = _statement(call.params, function.arn + (f":{qualifier}" if qualifier else ""))
    statements.append(statement)
    return {"Statement": json.dumps(statement, separators=(",", ":"))}


@operation("lambda", "RemovePermission")
def _remove(call: Call) -> None:
    function, in_name = find(call.params["FunctionName"], call.region)
    statements = function.statements.get(call.params.get("Qualifier") or in_name or LATEST, [])
    kept = [statement for statement in statements if statement["Sid"] != call.params["StatementId"]]
    if len(kept) == len(statements):
        raise AwsError(
            "ResourceNotFoundException",
            f"Statement {call.params['StatementId']} is not found in resource policy.",
            status=404,
        )
    statements[:] = kept


@operation("lambda", "GetPolicy")
def _get(call: Call) -> dict[str, Any]:
    function, in_name = find(call.params["FunctionName"], call.region)
    document = policy(function, call.params.get("Qualifier") or in_name)
    if document is None:
        raise AwsError("ResourceNotFoundException", "The resource you requested does not exist.", status=404)
    return {"Policy": json.dumps(document, separators=(",", ":")), "RevisionId": function.latest.revision}
