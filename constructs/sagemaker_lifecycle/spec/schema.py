"""The JSON Schema of a model.yaml, for editors: it offers what is supported, not all that is recognised."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from sagemaker_lifecycle.spec.algorithms import ALGORITHMS, ALL_TYPES, Algorithm
from sagemaker_lifecycle.spec.features import SHORT_FORM_KEYS
from sagemaker_lifecycle.spec.hyperparameter import CATEGORIES_LIMIT, SCALES, Hyperparameter
from sagemaker_lifecycle.spec.model import ModelSpec
from sagemaker_lifecycle.spec.support import SUPPORTED_VALUES

_INTERVAL = {
    "type": "object",
    "properties": {
        "min": {"type": "number"},
        "max": {"type": "number"},
        "scale": {"enum": list(SCALES)},
    },
    "required": ["min", "max"],
    "additionalProperties": False,
}
_COLUMNS = {"type": "array", "minItems": 1, "items": {"type": "string"}}
_SHORT_FORM = {
    "type": "object",
    "description": "the columns of each type, and which of them may be empty",
    "properties": dict.fromkeys(SHORT_FORM_KEYS, _COLUMNS),
    "additionalProperties": False,
}
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_text() -> str:
    """The schema as JSON text, the same bytes every time."""
    return json.dumps({"$schema": _DIALECT, **_without_titles(offered_schema())}, indent=2) + "\n"


@cache
def offered_schema() -> dict[str, Any]:
    """The schema that pydantic derives, cut to what is supported; not to be changed."""
    schema = ModelSpec.model_json_schema()
    parts = {"": schema, "source": schema["$defs"]["Source"], "serving": schema["$defs"]["Serving"]}
    for path, values in SUPPORTED_VALUES.items():
        section = parts["" if len(path) == 1 else str(path[0])]
        _offer(section["properties"][path[-1]], values)
    _offer(schema["$defs"]["Feature"]["properties"]["type"], ALL_TYPES)
    features = schema["properties"]["features"]
    description = features.pop("description")
    schema["properties"]["features"] = {"anyOf": [features, _SHORT_FORM], "description": description}
    schema["allOf"] = [_hyperparameters_of(name, algorithm) for name, algorithm in ALGORITHMS.items()]
    del schema["$defs"]["Serving"]["properties"]["capture"], schema["$defs"]["Capture"]
    schema["description"] = "A model's whole life: data, training, gate, serving, rollout."
    first = {key: schema["properties"][key] for key in ("name", "owner")}
    schema["properties"] = {**first, **schema["properties"]}
    return schema


def _hyperparameters_of(name: str, algorithm: Algorithm) -> dict[str, Any]:
    """That a model of this algorithm has its hyperparameters, and no other when it is known which it has."""
    known = algorithm.hyperparameters
    node: dict[str, Any] = {"type": "object"}
    if known is not None:
        node |= {"properties": {key: _values(known[key]) for key in known}, "additionalProperties": False}
    return {
        "if": {"properties": {"algorithm": {"const": name}}},
        "then": {"properties": {"hyperparameters": node}},
    }


def _values(known: Hyperparameter) -> dict[str, Any]:
    text = f"{known.description}; {known.allowed}; default {known.default}"
    forms: list[dict[str, Any]] = []
    if known.numbers:
        low = {"exclusiveMinimum" if known.above else "minimum": known.minimum}
        bounds = {**low, "maximum": known.maximum}
        kind = "integer" if known.numbers == "whole" else "number"
        forms.append({"type": kind, **{key: bound for key, bound in bounds.items() if bound is not None}})
    if known.words:
        forms.append({"enum": list(known.words)})
    if known.flag:
        forms.append({"type": "boolean"})
    if known.tunable:
        forms += [{"type": "array", "minItems": 2, "maxItems": CATEGORIES_LIMIT}, _INTERVAL]
    return {"description": text, "anyOf": forms}


def _offer(node: dict[str, Any], values: tuple[str, ...]) -> None:
    node["enum"] = list(values)


def _without_titles(node: Mapping[str, Any]) -> dict[str, Any]:
    """The schema without the titles that pydantic derives from names: noise in an editor's hover."""
    return {
        key: _without_titles(cast(Mapping[str, Any], value)) if isinstance(value, Mapping) else value
        for key, value in node.items()
        if key != "title" or not isinstance(value, str)
    }
