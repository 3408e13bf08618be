"""The same world as the rotation tests of `make test` have."""

from tests.integration.conftest import client, emulator
from tests.integration.rotation.conftest import deployed_world, world

__all__ = ["client", "deployed_world", "emulator", "world"]
