"""The models that the API serves and what a request to each must look like, from the asset's models.json."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from predict.features import Feature
from predict.protocols import PROTOCOLS


@dataclass(frozen=True)
class Model:
    """One served model.

    endpoint: its name. task: regression or classification. protocol: of predict.protocols.
    features: in the order that the model takes; names: of them.
    parked: the SSM parameter that tells of a parked model, None where a prediction does not wake it.
    drift: whether predictions become a metric.
    """

    name: str
    endpoint: str
    task: str
    protocol: str
    features: tuple[Feature, ...]
    names: frozenset[str]
    parked: str | None = None
    drift: bool = False


def load(path: Path) -> dict[str, Model]:
    """Reads models.json; raises ValueError naming the model whose protocol or feature is not served."""
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return {name: _model(name, entry) for name, entry in document.items()}


def _model(name: str, entry: dict[str, Any]) -> Model:
    if entry["protocol"] not in PROTOCOLS:
        raise ValueError(f"model {name}: protocol {entry['protocol']!r} is not served")
    try:
        features = tuple(_feature(feature) for feature in entry["features"])
    except ValueError as error:
        raise ValueError(f"model {name}: {error}") from None
    names = frozenset(feature.name for feature in features)
    return Model(
        name,
        entry["endpoint"],
        entry["task"],
        entry["protocol"],
        features,
        names,
        entry.get("parked"),
        entry.get("drift", False),
    )


def _feature(declared: dict[str, Any]) -> Feature:
    settings: dict[str, Any] = {**declared, "values": frozenset(declared.get("values", ()))}
    return Feature(**settings)
