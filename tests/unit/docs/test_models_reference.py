"""docs/models.md names every key of a model.yaml, and its tables of algorithms are those of the code."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sagemaker_lifecycle.spec.algorithms import ALGORITHMS

REPOSITORY = Path(__file__).parents[3]
TEXT = (REPOSITORY / "docs/models.md").read_text()
SCHEMA: dict[str, Any] = json.loads((REPOSITORY / "schema/model.schema.json").read_text())


def keys() -> Iterator[str]:
    """All keys of the schema, of the file itself and of its sections."""
    yield from SCHEMA["properties"]
    for section in SCHEMA["$defs"].values():
        yield from section.get("properties", {})


@pytest.mark.parametrize("key", sorted(set(keys())))
def test_every_key_is_explained(key: str) -> None:
    assert f"`{key}`" in TEXT or f".{key}`" in TEXT


@pytest.mark.parametrize("name", ALGORITHMS)
def test_the_table_of_hyperparameters_is_the_codes(name: str) -> None:
    for key, known in (ALGORITHMS[name].hyperparameters or {}).items():
        tunable = "yes" if known.tunable else "no"
        row = f"| `{name}` | `{key}` | {known.description} | {known.allowed} | {known.default} | {tunable} |"
        assert row in TEXT
