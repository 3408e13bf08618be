"""The check at the end of a release, while AWS throttles and fails the calls of its deployed function."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from emulator import faults
from emulator.faults import Fault
from tests.integration.rotation.world import World

CHECK = "*ReleaseCheck*"


@pytest.fixture
def hurried(world: World) -> Iterator[World]:
    """The function has six seconds beside what it keeps for its answer."""
    client, name = (
        world.client("lambda"),
        world.resource("inference", "AWS::Lambda::Function", "ReleaseCheck"),
    )
    before = client.get_function_configuration(FunctionName=name)["Timeout"]
    client.update_function_configuration(FunctionName=name, Timeout=66)
    yield world
    client.update_function_configuration(FunctionName=name, Timeout=before)


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


def test_a_good_release_stands_without_its_ledger_which_lambdas_next_try_writes(hurried: World) -> None:
    package = hurried.register()
    injected = faults.inject(Fault("ssm:PutParameter", "error", role=CHECK, times=None))
    assert hurried.ask("release", package=package)["outcome"] == "started"
    assert hurried.settle()["StackStatus"] == "UPDATE_COMPLETE"
    assert (hurried.champion, hurried.serving()["champion"]) == (package, package)
    assert injected.hits > 0
    faults.lift()
    hurried.until(lambda: hurried.ledger()[-1]["package"], lambda newest: newest == package)
