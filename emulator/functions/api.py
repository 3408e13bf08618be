"""Functions over the API: create, read, change, delete, list, publish, alias."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

from emulator.edge import Call, operation
from emulator.errors import AwsError
from emulator.functions import code, configuration, pool
from emulator.functions.model import (
    LATEST,
    Function,
    Version,
    arn_and_qualifier,
    find,
    functions,
    lock,
    now,
)


@operation("lambda", "CreateFunction")
def _create(call: Call) -> dict[str, Any]:
    arn, _ = arn_and_qualifier(call.params["FunctionName"], call.region)
    name = arn.split(":")[6]
    if arn in functions:
        raise AwsError(
            "ResourceConflictException", f"Function already exist: {name}", status=409, Type="User"
        )
    settings = configuration.created(name, call.params)
    package = code.load(call.params.get("Code") or {}, call.region)
    function = Function(Version(arn, LATEST, settings, package), tags=dict(call.params.get("Tags") or {}))
    with lock:
        functions[arn] = function
    if call.params.get("Publish"):
        return _published(function, None).described()
    return function.latest.described()


@operation("lambda", "GetFunction")
def _get(call: Call) -> dict[str, Any]:
    function, version = _addressed(call)
    answer = {
        "Configuration": version.described(),
        "Code": {"RepositoryType": "S3", "Location": version.code.location},
        "Tags": function.tags,
    }
    if function.reserved_concurrency is not None:
        answer["Concurrency"] = {"ReservedConcurrentExecutions": function.reserved_concurrency}
    return answer


@operation("lambda", "GetFunctionConfiguration")
def _get_configuration(call: Call) -> dict[str, Any]:
    return _addressed(call)[1].described()


@operation("lambda", "UpdateFunctionCode")
def _update_code(call: Call) -> dict[str, Any]:
    function, _ = find(call.params["FunctionName"], call.region)
    _check_revision(function, call.params)
    package = code.load(call.params, call.region)
    if call.params.get("DryRun"):
        return replace(function.latest, code=package).described()
    settings = dict(function.latest.configuration)
    if call.params.get("Architectures"):
        settings["Architectures"] = call.params["Architectures"]
    _replace_latest(function, settings, package)
    if call.params.get("Publish"):
        return _published(function, None).described()
    return function.latest.described()


@operation("lambda", "UpdateFunctionConfiguration")
def _update_configuration(call: Call) -> dict[str, Any]:
    function, _ = find(call.params["FunctionName"], call.region)
    _check_revision(function, call.params)
    before = function.latest
    settings = configuration.changed(before.name, before.configuration, call.params)
    _replace_latest(function, settings, before.code)
    return function.latest.described()


@operation("lambda", "DeleteFunction")
def _delete(call: Call) -> None:
    function, in_name = find(call.params["FunctionName"], call.region)
    qualifier = call.params.get("Qualifier") or in_name
    with lock:
        if qualifier:
            function.versions.remove(function.version(qualifier))
        else:
            del functions[function.arn]
    pool.forget(function.arn)


@operation("lambda", "ListFunctions")
def _list(call: Call) -> dict[str, Any]:
    found = sorted(arn for arn in functions if arn.split(":")[3] == call.region)
    begin = int(call.params.get("Marker") or 0)
    end = begin + int(call.params.get("MaxItems") or 50)
    answer: dict[str, Any] = {"Functions": [functions[arn].latest.described() for arn in found[begin:end]]}
    if end < len(found):
        answer["NextMarker"] = str(end)
    return answer


@operation("lambda", "PublishVersion")
def _publish(call: Call) -> dict[str, Any]:
    function, _ = find(call.params["FunctionName"], call.region)
    _check_revision(function, call.params)
    return _published(function, call.params.get("Description")).described()


@operation("lambda", "ListVersionsByFunction")
def _list_versions(call: Call) -> dict[str, Any]:
    function, _ = find(call.params["FunctionName"], call.region)
    return {"Versions": [version.described() for version in (function.latest, *function.versions)]}


@operation("lambda", "CreateAlias", "UpdateAlias")
def _put_alias(call: Call) -> dict[str, Any]:
    function, _ = find(call.params["FunctionName"], call.region)
    name = call.params["Name"]
    existing = function.aliases.get(name)
    if call.operation == "CreateAlias" and existing:
        raise AwsError(
            "ResourceConflictException", f"Alias already exists: {function.arn}:{name}", status=409
        )
    if call.operation == "UpdateAlias" and not existing:
        raise _no_alias(function, name)
    alias = {**(existing or {"AliasArn": f"{function.arn}:{name}", "Name": name, "Description": ""})}
    alias.update({key: call.params[key] for key in ("FunctionVersion", "Description") if key in call.params})
    function.version(alias["FunctionVersion"])
    alias["RevisionId"] = str(uuid4())
    function.aliases[name] = alias
    return alias


@operation("lambda", "GetAlias")
def _get_alias(call: Call) -> dict[str, Any]:
    function, _ = find(call.params["FunctionName"], call.region)
    if call.params["Name"] not in function.aliases:
        raise _no_alias(function, call.params["Name"])
    return function.aliases[call.params["Name"]]


@operation("lambda", "ListAliases")
def _list_aliases(call: Call) -> dict[str, Any]:
    function, _ = find(call.params["FunctionName"], call.region)
    return {"Aliases": list(function.aliases.values())}


@operation("lambda", "DeleteAlias")
def _delete_alias(call: Call) -> None:
    function, _ = find(call.params["FunctionName"], call.region)
    function.aliases.pop(call.params["Name"], None)


def _no_alias(function: Function, name: str) -> AwsError:
    return AwsError("ResourceNotFoundException", f"Cannot find alias arn: {function.arn}:{name}", status=404)


def _addressed(call: Call) -> tuple[Function, Version]:
    function, in_name = find(call.params["FunctionName"], call.region)
    return function, function.version(call.params.get("Qualifier") or in_name)


def _check_revision(function: Function, params: dict[str, Any]) -> None:
    if params.get("RevisionId") not in (None, function.latest.revision):
        raise AwsError(
            "PreconditionFailedException",
            "The Revision Id provided does not match the latest Revision Id. Call the "
            "GetFunction/GetAlias API to retrieve the latest Revision Id",
            status=412,
        )


def _replace_latest(function: Function, settings: dict[str, Any], package: code.Code) -> None:
    with lock:
        function.latest = Version(function.arn, LATEST, settings, package)
    pool.forget(function.arn)


def _published(function: Function, description: str | None) -> Version:
    with lock:
        latest = function.latest
        settings = {**latest.configuration, **({"Description": description} if description else {})}
        newest = function.versions[-1] if function.versions else None
        if newest and newest.code == latest.code and newest.configuration == settings:
            return newest
        number = str(int(newest.number) + 1 if newest else 1)
        version = Version(function.arn, number, settings, latest.code, modified=now())
        function.versions.append(version)
        return version
