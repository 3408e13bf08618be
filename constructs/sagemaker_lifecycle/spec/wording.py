"""Pydantic's errors in the project's words: what is wrong, what is allowed, and a hint when one is near."""

from collections.abc import Iterable, Mapping, Set
from typing import Any, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from sagemaker_lifecycle.spec.problems import PROBLEMS_TYPE, Finding, KeyPath, near_miss
from sagemaker_lifecycle.spec.schema import offered_schema

_BOUNDS = {
    "greater_than": "is too small",
    "greater_than_equal": "is too small",
    "less_than": "is too large",
    "less_than_equal": "is too large",
    "string_too_short": "is too short",
    "string_too_long": "is too long",
    "too_short": "has too few items",
    "too_long": "has too many items",
    "string_pattern_mismatch": "is not well formed",
    "finite_number": "is no finite number",
}
_TYPES = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "NoneType": "nothing",
    "list": "a list",
    "dict": "a mapping",
    "date": "a date",
    "datetime": "a date",
}


def findings(error: ValidationError, unsupported: Set[KeyPath]) -> list[Finding]:
    """Every problem that pydantic found, in the order of the fields.

    unsupported: keys of which "not supported yet" was said; there, and of keys that only the unsupported
    kind of section has, pydantic's complaint would mislead and is left out.
    """
    return [
        finding
        for details in error.errors(include_url=False)
        if details["type"] == PROBLEMS_TYPE or not (_covered(details, unsupported) or _follows(details))
        for finding in _findings_of(details)
    ]


def _covered(details: ErrorDetails, unsupported: Set[KeyPath]) -> bool:
    path = details["loc"]
    if path in unsupported:
        return True
    kind = ("algorithm",) if path[0] == "hyperparameters" else (*path[:-1], "type")
    return details["type"] == "extra_forbidden" and kind in unsupported


def _follows(details: ErrorDetails) -> bool:
    """Whether pydantic calls a list too short just because it left out the items that it refused."""
    return details["type"] == "too_short" and len(details["input"]) > 0


def _findings_of(details: ErrorDetails) -> Iterable[Finding]:
    path = details["loc"]
    kind = details["type"]
    value = details["input"]
    if kind == PROBLEMS_TYPE:
        nested = cast(tuple[Finding, ...], details["ctx"]["findings"])  # pyright: ignore[reportTypedDictNotRequiredAccess]
        return [Finding((*path, *finding.path), finding.message) for finding in nested]
    if kind == "extra_forbidden":
        keys = tuple(schema_at(path[:-1]).get("properties", {}))
        hint = near_miss(path[-1], keys)
        return [Finding(path, f"unknown key; allowed: {', '.join(keys)}{hint}")]
    allowed = f"; allowed: {allowed_text(path)}"
    if kind == "missing":
        return [Finding(path, f"is missing{allowed}")]
    if kind == "value_error":
        return [Finding(path, str(details["ctx"]["error"]))]  # pyright: ignore[reportTypedDictNotRequiredAccess]
    if kind == "literal_error":
        hint = near_miss(value, schema_at(path).get("enum", ()))
        return [Finding(path, f"{_shown(value)} is unknown{allowed}{hint}")]
    if kind in _BOUNDS:
        return [Finding(path, f"{_shown(value)} {_BOUNDS[kind]}{allowed}")]
    return [
        Finding(path, f"{_shown(value)} is {_TYPES.get(type(value).__name__, 'of the wrong type')}{allowed}")
    ]


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 70 else f"{text[:67]}..."


def schema_at(path: KeyPath) -> Mapping[str, Any]:
    """The JSON Schema of the key at `path`, references resolved, `null` left out; {} when there is none."""
    node = offered_schema()
    for part in path:
        node = node.get("items", {}) if isinstance(part, int) else node.get("properties", {}).get(part, {})
        node = _resolved(node)
    return node


def _resolved(node: dict[str, Any]) -> dict[str, Any]:
    branches = [branch for branch in node.get("anyOf", ()) if branch.get("type") != "null"]
    if branches:
        node = {**_resolved(branches[0]), **{key: node[key] for key in ("description",) if key in node}}
    if "$ref" in node:
        target = offered_schema()["$defs"][node["$ref"].rpartition("/")[2]]
        node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
    return node


def allowed_text(path: KeyPath) -> str:
    """What the key at `path` may hold, in words: type, bounds or values, and its description."""
    schema = schema_at(path)
    if "enum" in schema:
        return ", ".join(str(value) for value in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    kinds = {
        "integer": "a whole number",
        "number": "a number",
        "boolean": "true or false",
        "string": "text",
        "array": "a list",
        "object": f"a mapping with {', '.join(schema.get('properties', {}))}".removesuffix(" with "),
    }
    text = kinds.get(str(schema.get("type")), "another key") + _range_text(schema)
    description = schema.get("description", "")
    return f"{text} ({description})" if description and schema.get("type") != "object" else text


def _range_text(schema: Mapping[str, Any]) -> str:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if low is None:
        return "" if high is None else f" up to {high}"
    above = "above " if "exclusiveMinimum" in schema else "from "
    return f" {above}{low}" + ("" if high is None else f" up to {high}")
