"""AWS::Lambda: functions and what hangs on them."""

from __future__ import annotations

import io
import time
import zipfile
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

_CONFIGURATION = (
    "DeadLetterConfig", "Description", "Environment", "EphemeralStorage", "Handler", "KmsKeyArn", "Layers",
    "LoggingConfig", "MemorySize", "Role", "Runtime", "SnapStart", "Timeout", "TracingConfig", "VpcConfig",
)  # fmt: skip
_DEFAULTS: dict[str, Any] = {
    "DeadLetterConfig": {"TargetArn": ""},
    "Description": "",
    "Environment": {"Variables": {}},
    "EphemeralStorage": {"Size": 512},
    "KmsKeyArn": "",
    "Layers": [],
    "LoggingConfig": {"LogFormat": "Text"},
    "MemorySize": 128,
    "SnapStart": {"ApplyOn": "None"},
    "Timeout": 3,
    "TracingConfig": {"Mode": "PassThrough"},
    "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []},
}
"""What a setting goes back to when the template no longer has it (Lambda's API reference)."""

_READY_WITHIN_SECONDS = 300


def inline_archive(source: str, runtime: str) -> bytes:
    """``Code.ZipFile`` as the archive that CloudFormation makes of it: the one file ``index``."""
    name = "index.py" if runtime.startswith("python") else "index.js"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), source)
    return buffer.getvalue()


def code_of(properties: Properties) -> dict[str, Any]:
    """The ``Code`` property as Lambda's API takes it."""
    code = dict(properties["Code"])
    code.pop("SourceKMSKeyArn", None)
    if "ZipFile" in code:
        code["ZipFile"] = inline_archive(str(code["ZipFile"]), str(properties.get("Runtime", "")))
    return code


@registered
class Function(ApiProvider):
    """AWS::Lambda::Function."""

    type = "AWS::Lambda::Function"
    service = "lambda"
    named_by = "FunctionName"
    name_limit = 64
    handled = frozenset(
        {
            "Architectures", "Code", "DeadLetterConfig", "Description", "Environment", "EphemeralStorage",
            "FunctionName", "Handler", "KmsKeyArn", "LoggingConfig", "MemorySize", "PackageType",
            "ReservedConcurrentExecutions", "Role", "Runtime", "Tags", "Timeout", "TracingConfig",
        }
    )  # fmt: skip
    tag_operations = TagOperations("Resource")

    def make(self, context: ResourceContext, properties: Properties) -> str:
        """CreateFunction, and wait until it is active."""
        name = self.name(context, properties)
        left = ("Code", "FunctionName", "ReservedConcurrentExecutions", "Tags")
        rest = {key: value for key, value in properties.items() if key not in left}
        tags = self.tags_for(context, "CreateFunction", properties)
        self.call(context, "CreateFunction", FunctionName=name, Code=code_of(properties), **rest, **tags)
        self._settle(context, name)
        return name

    def configure(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """Reserved concurrency."""
        if not changed(old, new, "ReservedConcurrentExecutions"):
            return
        reserved = new.get("ReservedConcurrentExecutions")
        if reserved is None:
            self.call(context, "DeleteFunctionConcurrency", FunctionName=physical_id)
        else:
            self.call(
                context,
                "PutFunctionConcurrency",
                FunctionName=physical_id,
                ReservedConcurrentExecutions=reserved,
            )

    def change(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """Configuration, then code, each when it differs."""
        wanted = {key: new.get(key, _DEFAULTS.get(key)) for key in _CONFIGURATION if changed(old, new, key)}
        if wanted:
            self.call(context, "UpdateFunctionConfiguration", FunctionName=physical_id, **wanted)
            self._settle(context, physical_id)
        if changed(old, new, "Code", "Architectures"):
            architectures = new.get("Architectures", ["x86_64"])
            self.call(
                context,
                "UpdateFunctionCode",
                FunctionName=physical_id,
                Architectures=architectures,
                **code_of(new),
            )
            self._settle(context, physical_id)
        self.configure(context, physical_id, old, new)

    def _settle(self, context: ResourceContext, name: str) -> None:
        """Wait until the function is active and its last update has ended."""
        deadline = time.monotonic() + _READY_WITHIN_SECONDS
        while time.monotonic() < deadline and not context.cancelled():
            state = self.call(context, "GetFunction", FunctionName=name)["Configuration"]
            if "Failed" in (state.get("State"), state.get("LastUpdateStatus")):
                reason = state.get("LastUpdateStatusReason") or state.get("StateReason")
                raise ResourceFailure(f"function {name} failed: {reason}")
            if state.get("State") != "Pending" and state.get("LastUpdateStatus") != "InProgress":
                return
            time.sleep(0.05)
        raise ResourceFailure(f"function {name} did not become active")

    def attributes(
        self, context: ResourceContext, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """ARN."""
        return {"Arn": _function_arn(context, physical_id)}

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """DeleteFunction."""
        self.call(context, "DeleteFunction", FunctionName=physical_id)


def _function_arn(context: ResourceContext, name: str) -> str:
    return f"arn:{context.partition}:lambda:{context.region}:{context.account}:function:{name}"


@registered
class Permission(ApiProvider):
    """AWS::Lambda::Permission; every property of it is create-only."""

    type = "AWS::Lambda::Permission"
    service = "lambda"
    handled = frozenset(
        {
            "Action", "EventSourceToken", "FunctionName", "Principal", "SourceAccount", "SourceArn",
        }
    )  # fmt: skip

    def make(self, context: ResourceContext, properties: Properties) -> str:
        """AddPermission under a generated statement id."""
        statement = context.generated_name(100)
        self.call(context, "AddPermission", StatementId=statement, **properties)
        return statement

    def attributes(
        self, context: ResourceContext, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """Its id."""
        return {"Id": physical_id}

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """RemovePermission."""
        name = properties["FunctionName"]
        self.call(context, "RemovePermission", FunctionName=name, StatementId=physical_id)


@registered
class EventSourceMapping(DirectProvider):
    """AWS::Lambda::EventSourceMapping."""

    type = "AWS::Lambda::EventSourceMapping"
    service = "lambda"
    note = "queues only"
    handled = frozenset(
        {
            "BatchSize", "Enabled", "EventSourceArn", "FilterCriteria", "FunctionName",
            "FunctionResponseTypes", "MaximumBatchingWindowInSeconds", "ScalingConfig", "Tags",
        }
    )  # fmt: skip
    creates = "CreateEventSourceMapping"
    updates = "UpdateEventSourceMapping"
    deletes = "DeleteEventSourceMapping"
    addressed_by = "UUID"
    identified_by = "UUID"
    tag_operations = TagOperations("Resource")

    def attributes(
        self, context: ResourceContext, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """Id and ARN."""
        return {"Id": physical_id, "EventSourceMappingArn": _mapping_arn(context, physical_id)}

    def tag_address(self, context: ResourceContext, physical_id: str, properties: Properties) -> str:
        """ARN."""
        return _mapping_arn(context, physical_id)


def _mapping_arn(context: ResourceContext, uuid: str) -> str:
    place = f"{context.region}:{context.account}"
    return f"arn:{context.partition}:lambda:{place}:event-source-mapping:{uuid}"


@registered
class EventInvokeConfig(ApiProvider):
    """AWS::Lambda::EventInvokeConfig."""

    type = "AWS::Lambda::EventInvokeConfig"
    service = "lambda"
    handled = frozenset(
        {"DestinationConfig", "FunctionName", "MaximumEventAgeInSeconds", "MaximumRetryAttempts", "Qualifier"}
    )

    def make(self, context: ResourceContext, properties: Properties) -> str:
        """PutFunctionEventInvokeConfig."""
        self.call(context, "PutFunctionEventInvokeConfig", **properties)
        return context.generated_name(100)

    def change(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """PutFunctionEventInvokeConfig over the one before."""
        self.call(context, "PutFunctionEventInvokeConfig", **new)

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """DeleteFunctionEventInvokeConfig."""
        self.call(
            context,
            "DeleteFunctionEventInvokeConfig",
            FunctionName=properties["FunctionName"],
            Qualifier=properties["Qualifier"],
        )


@registered
class Version(ApiProvider):
    """AWS::Lambda::Version."""

    type = "AWS::Lambda::Version"
    service = "lambda"
    handled = frozenset({"CodeSha256", "Description", "FunctionName"})

    def make(self, context: ResourceContext, properties: Properties) -> str:
        """PublishVersion."""
        return str(self.call(context, "PublishVersion", **properties)["FunctionArn"])

    def attributes(
        self, context: ResourceContext, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """Number and ARN."""
        return {"Version": physical_id.rsplit(":", 1)[-1], "FunctionArn": physical_id}

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """DeleteFunction of this version."""
        function, _, number = physical_id.rpartition(":")
        self.call(context, "DeleteFunction", FunctionName=function, Qualifier=number)


@registered
class Alias(ApiProvider):
    """AWS::Lambda::Alias."""

    type = "AWS::Lambda::Alias"
    service = "lambda"
    handled = frozenset({"Description", "FunctionName", "FunctionVersion", "Name"})

    def make(self, context: ResourceContext, properties: Properties) -> str:
        """CreateAlias."""
        return str(self.call(context, "CreateAlias", **properties)["AliasArn"])

    def change(self, context: ResourceContext, physical_id: str, old: Properties, new: Properties) -> None:
        """UpdateAlias."""
        self.call(context, "UpdateAlias", **new)

    def attributes(
        self, context: ResourceContext, physical_id: str, properties: Properties
    ) -> Mapping[str, Any]:
        """ARN."""
        return {"AliasArn": physical_id}

    def remove(self, context: ResourceContext, physical_id: str, properties: Properties) -> None:
        """DeleteAlias."""
        name, alias = properties["FunctionName"], properties["Name"]
        self.call(context, "DeleteAlias", FunctionName=name, Name=alias)
