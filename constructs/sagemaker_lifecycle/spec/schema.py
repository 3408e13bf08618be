"""The JSON Schema of a model.yaml, for editors: it offers what is supported, not all that is recognised."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from sagemaker_lifecycle.spec.model import ModelSpec
from sagemaker_lifecycle.spec.support import SUPPORTED_VALUES

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
    _offer(schema["$defs"]["Feature"]["properties"]["type"], ("number",))
    del schema["$defs"]["Serving"]["properties"]["capture"], schema["$defs"]["Capture"]
    schema["description"] = "A model's whole life: data, training, gate, serving, rollout."
    first = {key: schema["properties"][key] for key in ("name", "owner")}
    schema["properties"] = {**first, **schema["properties"]}
    return schema


def _offer(node: dict[str, Any], values: tuple[str, ...]) -> None:
    node["enum"] = list(values)


def _without_titles(node: Mapping[str, Any]) -> dict[str, Any]:
    """The schema without the titles that pydantic derives from names: noise in an editor's hover."""
    return {
        key: _without_titles(cast(Mapping[str, Any], value)) if isinstance(value, Mapping) else value
        for key, value in node.items()
        if key != "title" or not isinstance(value, str)
    }
