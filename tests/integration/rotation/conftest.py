"""The real stacks of a small app, whose rotations the tests begin, spoil and look at."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from emulator import clock, edge, faults
from emulator.server import Emulator
from tests.integration.holding import Hold, holding
from tests.integration.rotation import scaling
from tests.integration.rotation.deployed import deploy_app, synthesize
from tests.integration.rotation.world import World

Client = Callable[..., Any]
Deploy = Callable[..., str]
Template = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def deployed_world(
    emulator: Emulator, client: Client, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Deployed once; the approval queue does not feed the rotate function until a test wants it."""
    deploy_app(client, tmp_path_factory.mktemp("rotation"))
    world = World(client)
    world.feed(False)
    edge.observers.insert(0, world.count)  # before the one that loses answers
    yield world
    edge.observers.remove(world.count)


@pytest.fixture
def world(deployed_world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """At rest, awake, with a champion and a release before it; ten minutes of AWS's last a second."""
    monkeypatch.setattr(clock, "scale", 1 / 600)
    deployed_world.come_to_rest()
    yield deployed_world
    faults.lift()


@pytest.fixture
def fed(world: World) -> Iterator[World]:
    """The queue feeds the function; both are empty before and as they were after."""
    for queue in ("Queue", "DeadLetters"):
        world.drain(queue)
    world.feed(True)
    yield world
    world.feed(False)


@pytest.fixture
def held(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hold]:
    """`held("CreateModel")`: a release's calls of it wait for the event that is answered."""
    with holding(monkeypatch, world.release_role.__eq__) as hold:
        yield hold


@pytest.fixture
def impatient(world: World) -> Iterator[World]:
    """A message comes again at once, and is given up after two tries."""
    sqs, url = world.client("sqs"), world.queue("Queue")
    asked = ["RedrivePolicy", "VisibilityTimeout"]
    before = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=asked)["Attributes"]
    policy = {**json.loads(before["RedrivePolicy"]), "maxReceiveCount": 2}
    sqs.set_queue_attributes(
        QueueUrl=url, Attributes={"RedrivePolicy": json.dumps(policy), "VisibilityTimeout": "60"}
    )
    yield world
    sqs.set_queue_attributes(QueueUrl=url, Attributes=before)


@pytest.fixture(scope="session")
def template(deployed_world: World, tmp_path_factory: pytest.TempPathFactory) -> Template:
    """Template of the endpoint stack with other settings of serving; each is synthesized once."""

    @functools.cache
    def text(**serving: int | str) -> str:
        assembly = synthesize(tmp_path_factory.mktemp("serving"), **serving)
        return (assembly / f"{deployed_world.stack}.template.json").read_text()

    return lambda **serving: json.loads(text(**serving))


@pytest.fixture
def deploy(world: World, template: Template) -> Iterator[Deploy]:
    """Deploys the endpoint stack with other settings of serving; answers the status it ends in."""
    templates: list[dict[str, Any]] = []

    def deployed(**serving: int | str) -> str:
        templates.append(template(**serving))
        return scaling.deploy(world, templates[-1])

    yield deployed
    if world.settle()["StackStatus"] == "UPDATE_COMPLETE" and templates[-1] != template():
        world.ask("park")
        world.settle()
        deployed()


@pytest.fixture
def scaled(world: World) -> World:
    """The champion has three instances, of one to four."""
    scaling.scale_out(world)
    return world
