"""CloudFormation's values as the requests that botocore's service models describe.

CloudFormation writes ``KmsKeyId: "alias/x"`` and ``"Timeout": "30"`` where an API wants ``kmsKeyId`` and a
number. The model of the operation says which, so no provider repeats it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError, ParamValidationError
from botocore.model import Shape

from emulator.cloudformation.provider import ResourceContext, ResourceFailure

_NUMBERS = {"integer": int, "long": int, "float": float, "double": float}


class UnknownMember(Exception):
    """A property that the API has no parameter for; the text is its path, such as ``A.B``."""


def call(context: ResourceContext, service: str, operation: str, /, **parameters: Any) -> dict[str, Any]:
    """Call ``operation`` (CreateTopic) with the stack role's rights; parameters that are None are left out.

    Raises ResourceFailure for what the API cannot express, and lets botocore's ClientError through.
    """
    client = context.client(service)
    shape = client.meta.service_model.operation_model(operation).input_shape
    given = {name: value for name, value in parameters.items() if value is not None}
    try:
        request = to_request(shape, given) if shape else {}
        return getattr(client, xform_name(operation))(**request)
    except UnknownMember as unknown:
        raise ResourceFailure(f"the emulator does not handle property {unknown}") from unknown
    except ParamValidationError as error:
        raise ResourceFailure(f"Properties validation failed: {error}") from error


def to_request(shape: Any, value: Any, path: str = "") -> Any:
    """``value`` with the member names and scalar types of ``shape``. Raises UnknownMember."""
    if shape.type_name == "structure" and isinstance(value, Mapping):
        return _structure(shape, value, path)
    if shape.type_name == "map" and isinstance(value, Mapping):
        return {str(key): to_request(shape.value, item, f"{path}.{key}") for key, item in value.items()}
    if shape.type_name == "list":
        items = value if isinstance(value, list | tuple) else [value]
        return [to_request(shape.member, item, path) for item in items]
    return _scalar(shape, value)


def _structure(shape: Any, value: Mapping[str, Any], path: str) -> dict[str, Any]:
    members: Mapping[str, Shape] = shape.members
    by_lower_name = {name.lower(): name for name in members}
    request: dict[str, Any] = {}
    for key, item in value.items():
        name = key if key in members else by_lower_name.get(key.lower())
        where = f"{path}.{key}" if path else key
        if name is None:
            raise UnknownMember(where)
        request[name] = to_request(members[name], item, where)
    return request


def _scalar(shape: Any, value: Any) -> Any:
    kind = shape.type_name
    if kind == "boolean" and isinstance(value, str):
        return value.lower() == "true"
    if kind in _NUMBERS and isinstance(value, str):
        try:
            return _NUMBERS[kind](value)
        except ValueError:
            return value  # botocore's validation names the parameter
    if kind == "string":
        return text(value)
    return value


def text(value: Any) -> Any:
    """A scalar or document as the string that an API takes: ``true``, ``30``, compact JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping | list):
        return json.dumps(value, separators=(",", ":"))
    return str(value) if isinstance(value, int | float) else value


def truth(value: Any) -> bool:
    """A CloudFormation boolean, which is a string when it came through a parameter."""
    return value is True or str(value).lower() == "true"


def is_gone(error: ClientError) -> bool:
    """Whether the refusal says that the resource does not exist."""
    code: str = error.response.get("Error", {}).get("Code", "")
    message: str = error.response.get("Error", {}).get("Message", "")
    if any(word in code for word in ("NotFound", "NoSuch", "NonExistent")):
        return True
    return code == "ValidationException" and "could not find" in message.lower()


def tag_pairs(properties: Mapping[str, Any]) -> dict[str, str]:
    """The ``Tags`` property, a list of Key and Value or a map, as a dict."""
    tags = properties.get("Tags") or {}
    if isinstance(tags, Mapping):
        return {str(key): str(value) for key, value in tags.items()}
    return {str(tag["Key"]): str(tag["Value"]) for tag in tags}


def as_tags(context: ResourceContext, service: str, operation: str, pairs: Mapping[str, str]) -> Any:
    """``pairs`` in the form of the operation's tags parameter: a map, or a list with its own key names."""
    shape: Any = context.client(service).meta.service_model.operation_model(operation).input_shape
    member = shape.members[_member(shape, "tags")]
    if member.type_name == "map":
        return dict(pairs)
    key_name = next(name for name in member.member.members if name.lower().endswith("key"))
    value_name = next(name for name in member.member.members if name.lower().endswith("value"))
    return [{key_name: key, value_name: value} for key, value in pairs.items()]


def tags_parameter(context: ResourceContext, service: str, operation: str) -> str | None:
    """The name of the operation's tags parameter, None when it takes none."""
    shape: Any = context.client(service).meta.service_model.operation_model(operation).input_shape
    return next((name for name in shape.members if name.lower() == "tags"), None)


def _member(shape: Any, lower_name: str) -> str:
    return next(name for name in shape.members if name.lower() == lower_name)
