"""The models that the API serves and what a request to each must look like, from the asset's models.json."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Feature:
    """One input of a model: its name and the inclusive bounds of its value, None where it has none."""

    name: str
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True)
class Model:
    """One served model: its name, its endpoint's name and its features in the order that the model takes."""

    name: str
    endpoint: str
    features: tuple[Feature, ...]
    names: frozenset[str]


def load(path: Path) -> dict[str, Model]:
    """Reads models.json; raises ValueError naming the model and feature when a type is not `number`."""
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return {name: _model(name, entry) for name, entry in document.items()}


def _model(name: str, entry: dict[str, Any]) -> Model:
    for feature in entry["features"]:
        if feature["type"] != "number":
            raise ValueError(
                f"model {name}: feature {feature['name']}: type {feature['type']!r} is not served"
            )
    features = tuple(
        Feature(feature["name"], feature.get("minimum"), feature.get("maximum"))
        for feature in entry["features"]
    )
    return Model(name, entry["endpoint"], features, frozenset(feature.name for feature in features))
