"""CloudFormation: an engine of our own, with a provider a resource type."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

from emulator.cloudformation import api, changesets, custom_resources, describe
from emulator.cloudformation.stack import registry

__all__ = ["api", "changesets", "custom_resources", "describe"]

_RESOURCES = Path(__file__).parent / "resources"

for _module in pkgutil.iter_modules([str(_RESOURCES)]):
    importlib.import_module(f"{__name__}.resources.{_module.name}")


def stop() -> None:
    """Stop every operation that still runs."""
    registry.cancel_all()
