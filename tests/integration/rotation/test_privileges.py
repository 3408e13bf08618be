"""Least privilege of releasing: what its roles hold is used, and what is taken away is missed."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError

from tests.cloudformation_handlers import handler_permissions
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
    "cloudwatch:GetMetricData": lambda world: world.ask("park", idle_hours=2),
    "ssm:GetParameter": lambda world: world.ask("reconcile"),
    "ssm:PutParameter": lambda world: world.ask("park"),
}
# Rights for which Lambda itself asks, in the function's name.
OF_LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
OF_THE_QUEUE = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
# Rights to look after a release that failed.
OF_MENDING = {
    "cloudformation:ContinueUpdateRollback",
    "cloudformation:DescribeStackEvents",
    "cloudformation:DescribeStackResources",
}
NOT_ASKED_FOR_HERE = {
    "xray:PutTraceSegments": "the embedded AWS has no X-Ray",
    "xray:PutTelemetryRecords": "the embedded AWS has no X-Ray",
}
# Beside what CloudFormation's handlers list; SageMaker asks for these in the name of who makes a model.
NOT_ASKED_OF_THE_RELEASE_ROLE = {
    "sagemaker:DescribeModelPackage": "to read what the package holds",
    "kms:CreateGrant": "for the volumes of the endpoint's instances",
}


def test_without_any_one_of_its_rights_the_rotate_function_is_refused(world: World) -> None:
    role, before = Role(world.client, world.role), world.updates()
    package = world.register()
    for right in role.rights():
        if right.action in OF_LOGS | OF_THE_QUEUE | OF_MENDING | NOT_ASKED_FOR_HERE.keys():
            continue
        with role.deprived(right), pytest.raises(ClientError, match="not authorized to perform") as refused:
            NEEDED_BY[right.action](world)
        assert right.action in str(refused.value)
    world.judge(package, "Rejected")
    assert world.updates() == before


def test_without_any_one_of_its_rights_of_mending_the_rotate_function_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a release that failed, and of its roll-back, which gets stuck."""
    monkeypatch.setenv("EMULATOR_UPDATE_TO_CONFIG_IN_USE", "refuse")
    role, live, broken = Role(world.client, world.role), world.champion, world.register(broken=True)
    assert world.ask("reconcile")["package"] == broken
    world.settle()
    world.judge(broken, "Rejected")
    for action in ("DescribeStackResources", "ContinueUpdateRollback"):
        is_missed(world, role, f"cloudformation:{action}", "mend")
    is_missed(world, role, "iam:PassRole", "mend")
    assert world.status() == "UPDATE_ROLLBACK_FAILED"
    assert world.ask("mend")["outcome"] == "started"
    world.assert_kept(live)
    is_missed(world, role, "cloudformation:DescribeStackEvents", "resize")


@pytest.mark.parametrize("action", sorted(OF_THE_QUEUE))
def test_without_a_right_of_the_queue_it_does_not_feed_the_function(world: World, action: str) -> None:
    role = Role(world.client, world.role)
    words = f"does not have permissions to call {action.removeprefix('sqs:')} on SQS"
    with role.deprived(role.right(action)), pytest.raises(ClientError, match=words):
        world.feed(True)


@pytest.mark.parametrize("action", sorted(OF_LOGS))
def test_without_a_right_of_logs_what_a_call_did_is_not_logged(
    world: World, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    role, asks = Role(world.client, world.role), recorded(monkeypatch)
    with role.deprived(role.right(action)):
        lost = invoked_cold(world)
        world.until(lambda: {ask.action for ask in asks if ask.role_arn == role.arn}, lambda of: action in of)
    kept = invoked_cold(world)
    said = world.until(lambda: logged(world), lambda text: f"REPORT RequestId: {kept}" in text)
    assert lost not in said


def invoked_cold(world: World) -> str:
    """The id of a request that a new worker answers, whose log stream is new too."""
    world.chill()
    payload = json.dumps({"action": "reconcile", "model": world.model})
    answer = world.client("lambda").invoke(FunctionName=world.function, Payload=payload)
    assert json.loads(answer["Payload"].read())["outcome"] == "unchanged"
    return answer["ResponseMetadata"]["RequestId"]


def logged(world: World) -> str:
    """All of the function's log."""
    found = world.client("lambda").get_function_configuration(FunctionName=world.function)
    pages = world.client("logs").get_paginator("filter_log_events")
    events = pages.paginate(logGroupName=found["LoggingConfig"]["LogGroup"])
    return "\n".join(event["message"] for page in events for event in page["events"])


def is_missed(world: World, role: Role, action: str, request: str) -> None:
    """Without the right the request is refused."""
    with (
        role.deprived(role.right(action)),
        pytest.raises(ClientError, match=f"not authorized to perform: {action}"),
    ):
        world.ask(request)


def test_all_rights_of_releasing_are_used(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asks = recorded(monkeypatch)
    live_a_little(world)
    rotate, release = Role(world.client, world.role), Role(world.client, world.release_role)
    # The function's log is written a little after its answer.
    world.until(
        lambda: {right.action for right in rotate.unused(asks)} - OF_MENDING, set(NOT_ASKED_FOR_HERE).__eq__
    )
    listed = set[str]().union(*handler_permissions().values())
    unused = {right.action for right in release.unused(asks)}
    assert unused - listed == set(NOT_ASKED_OF_THE_RELEASE_ROLE)


@pytest.mark.parametrize(
    "action", ["sagemaker:CreateModel", "sagemaker:CreateEndpointConfig", "iam:PassRole"]
)
def test_without_a_right_of_the_release_role_a_release_is_taken_back(world: World, action: str) -> None:
    """A sample: `make verify` takes away each of them."""
    live, role = world.champion, Role(world.client, world.release_role)
    package = world.register()
    with role.deprived(role.right(action)):
        assert world.ask("reconcile")["outcome"] == "started"
        world.assert_kept(live)
    assert action in " ".join(world.failures()[:2])
    world.judge(package, "Rejected")


def live_a_little(world: World) -> None:
    """Parking, rolling back, waking, and a release that comes through the queue; idle it is not."""
    assert world.ask("park", idle_hours=2)["outcome"] == "unchanged"
    for action, outcome in (("park", "started"), ("rollback", "parked"), ("wake", "started")):
        assert world.ask(action)["outcome"] == outcome
        world.settle()
    world.chill()
    world.feed(True)
    package = world.register()
    world.until(lambda: (world.champion, world.letters("Queue")), lambda now: now == (package, 0))
    world.feed(False)
    world.assert_live(package)
