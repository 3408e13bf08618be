"""What hangs on a function besides its code: tags, concurrency, event-invoke settings, harmless reads."""

from __future__ import annotations

import time
from typing import Any

from emulator.edge import Call, operation
from emulator.errors import AwsError
from emulator.functions.code import invalid
from emulator.functions.model import LATEST, Function, find, functions

ACCOUNT_CONCURRENCY = 1000
MIN_UNRESERVED = 100


@operation("lambda", "TagResource", "UntagResource", "ListTags")
def _tags(call: Call) -> dict[str, Any] | None:
    tags = _tags_of(call.params["Resource"], call.region)
    if call.operation == "TagResource":
        tags.update(call.params["Tags"])
    elif call.operation == "UntagResource":
        for key in call.params["TagKeys"]:
            tags.pop(key, None)
    else:
        return {"Tags": tags}
    return None


def _tags_of(arn: str, region: str) -> dict[str, str]:
    if ":event-source-mapping:" in arn:
        from emulator.queues import mappings  # which builds on this package

        return mappings.tags_of(arn)
    return find(arn, region)[0].tags


@operation("lambda", "PutFunctionConcurrency")
def _put_concurrency(call: Call) -> dict[str, Any]:
    function, _ = find(call.params["FunctionName"], call.region)
    wanted = call.params["ReservedConcurrentExecutions"]
    others = sum(other.reserved_concurrency or 0 for other in functions.values() if other is not function)
    if ACCOUNT_CONCURRENCY - others - wanted < MIN_UNRESERVED:
        raise invalid(
            f"Specified ReservedConcurrentExecutions for function decreases account's "
            f"UnreservedConcurrentExecution below its minimum value of [{MIN_UNRESERVED}]."
        )
    function.reserved_concurrency = wanted
    return {"ReservedConcurrentExecutions": wanted}


@operation("lambda", "GetFunctionConcurrency")
def _get_concurrency(call: Call) -> dict[str, Any]:
    reserved = find(call.params["FunctionName"], call.region)[0].reserved_concurrency
    return {} if reserved is None else {"ReservedConcurrentExecutions": reserved}


@operation("lambda", "DeleteFunctionConcurrency")
def _delete_concurrency(call: Call) -> None:
    find(call.params["FunctionName"], call.region)[0].reserved_concurrency = None


def _invoke_config(call: Call) -> tuple[Function, str]:
    function, in_name = find(call.params["FunctionName"], call.region)
    qualifier = call.params.get("Qualifier") or in_name or LATEST
    function.version(qualifier)
    return function, qualifier


@operation("lambda", "PutFunctionEventInvokeConfig", "UpdateFunctionEventInvokeConfig")
def _put_invoke_config(call: Call) -> dict[str, Any]:
    function, qualifier = _invoke_config(call)
    settings = dict(function.invoke_configs.get(qualifier, {})) if call.operation.startswith("Update") else {}
    members = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")
    settings.update(
        {member: call.params[member] for member in members if call.params.get(member) is not None}
    )
    settings["FunctionArn"] = f"{function.arn}:{qualifier}"
    settings["LastModified"] = time.time()
    function.invoke_configs[qualifier] = settings
    return settings


@operation("lambda", "GetFunctionEventInvokeConfig")
def _get_invoke_config(call: Call) -> dict[str, Any]:
    function, qualifier = _invoke_config(call)
    if qualifier not in function.invoke_configs:
        raise _no_invoke_config(function, qualifier)
    return function.invoke_configs[qualifier]


@operation("lambda", "ListFunctionEventInvokeConfigs")
def _list_invoke_configs(call: Call) -> dict[str, Any]:
    function, _ = find(call.params["FunctionName"], call.region)
    return {"FunctionEventInvokeConfigs": list(function.invoke_configs.values())}


@operation("lambda", "DeleteFunctionEventInvokeConfig")
def _delete_invoke_config(call: Call) -> None:
    function, qualifier = _invoke_config(call)
    if function.invoke_configs.pop(qualifier, None) is None:
        raise _no_invoke_config(function, qualifier)


def _no_invoke_config(function: Function, qualifier: str) -> AwsError:
    return AwsError(
        "ResourceNotFoundException",
        f"The function {function.arn}:{qualifier} doesn't have an EventInvokeConfig",
        status=404,
    )


@operation("lambda", "GetFunctionCodeSigningConfig")
def _code_signing(call: Call) -> dict[str, Any]:
    function, _ = find(call.params["FunctionName"], call.region)
    return {"CodeSigningConfigArn": "", "FunctionName": function.latest.name}


@operation("lambda", "GetRuntimeManagementConfig")
def _runtime_management(call: Call) -> dict[str, Any]:
    function, _ = find(call.params["FunctionName"], call.region)
    return {"UpdateRuntimeOn": "Auto", "FunctionArn": function.arn}


@operation("lambda", "GetFunctionRecursionConfig")
def _recursion(call: Call) -> dict[str, Any]:
    find(call.params["FunctionName"], call.region)
    return {"RecursiveLoop": "Terminate"}


@operation("lambda", "GetAccountSettings")
def _account(call: Call) -> dict[str, Any]:
    reserved = sum(function.reserved_concurrency or 0 for function in functions.values())
    return {
        "AccountLimit": {
            "ConcurrentExecutions": ACCOUNT_CONCURRENCY,
            "UnreservedConcurrentExecutions": ACCOUNT_CONCURRENCY - reserved,
            "CodeSizeUnzipped": 262144000,
            "CodeSizeZipped": 52428800,
            "TotalCodeSize": 80530636800,
        },
        "AccountUsage": {
            "FunctionCount": len(functions),
            "TotalCodeSize": sum(function.latest.code.size for function in functions.values()),
        },
    }
