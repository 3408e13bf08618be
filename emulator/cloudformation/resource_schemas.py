"""Writes resources/create_only.json from the resource schemas that cfn-lint ships, when run as a module.

The table is committed, so that serving needs no cfn-lint; a fidelity test compares it with the schemas.
"""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any


def schema_of(resource_type: str) -> dict[str, Any]:
    """AWS's schema of a type. Raises KeyError for a type that cfn-lint does not know."""
    schemas = resources.files("cfnlint.data.schemas")
    index = json.loads((schemas / "providers" / "us-east-1.json").read_text(encoding="utf-8"))
    return json.loads((schemas / "resources" / f"{index[resource_type]}.json").read_text(encoding="utf-8"))


def create_only_of(resource_type: str) -> list[str]:
    """Top-level properties whose change replaces the resource."""
    paths = schema_of(resource_type).get("createOnlyProperties", [])
    return sorted({path.split("/")[2] for path in paths})


def main() -> None:
    """Write the table for every registered provider."""
    import emulator.cloudformation.resources as package
    from emulator.cloudformation.resources.base import ApiProvider

    types = sorted(provider.type for provider in package.PROVIDERS if isinstance(provider, ApiProvider))
    table = {name: create_only_of(name) for name in types}
    target = Path(__file__).parent / "resources" / "create_only.json"
    target.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
