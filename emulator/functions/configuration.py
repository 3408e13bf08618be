"""A function's declared properties: checked as Lambda checks them, completed with its defaults."""

from __future__ import annotations

import json
import re
from typing import Any

from emulator.functions.code import invalid
from emulator.identity.trust import authorize_service

MAX_ENVIRONMENT_BYTES = 4096
_NAME = re.compile(r"[a-zA-Z0-9-_]{1,64}")
_RUNTIMES = re.compile(r"python3\.\d+")
_RESERVED = ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "_HANDLER")
_NOT_DONE = ("Layers", "FileSystemConfigs", "ImageConfig", "CapacityProviderConfig", "DurableConfig")
_DESCRIBED = (
    "Runtime",
    "Role",
    "Handler",
    "Description",
    "Timeout",
    "MemorySize",
    "DeadLetterConfig",
    "KMSKeyArn",
    "TracingConfig",
    "EphemeralStorage",
    "Architectures",
    "PackageType",
    "LoggingConfig",
    "VpcConfig",
)


def created(name: str, wanted: dict[str, Any]) -> dict[str, Any]:
    """The configuration of a new function. Raises AwsError for what Lambda, or this emulator, refuses."""
    if not _NAME.fullmatch(name):
        raise invalid(
            f"1 validation error detected: Value '{name}' at 'functionName' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: "
            r"(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?"
            r"([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?"
        )
    if wanted.get("PackageType", "Zip") != "Zip":
        raise invalid("the emulator runs no container images: PackageType must be Zip")
    for required in ("Runtime", "Handler"):
        if not wanted.get(required):
            raise invalid(f"{required} is mandatory for functions created with deployment packages.")
    defaults = {
        "Description": "",
        "Timeout": 3,
        "MemorySize": 128,
        "TracingConfig": {"Mode": "PassThrough"},
        "EphemeralStorage": {"Size": 512},
        "Architectures": ["x86_64"],
        "PackageType": "Zip",
        "LoggingConfig": {},
    }
    configuration = changed(name, defaults, wanted)
    configuration["SnapStart"] = {"ApplyOn": "None", "OptimizationStatus": "Off"}
    return configuration


def changed(name: str, before: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """``before`` with what is wanted. Raises AwsError for what Lambda, or the emulator, does not take."""
    _refuse_what_is_not_done(wanted)
    configuration = dict(before)
    for member in _DESCRIBED:
        if wanted.get(member) is not None:
            configuration[member] = wanted[member]
    if wanted.get("Environment") is not None:
        configuration["Environment"] = {"Variables": dict(wanted["Environment"].get("Variables") or {})}
        _check_environment(configuration["Environment"]["Variables"])
        if not configuration["Environment"]["Variables"]:
            del configuration["Environment"]
    if not configuration.get("DeadLetterConfig", {}).get("TargetArn"):
        configuration.pop("DeadLetterConfig", None)
    if not configuration.get("KMSKeyArn"):
        configuration.pop("KMSKeyArn", None)
    configuration["LoggingConfig"] = _logging(name, configuration["LoggingConfig"])
    _check_range("timeout", configuration["Timeout"], 1, 900)
    _check_range("memorySize", configuration["MemorySize"], 128, 10240)
    _check_range("ephemeralStorage.size", configuration["EphemeralStorage"]["Size"], 512, 10240)
    if not _RUNTIMES.fullmatch(configuration["Runtime"]):
        raise invalid(f"the emulator runs Python functions only, not {configuration['Runtime']}")
    check_role(configuration["Role"])
    return configuration


def _refuse_what_is_not_done(wanted: dict[str, Any]) -> None:
    for member in _NOT_DONE:
        if wanted.get(member):
            raise invalid(f"the emulator does not support {member}")
    if (wanted.get("VpcConfig") or {}).get("SubnetIds"):
        raise invalid("the emulator does not support VpcConfig: functions run without a VPC")
    if (wanted.get("SnapStart") or {}).get("ApplyOn", "None") != "None":
        raise invalid("the emulator does not support SnapStart")


def _check_range(member: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        bound, word = (least, "greater") if value < least else (most, "less")
        raise invalid(
            f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: "
            f"Member must have value {word} than or equal to {bound}"
        )


def _check_environment(variables: dict[str, str]) -> None:
    reserved = [name for name in variables if name in _RESERVED]
    if reserved:
        raise invalid(
            "Lambda was unable to configure your environment variables because the environment variables "
            f"you have provided contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}"
        )
    size = len(json.dumps(variables, separators=(",", ":")))
    if size > MAX_ENVIRONMENT_BYTES:
        raise invalid(
            "Lambda was unable to configure your environment variables because the environment variables "
            f"you have provided exceeded the 4KB limit. String measured: {json.dumps(variables)}"
        )


def _logging(name: str, wanted: dict[str, Any]) -> dict[str, Any]:
    logging = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}", **wanted}
    levels = [level for level in ("ApplicationLogLevel", "SystemLogLevel") if level in logging]
    if logging["LogFormat"] != "JSON" and levels:
        raise invalid(f"{levels[0]} is only supported with LogFormat JSON")
    if logging["LogFormat"] == "JSON":
        logging.setdefault("ApplicationLogLevel", "INFO")
        logging.setdefault("SystemLogLevel", "INFO")
    return logging


def check_role(role_arn: str) -> None:
    """Raises AwsError unless the role exists and trusts Lambda."""
    if not authorize_service(role_arn, "lambda.amazonaws.com"):
        raise invalid("The role defined for the function cannot be assumed by Lambda.")
