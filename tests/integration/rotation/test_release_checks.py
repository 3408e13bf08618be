"""The check at the end of a release, while AWS throttles and fails the calls of its deployed function."""

from __future__ import annotations

import pytest

from emulator import faults
from emulator.faults import Fault
from tests.integration.rotation.world import World

CHECK = "*ReleaseCheck*"


@pytest.mark.parametrize("operation", ["sagemaker:DescribeEndpoint", "ssm:GetParameter", "ssm:PutParameter"])
def test_a_check_that_is_throttled_for_a_while_ends_in_a_release(world: World, operation: str) -> None:
    """More often than the SDK tries by itself."""
    injected = faults.inject(Fault(operation, "error", role=CHECK, times=7))
    world.released()
    assert injected.hits == 7


def test_a_check_whose_call_fails_with_5xx_ends_in_a_release(world: World) -> None:
    failing = Fault(
        "ssm:PutParameter",
        "error",
        role=CHECK,
        times=7,
        code="ServiceUnavailable",
        message="of the test",
        status=503,
    )
    injected = faults.inject(failing)
    world.released()
    assert injected.hits == 7
