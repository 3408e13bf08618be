"""Parameter values: given, previous or default, checked against their declaration and resolved."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from emulator.cloudformation.intrinsics import invalid, text

Declarations = Mapping[str, Mapping[str, Any]]
NO_ECHO = "****"
SSM_VALUE = re.compile(r"^AWS::SSM::Parameter::Value<(.+)>$")


def chosen(
    declared: Declarations, given: list[dict[str, Any]], previous: Mapping[str, str] | None
) -> dict[str, str]:
    """The value of every declared parameter. ``previous`` is None when the stack is new.

    A parameter that is not given keeps its default. Raises ValidationError in CloudFormation's words.
    """
    unknown = [item["ParameterKey"] for item in given if item["ParameterKey"] not in declared]
    if unknown:
        raise invalid(f"Parameters: [{', '.join(sorted(unknown))}] do not exist in the template")
    values = {
        name: text_default(definition["Default"])
        for name, definition in declared.items()
        if "Default" in definition
    }
    for item in given:
        name = item["ParameterKey"]
        if item.get("UsePreviousValue"):
            if previous is None or name not in previous:
                raise invalid(
                    f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as true for a "
                    "parameter key not in the previous template"
                )
            values[name] = previous[name]
        elif "ParameterValue" in item:
            values[name] = item["ParameterValue"]
    missing = [name for name in declared if name not in values]
    if missing:
        raise invalid(f"Parameters: [{', '.join(missing)}] must have values")
    for name, definition in declared.items():
        _check(name, definition, values[name])
    return values


def text_default(value: Any) -> str:
    """A default as CloudFormation keeps it: always a string."""
    return ",".join(text(item) for item in value) if isinstance(value, list) else text(value)


def _check(name: str, definition: Mapping[str, Any], value: str) -> None:
    kind = definition.get("Type", "String")
    items = [item.strip() for item in value.split(",")] if _is_list(kind) else [value]
    for item in items:
        problem = _problem(name, definition, kind, item)
        if problem:
            described = definition.get("ConstraintDescription")
            raise invalid(
                f"Parameter {name} failed to satisfy constraint: {described}" if described else problem
            )


def _problem(name: str, definition: Mapping[str, Any], kind: str, value: str) -> str | None:
    allowed = definition.get("AllowedValues")
    if allowed is not None and value not in [text(item) for item in allowed]:
        return f"Parameter '{name}' must be one of AllowedValues"
    pattern = definition.get("AllowedPattern")
    if pattern is not None and not re.fullmatch(pattern, value):
        return f"Parameter '{name}' must match pattern {pattern}"
    if "MinLength" in definition and len(value) < int(definition["MinLength"]):
        return f"Parameter '{name}' must contain at least {definition['MinLength']} characters"
    if "MaxLength" in definition and len(value) > int(definition["MaxLength"]):
        return f"Parameter '{name}' must contain at most {definition['MaxLength']} characters"
    if kind in ("Number", "List<Number>"):
        return _number_problem(name, definition, value)
    return None


def _number_problem(name: str, definition: Mapping[str, Any], value: str) -> str | None:
    try:
        number = float(value)
    except ValueError:
        return f"Parameter '{name}' must be a number"
    if "MinValue" in definition and number < float(definition["MinValue"]):
        return f"Parameter '{name}' must be a number not less than {definition['MinValue']}"
    if "MaxValue" in definition and number > float(definition["MaxValue"]):
        return f"Parameter '{name}' must be a number not greater than {definition['MaxValue']}"
    return None


def _is_list(kind: str) -> bool:
    return kind.startswith("List<") or kind == "CommaDelimitedList"


def resolved(declared: Declarations, values: Mapping[str, str], ssm: Any) -> dict[str, Any]:
    """What ``Ref`` gives: SSM parameters fetched with ``ssm`` (a boto3 client), lists split.

    Raises ValidationError when an SSM parameter does not exist.
    """
    fetched: dict[str, str] = {}
    names = sorted({values[name] for name, item in declared.items() if SSM_VALUE.match(item.get("Type", ""))})
    if names:
        for start in range(0, len(names), 10):
            answer = ssm.get_parameters(Names=names[start : start + 10])
            fetched |= {item["Name"]: item["Value"] for item in answer["Parameters"]}
        absent = [name for name in names if name not in fetched]
        if absent:
            raise invalid(
                f"Unable to fetch parameters [{','.join(absent)}] from parameter store for this account."
            )
    result: dict[str, Any] = {}
    for name, definition in declared.items():
        kind, value = definition.get("Type", "String"), values[name]
        from_store = SSM_VALUE.match(kind)
        if from_store:
            kind, value = from_store.group(1), fetched[value]
        result[name] = [item.strip() for item in value.split(",")] if _is_list(kind) else value
    return result


def described(
    declared: Declarations, values: Mapping[str, str], known: Mapping[str, Any]
) -> list[dict[str, str]]:
    """Parameters as DescribeStacks shows them: what is marked NoEcho is masked."""
    result: list[dict[str, str]] = []
    for name, value in values.items():
        definition = declared.get(name, {})
        hidden = text(definition.get("NoEcho", False)).lower() == "true"
        item = {"ParameterKey": name, "ParameterValue": NO_ECHO if hidden else value}
        if SSM_VALUE.match(definition.get("Type", "")):
            found = known.get(name, "")
            item["ResolvedValue"] = ",".join(found) if isinstance(found, list) else str(found)
        result.append(item)
    return result
