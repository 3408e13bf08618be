"""The same world as the rotation tests of `make test` have."""

from tests.integration.conftest import client, emulator
from tests.integration.rotation.conftest import deploy, deployed_world, scaled, template, world

__all__ = ["client", "deploy", "deployed_world", "emulator", "scaled", "template", "world"]
