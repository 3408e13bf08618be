"""Least privilege of releasing: what its roles hold is used, and what is taken away is missed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError

from tests.integration.rotation.rights import Role, recorded
from tests.integration.rotation.world import World

# Rights of the rotate function, and the request that cannot do without.
NEEDED_BY: dict[str, Callable[[World], object]] = {
    "cloudformation:DescribeStacks": lambda world: world.ask("reconcile"),
    "cloudformation:UpdateStack": lambda world: world.ask("reconcile"),
    "iam:PassRole": lambda world: world.ask("reconcile"),
    "sagemaker:ListModelPackages": lambda world: world.ask("reconcile"),
    "sagemaker:DescribeModelPackage": lambda world: world.ask("release", package=world.champion),
    "sagemaker:UpdateModelPackage": lambda world: world.ask("rollback"),
    "sagemaker:DescribeEndpoint": lambda world: world.ask("reconcile"),
    "cloudwatch:DescribeAlarms": lambda world: world.ask("reconcile"),
    "ssm:GetParameter": lambda world: world.ask("reconcile"),
    "ssm:PutParameter": lambda world: world.ask("park"),
}
# Rights for which Lambda itself asks, in the function's name.
OF_LAMBDA = {
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
}
NOT_ASKED_FOR_HERE = {
    "xray:PutTraceSegments": "the embedded AWS has no X-Ray",
    "xray:PutTelemetryRecords": "the embedded AWS has no X-Ray",
    "sqs:ChangeMessageVisibility": "the CDK's event source grants what any consumer may need",
    "sqs:GetQueueUrl": "the same",
}


def test_without_any_one_of_its_rights_the_rotate_function_is_refused(world: World) -> None:
    role, before = Role(world.client, world.role), world.updates()
    package = world.register()
    for right in role.rights():
        if right.action in OF_LAMBDA | NOT_ASKED_FOR_HERE.keys():
            continue
        with role.deprived(right), pytest.raises(ClientError, match="not authorized to perform") as refused:
            NEEDED_BY[right.action](world)
        assert right.action in str(refused.value)
    world.judge(package, "Rejected")
    assert world.updates() == before


def test_all_rights_of_releasing_are_used(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asks = recorded(monkeypatch)
    live_a_little(world)
    rotate, release = Role(world.client, world.role), Role(world.client, world.release_role)
    assert {right.action for right in rotate.unused(asks)} == set(NOT_ASKED_FOR_HERE)
    assert {right.action for right in release.unused(asks)} == set()


def live_a_little(world: World) -> None:
    """Every kind of release, also through the queue."""
    for action in ("rollback", "park", "wake"):
        assert world.ask(action)["outcome"] == "started"
        world.settle()
    world.feed(True)
    package = world.register()
    world.until(lambda: (world.champion, world.letters("Queue")), lambda now: now == (package, 0))
    world.feed(False)
    world.assert_live(package)
