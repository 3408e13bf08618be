"""Event patterns: which events does a rule mean?

Source: "Comparison operators for use in event patterns" in the EventBridge user guide.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable
from typing import Any

from emulator.errors import AwsError

_MISSING = object()


def parse(text: str) -> dict[str, Any]:
    """A pattern, checked. Raises AwsError InvalidEventPatternException."""
    try:
        pattern = json.loads(text)
    except ValueError as error:
        raise _invalid(f"Invalid JSON: {error}") from error
    if not isinstance(pattern, dict):
        raise _invalid("Filter is not an object")
    if not pattern:
        raise _invalid("Empty objects are not allowed")
    _check(pattern)
    return pattern


def matches(pattern: dict[str, Any], event: Any) -> bool:
    """Whether the event has, under every key of the pattern, one of the values that it lists."""
    if isinstance(event, list):
        return any(matches(pattern, element) for element in event)
    fields = event if isinstance(event, dict) else {}
    for key, wanted in pattern.items():
        if key == "$or":
            if not any(matches(alternative, event) for alternative in wanted):
                return False
        elif isinstance(wanted, dict):
            if not matches(wanted, fields.get(key)):
                return False
        elif not _any_of(wanted, fields.get(key, _MISSING)):
            return False
    return True


def _any_of(wanted: list[Any], value: Any) -> bool:
    values = value if isinstance(value, list) else [value]
    present = [one for one in values if one is not _MISSING and not isinstance(one, dict)]
    for candidate in wanted:
        if isinstance(candidate, dict):
            name, operand = next(iter(candidate.items()))
            if name == "exists":
                if bool(present) == operand:
                    return True
            elif any(_OPERATORS[name](one, operand) for one in present):
                return True
        elif any(_equal(one, candidate) for one in present):
            return True
    return False


def _equal(value: Any, wanted: Any) -> bool:
    return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)


def _text(test: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    """An operator on text whose operand is a string, a list of them, or {"equals-ignore-case": string}."""

    def operator(value: Any, operand: Any) -> bool:
        if not isinstance(value, str):
            return False
        if isinstance(operand, list):
            return any(operator(value, one) for one in operand)
        if isinstance(operand, dict):
            return test(value.lower(), str(operand["equals-ignore-case"]).lower())
        return test(value, operand)

    return operator


def _anything_but(value: Any, operand: Any) -> bool:
    if isinstance(operand, dict):
        name, inner = next(iter(operand.items()))
        return not _OPERATORS[name](value, inner)
    return not any(_equal(value, one) for one in (operand if isinstance(operand, list) else [operand]))


_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "=": lambda value, bound: value == bound,
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
}


def _numeric(value: Any, operand: list[Any]) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return all(
        _COMPARISONS[sign](value, bound) for sign, bound in zip(operand[::2], operand[1::2], strict=True)
    )


def _wildcard(value: str, wanted: str) -> bool:
    parts = re.findall(r"\\[*\\]|\*|[^*\\]+|\\", wanted)
    regex = "".join(
        ".*" if part == "*" else re.escape(part[1:] if part in (r"\*", r"\\") else part) for part in parts
    )
    return re.fullmatch(regex, value, re.DOTALL) is not None


def _cidr(value: Any, operand: str) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(operand, strict=False)
    except ValueError:
        return False


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "prefix": _text(str.startswith),
    "suffix": _text(str.endswith),
    "equals-ignore-case": _text(lambda value, wanted: value.lower() == wanted.lower()),
    "wildcard": _text(_wildcard),
    "anything-but": _anything_but,
    "numeric": _numeric,
    "cidr": _cidr,
}


def _check(pattern: dict[str, Any]) -> None:
    for key, wanted in pattern.items():
        if key == "$or":
            if not isinstance(wanted, list) or len(wanted) < 2:
                raise _invalid("There must have at least 2 Objects in $or relationship.")
            for alternative in wanted:
                _check(alternative)
        elif isinstance(wanted, dict):
            if not wanted:
                raise _invalid("Empty objects are not allowed")
            _check(wanted)
        elif not isinstance(wanted, list):
            raise _invalid(f'"{key}" must be an object or an array')
        elif not wanted:
            raise _invalid("Empty arrays are not allowed")
        else:
            _check_values(wanted)


def _check_values(wanted: list[Any]) -> None:
    for candidate in wanted:
        if isinstance(candidate, list):
            raise _invalid("Match value must be String, number, true, false, or null")
        if not isinstance(candidate, dict):
            continue
        if len(candidate) != 1:
            raise _invalid("Only one key allowed in match expression")
        name, operand = next(iter(candidate.items()))
        if name != "exists" and name not in _OPERATORS:
            raise _invalid(f"Unrecognized match type {name}")
        if name == "exists" and not isinstance(operand, bool):
            raise _invalid("exists match pattern must be either true or false.")
        if name == "numeric":
            _check_numeric(operand)
        if name == "wildcard" and "**" in str(operand):
            raise _invalid("Consecutive wildcard characters at pos")
        if name == "anything-but" and isinstance(operand, dict):
            _check_values([operand])


def _check_numeric(operand: Any) -> None:
    if not isinstance(operand, list) or not operand or len(operand) % 2:
        raise _invalid("Value of numeric must be an array.")
    for sign, bound in zip(operand[::2], operand[1::2], strict=True):
        if sign not in _COMPARISONS:
            raise _invalid(f"Unrecognized numeric range operator: {sign}")
        if isinstance(bound, bool) or not isinstance(bound, int | float):
            raise _invalid(f"Value of {sign} must be numeric")


def _invalid(reason: str) -> AwsError:
    return AwsError("InvalidEventPatternException", f"Event pattern is not valid. Reason: {reason}")
