"""CloudFormation's intrinsic functions, conditions and rules, evaluated against what is known so far."""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from emulator.errors import AwsError


def invalid(message: str) -> AwsError:
    """The ValidationError that CloudFormation answers to nearly everything it refuses."""
    return AwsError("ValidationError", message)


class _Unknown:
    """The value of something that only the deployment itself will know; whatever holds it is unknown too."""

    def __repr__(self) -> str:
        return "{{changeSet:KNOWN_AFTER_APPLY}}"


UNKNOWN = _Unknown()


class _NoValue:
    """``AWS::NoValue``: the property or list item that holds it disappears."""


NO_VALUE = _NoValue()


@dataclass
class Scope:
    """What functions may look up. Values of ``parameters`` are resolved: strings, or lists of strings."""

    parameters: Mapping[str, Any]
    pseudo: Mapping[str, Any]
    mappings: Mapping[str, Any] = field(default_factory=lambda: dict[str, Any]())
    conditions: Mapping[str, Any] = field(default_factory=lambda: dict[str, Any]())
    ref: Callable[[str], Any] = lambda logical_id: _unresolved(logical_id)
    get_att: Callable[[str, str], Any] = lambda logical_id, _: _unresolved(logical_id)
    export: Callable[[str], Any] = lambda name: _unresolved(name)
    stack_output: Callable[[str, str, str | None], Any] = lambda stack, output, region: _unresolved(output)
    dynamic: Callable[[str, str], str] = lambda service, reference: _unresolved(reference)
    _truth: dict[str, bool] = field(default_factory=lambda: dict[str, bool]())

    def holds(self, name: str) -> bool:
        """Whether the condition of this name is true. Raises ValidationError for one that is not declared."""
        if name not in self._truth:
            if name not in self.conditions:
                raise invalid(f"Template error: Unresolved condition dependency {name}")
            self._truth[name] = bool(condition(self, self.conditions[name]))
        return self._truth[name]


def _unresolved(name: str) -> Any:
    raise invalid(f"Template error: Unresolved dependency {name}")


def resolve(scope: Scope, value: Any) -> Any:
    """``value`` with every function in it replaced by its result; UNKNOWN parts stay UNKNOWN."""
    if isinstance(value, Mapping):
        name = function_name(value)
        if name:
            return _call(scope, name, value[name])
        resolved = {key: resolve(scope, item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not NO_VALUE}
    if isinstance(value, list):
        items = [resolve(scope, item) for item in value]
        return [item for item in items if item is not NO_VALUE]
    if isinstance(value, str) and "{{resolve:" in value:
        return _dynamic(scope, value)
    return value


def function_name(value: Any) -> str | None:
    """The intrinsic function that this mapping calls, or None when it is plain data."""
    if not isinstance(value, Mapping) or len(value) != 1:
        return None
    (name,) = value
    if name in ("Ref", "Condition"):
        return name if isinstance(value[name], str) else None
    return name if isinstance(name, str) and name.startswith("Fn::") else None


def contains_unknown(value: Any) -> bool:
    """Whether any part of ``value`` is UNKNOWN."""
    if isinstance(value, Mapping):
        return any(contains_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(contains_unknown(item) for item in value)
    return value is UNKNOWN


def _call(scope: Scope, name: str, argument: Any) -> Any:
    if name == "Condition":
        return {"Condition": argument}  # plain data outside Conditions and Rules: an IAM statement, say
    function = _FUNCTIONS.get(name)
    if function is None:
        if name in _BOOLEAN:
            return condition(scope, {name: argument})
        raise invalid(f"Template error: {name} is not supported by the emulator")
    return function(scope, argument)


def _ref(scope: Scope, name: str) -> Any:
    if name == "AWS::NoValue":
        return NO_VALUE
    if name in scope.pseudo:
        return scope.pseudo[name]
    return scope.parameters[name] if name in scope.parameters else scope.ref(name)


def split_get_att(argument: Any) -> tuple[str, Any]:
    """(logical id, attribute) of a GetAtt written as a list or as ``Logical.Attribute``."""
    if isinstance(argument, str) and "." in argument:
        logical_id, _, attribute = argument.partition(".")
        return logical_id, attribute
    if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[0], str):
        return argument[0], argument[1]
    raise invalid(
        "Template error: every Fn::GetAtt object requires two non-empty parameters, "
        "the resource name and the resource attribute"
    )


def _get_att(scope: Scope, argument: Any) -> Any:
    logical_id, attribute = split_get_att(argument)
    return scope.get_att(logical_id, str(resolve(scope, attribute)))


def text(value: Any) -> str:
    """A scalar as CloudFormation writes it into strings and to custom resources."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


SUB_VARIABLE = re.compile(r"\$\{(!?)([^}]*)\}")


def _sub(scope: Scope, argument: Any) -> Any:
    variables: dict[str, Any] = {}
    if isinstance(argument, list):
        if len(argument) != 2 or not isinstance(argument[1], Mapping):
            raise invalid(
                "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments"
            )
        variables = {name: resolve(scope, value) for name, value in argument[1].items()}
        argument = argument[0]
    pieces: list[Any] = []

    def substitute(match: re.Match[str]) -> str:
        literal, name = match.group(1), match.group(2).strip()
        if literal:
            return "${" + match.group(2) + "}"
        if name in variables:
            value = variables[name]
        elif "." in name:
            value = _get_att(scope, name)
        else:
            value = _ref(scope, name)
        pieces.append(value)
        return text(value)

    done = SUB_VARIABLE.sub(substitute, str(argument))
    return UNKNOWN if contains_unknown(pieces) else resolve(scope, done)


def _join(scope: Scope, argument: Any) -> Any:
    if not isinstance(argument, list) or len(argument) != 2:
        raise invalid(
            "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and "
            "(2) a list of strings to be joined or a function that returns a list of strings"
        )
    items = resolve(scope, argument[1])
    if contains_unknown(items):
        return UNKNOWN
    return resolve(scope, str(argument[0]).join(text(item) for item in items))


def _select(scope: Scope, argument: Any) -> Any:
    index, items = resolve(scope, argument[0]), resolve(scope, argument[1])
    if items is UNKNOWN or index is UNKNOWN:
        return UNKNOWN
    try:
        return items[int(index)]
    except (IndexError, ValueError):
        raise invalid(
            f"Template error: Fn::Select cannot select nonexistent value at index {index}"
        ) from None


def _split(scope: Scope, argument: Any) -> Any:
    whole = resolve(scope, argument[1])
    return UNKNOWN if whole is UNKNOWN else str(whole).split(str(argument[0]))


def _find_in_map(scope: Scope, argument: Any) -> Any:
    name, top, second = (resolve(scope, item) for item in argument[:3])
    found = scope.mappings.get(name, {}).get(top, {})
    if second in found:
        return found[second]
    default = argument[3] if len(argument) > 3 else {}
    if isinstance(default, Mapping) and "DefaultValue" in default:
        return resolve(scope, default["DefaultValue"])
    raise invalid(f"Template error: Unable to get mapping for {name}::{top}::{second}")


def _base64(scope: Scope, argument: Any) -> Any:
    value = resolve(scope, argument)
    return UNKNOWN if value is UNKNOWN else base64.b64encode(str(value).encode()).decode()


def _import_value(scope: Scope, argument: Any) -> Any:
    name = resolve(scope, argument)
    return UNKNOWN if name is UNKNOWN else scope.export(str(name))


def _get_stack_output(scope: Scope, argument: Any) -> Any:
    given = resolve(scope, argument)
    if contains_unknown(given):
        return UNKNOWN
    return scope.stack_output(given["StackName"], given["OutputName"], given.get("Region"))


def _if(scope: Scope, argument: Any) -> Any:
    if not isinstance(argument, list) or len(argument) != 3:
        raise invalid("Template error: Fn::If requires a list argument with three elements")
    name, if_true, if_false = argument
    return resolve(scope, if_true if scope.holds(name) else if_false)


def _get_azs(scope: Scope, argument: Any) -> list[str]:
    region = resolve(scope, argument) or scope.pseudo["AWS::Region"]
    return [f"{region}{zone}" for zone in "abc"]


def _cidr(scope: Scope, argument: Any) -> Any:
    given = resolve(scope, argument)
    if contains_unknown(given):
        return UNKNOWN
    block, count, host_bits = given[0], int(given[1]), int(given[2]) if len(given) > 2 else 8
    network = ipaddress.ip_network(block)
    subnets = network.subnets(new_prefix=network.max_prefixlen - host_bits)
    return [str(subnet) for subnet, _ in zip(subnets, range(count), strict=False)]


def _to_json_string(scope: Scope, argument: Any) -> Any:
    value = resolve(scope, argument)
    return UNKNOWN if contains_unknown(value) else json.dumps(value, separators=(",", ":"))


_FUNCTIONS: dict[str, Callable[[Scope, Any], Any]] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::FindInMap": _find_in_map,
    "Fn::Base64": _base64,
    "Fn::ImportValue": _import_value,
    "Fn::GetStackOutput": _get_stack_output,
    "Fn::If": _if,
    "Fn::GetAZs": _get_azs,
    "Fn::Cidr": _cidr,
    "Fn::ToJsonString": _to_json_string,
}

_BOOLEAN = ("Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals", "Fn::Contains", "Fn::EachMemberIn")


def condition(scope: Scope, value: Any) -> Any:
    """The truth of a condition or of a rule's assertion."""
    name = function_name(value)
    if name is None:
        return value if isinstance(value, bool) else resolve(scope, value)
    argument = value[name]
    match name:
        case "Condition":
            return scope.holds(argument)
        case "Fn::And":
            return all(condition(scope, item) for item in argument)
        case "Fn::Or":
            return any(condition(scope, item) for item in argument)
        case "Fn::Not":
            return not condition(scope, argument[0])
        case "Fn::Equals":
            return _plain(scope, argument[0]) == _plain(scope, argument[1])
        case "Fn::Contains":
            return _plain(scope, argument[1]) in [_plain(scope, item) for item in argument[0]]
        case "Fn::EachMemberIn":
            allowed = [_plain(scope, item) for item in resolve(scope, argument[1])]
            return all(_plain(scope, item) in allowed for item in resolve(scope, argument[0]))
        case _:
            return resolve(scope, value)


def _plain(scope: Scope, value: Any) -> Any:
    resolved = resolve(scope, value)
    return resolved if isinstance(resolved, list) else text(resolved)


_DYNAMIC = re.compile(r"\{\{resolve:([a-z-]+):([^}]*)\}\}")


def _dynamic(scope: Scope, value: str) -> str:
    return _DYNAMIC.sub(lambda match: scope.dynamic(match.group(1), match.group(2)), value)
