"""Another instance type of an autoscaled model, deployed once: the endpoint goes there by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bench.steady_load import SteadyLoad
from emulator import faults
from emulator.faults import Fault
from emulator.sagemaker.fleets import Fleet
from emulator.sagemaker.serving import StartFailed
from emulator.server import Emulator
from tests.integration.rotation.scaling import count, limits
from tests.integration.rotation.test_events import by_hand
from tests.integration.rotation.world import World

SMALLER, LARGER = "ml.m5.large", "ml.m5.xlarge"
NO_CAPACITY = "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error."
Deploy = Callable[..., str]


@pytest.fixture
def load(world: World, emulator: Emulator) -> Iterator[SteadyLoad]:
    """Predictions all the while, of which none fails."""
    url = f"{world.outputs('inference')['ApiUrl']}models/{world.model}/predictions"
    with SteadyLoad(url, emulator.url, {"SquareFeet": 3100}, rate=5) as running:
        world.until(lambda: running.predictions, bool)
        yield running
        counted = len(running.predictions)
        world.until(lambda: len(running.predictions), lambda now: now > counted)
    assert running.failures() == []


@pytest.fixture
def unavailable(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """AWS has no instance of these types for a new fleet."""
    types: list[str] = []
    start = Fleet.start

    def starting(fleet: Fleet) -> None:
        if {variant.spec.get("InstanceType") for variant in fleet.variants} & {*types}:
            raise StartFailed(NO_CAPACITY)
        start(fleet)

    monkeypatch.setattr(Fleet, "start", starting)
    return types


def refused(operation: str, code: str, times: int | None = 1) -> Any:
    """The next calls that CloudFormation makes of the operation are."""
    error = Fault(
        operation,
        "error",
        times=times,
        role="*ReleaseRole*",
        code=code,
        message="of the test",
        status=400,
    )
    return faults.inject(error)


@pytest.fixture
def mailbox(world: World) -> Iterator[Callable[[], list[str]]]:
    """Reads what people have been told since."""
    sqs, sns = world.client("sqs"), world.client("sns")
    url = sqs.create_queue(QueueName="people")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    subscribed = sns.subscribe(
        TopicArn=world.outputs("observability")["AlarmTopicArn"],
        Protocol="sqs",
        Endpoint=arn,
        Attributes={"RawMessageDelivery": "true"},
        ReturnSubscriptionArn=True,
    )

    def read() -> list[str]:
        got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        return [message["Body"] for message in got.get("Messages", [])]

    yield read
    sns.unsubscribe(SubscriptionArn=subscribed["SubscriptionArn"])
    sqs.delete_queue(QueueUrl=url)


def instances(world: World) -> dict[str, Any]:
    """What there is, and what the stack's parameters say of it."""
    parameters = world.parameters()
    return {
        "type": world.instance_type(),
        "count": count(world),
        "limits": limits(world),
        "autoscaling": parameters["Autoscaling"],
        "refused": parameters["RefusedInstanceType"],
    }


def comes_to(world: World, **expected: str) -> None:
    """The stack's parameters become these, and then nothing is asked of the function any more."""

    def now() -> Any:
        parameters = world.parameters()
        return {name: parameters[name] for name in expected}, world.status(), world.letters("Queue")

    world.until(now, lambda found: found[0] == expected and "PROGRESS" not in found[1] and found[2] == 0)


def test_another_instance_type_comes_by_one_deploy_with_all_instances_and_without_a_pause(
    scaled: World, fed: World, deploy: Deploy, load: SteadyLoad
) -> None:
    live, ledger, before, failures = scaled.champion, scaled.ledger(), scaled.updates(), scaled.failures()
    assert deploy(instance_type=LARGER) == "UPDATE_COMPLETE"
    comes_to(scaled, InstanceType=LARGER, Autoscaling="on")
    scaled.assert_live(live)
    assert instances(scaled) == {
        "type": LARGER,
        "count": 3,
        "limits": (1, 4),
        "autoscaling": "on",
        "refused": "",
    }
    assert (scaled.ledger(), scaled.failures()) == (ledger, failures)
    assert scaled.updates() - before == 4
    assert scaled.letters("DeadLetters") == 0


@pytest.mark.parametrize("how", ["by-the-call", "silently"])
def test_a_type_that_cannot_be_had_leaves_the_old_one_scaled_and_is_tried_again_by_hand_alone(
    scaled: World,
    fed: World,
    deploy: Deploy,
    load: SteadyLoad,
    mailbox: Callable[[], list[str]],
    unavailable: list[str],
    how: str,
) -> None:
    if how == "silently":
        unavailable.append(LARGER)
    else:
        refused("sagemaker:UpdateEndpoint", "ResourceLimitExceeded")
    live, state, ledger, before = scaled.champion, scaled.state(), scaled.ledger(), scaled.updates()
    deploy(instance_type=LARGER)  # ends as the steps do that follow at once
    comes_to(scaled, RefusedInstanceType=LARGER, Autoscaling="on")
    scaled.assert_live(live)
    assert instances(scaled) == {
        "type": SMALLER,
        "count": 3,
        "limits": (1, 4),
        "autoscaling": "on",
        "refused": LARGER,
    }
    assert (scaled.state(), scaled.ledger()) == (state, ledger)
    [told] = scaled.until(
        lambda: [letter for letter in mailbox() if "UPDATE_ROLLBACK_COMPLETE" in letter], bool
    )
    assert f"{scaled.stack}/" in told
    assert scaled.updates() - before == 4
    unavailable.clear()
    assert scaled.deliver("m1") == []
    assert scaled.ask("resize")["outcome"] == "unchanged"
    assert scaled.updates() - before == 4
    assert scaled.ask("reconcile")["outcome"] == "started"
    comes_to(scaled, InstanceType=LARGER, Autoscaling="on")
    assert instances(scaled)["count"] == 3
    assert instances(scaled)["refused"] == ""


def test_a_parked_model_wakes_with_the_type_that_was_deployed_meanwhile(world: World, deploy: Deploy) -> None:
    live = world.champion
    assert world.ask("park")["outcome"] == "started"
    world.settle()
    assert deploy(instance_type=LARGER) == "UPDATE_COMPLETE"
    assert world.ask("resize")["outcome"] == "unchanged"
    assert world.ask("wake")["outcome"] == "started"
    world.assert_live(live)
    assert (world.instance_type(), limits(world)) == (LARGER, (1, 4))


def test_another_type_together_with_autoscaling_switched_off_is_refused_and_takes_nothing_away(
    scaled: World, deploy: Deploy
) -> None:
    """The type is no parameter then; in two deploys both come, with all instances."""
    live, fixed = scaled.champion, {"max_instances": 1}
    assert deploy(instance_type=LARGER, **fixed) == "UPDATE_ROLLBACK_COMPLETE"
    assert "scalable target exists for variant champion" in " ".join(scaled.failures()[:2])
    scaled.assert_kept(live)
    assert (scaled.instance_type(), count(scaled), limits(scaled)) == (SMALLER, 3, (1, 4))
    assert deploy(**fixed) == "UPDATE_COMPLETE"
    assert deploy(instance_type=LARGER, **fixed) == "UPDATE_COMPLETE"
    assert (scaled.instance_type(), count(scaled), limits(scaled)) == (LARGER, 3, None)
    assert deploy(instance_type=LARGER) == "UPDATE_COMPLETE"
    assert (scaled.instance_type(), count(scaled), limits(scaled)) == (LARGER, 3, (1, 4))
    assert scaled.ask("resize")["outcome"] == "unchanged"


def test_a_type_without_disks_of_its_own_gives_way_to_one_that_has_them(
    scaled: World, fed: World, deploy: Deploy
) -> None:
    """SageMaker takes no key for the disks that an instance brings."""
    assert deploy(instance_type="ml.m5d.large") == "UPDATE_COMPLETE"
    comes_to(scaled, InstanceType="ml.m5d.large", Autoscaling="on")
    assert instances(scaled)["type"] == "ml.m5d.large"


def test_the_change_waits_for_the_end_of_a_trial(scaled: World, fed: World, deploy: Deploy) -> None:
    scaled.register("PendingManualApproval")
    assert scaled.ask("test")["outcome"] == "started"
    scaled.settle()
    assert deploy(instance_type=LARGER) == "UPDATE_COMPLETE"
    comes_to(scaled, InstanceType=SMALLER, Autoscaling="on")
    assert "the end of the trial" in scaled.ask("resize")["reason"]
    assert scaled.ask("discard")["outcome"] == "started"
    comes_to(scaled, InstanceType=LARGER, Autoscaling="on", ChallengerPackage="")
    assert instances(scaled)["count"] == 3


def test_a_release_that_is_approved_meanwhile_and_the_change_both_come(
    scaled: World, fed: World, deploy: Deploy
) -> None:
    assert deploy(instance_type=LARGER) == "UPDATE_COMPLETE"
    package = scaled.register()
    comes_to(scaled, InstanceType=LARGER, Autoscaling="on", ChampionPackage=package)
    scaled.assert_live(package)
    assert instances(scaled)["count"] == 3


@pytest.mark.parametrize(
    ("paused_then", "updates"),
    [({"InstanceType": LARGER}, 1), ({"Autoscaling": "on"}, 3), ({"RefusedInstanceType": LARGER}, 1)],
    ids=["the-type", "autoscaling", "a-refusal"],
)
def test_what_an_operator_changes_half_way_is_gone_on_from(
    scaled: World, deploy: Deploy, paused_then: dict[str, str], updates: int
) -> None:
    """The steps follow from the stack's own parameters."""
    assert deploy(instance_type=LARGER) == "UPDATE_COMPLETE"
    assert scaled.ask("resize")["outcome"] == "started"
    scaled.settle()
    by_hand(scaled, **paused_then)
    scaled.settle()
    before = scaled.updates()
    while scaled.ask("resize")["outcome"] == "started":
        scaled.settle()
    assert scaled.updates() - before == updates
    expected = SMALLER if "RefusedInstanceType" in paused_then else LARGER
    assert (scaled.instance_type(), count(scaled), limits(scaled)) == (expected, 3, (1, 4))


def test_a_type_that_autoscaling_cannot_be_paused_for_is_refused_once(scaled: World, deploy: Deploy) -> None:
    assert deploy(instance_type=LARGER) == "UPDATE_COMPLETE"
    by_hand(scaled, "resize-pause-17", ChampionPackage=f"{scaled.champion}0000")  # a pause that fails
    assert scaled.settle()["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert scaled.ask("resize")["outcome"] == "started"
    assert scaled.settle()["StackStatus"] == "UPDATE_COMPLETE"
    assert scaled.ask("resize")["outcome"] == "unchanged"
    found = instances(scaled)
    assert (found["limits"], found["autoscaling"], found["refused"]) == ((1, 4), "on", LARGER)


def test_a_scalable_target_that_stays_when_autoscaling_pauses_is_what_there_is_in_the_end(
    scaled: World, fed: World, deploy: Deploy
) -> None:
    refused("application-autoscaling:DeregisterScalableTarget", "AccessDeniedException", times=None)
    deploy(instance_type=LARGER)
    comes_to(scaled, RefusedInstanceType=LARGER, Autoscaling="on")
    faults.lift()
    assert (instances(scaled)["type"], instances(scaled)["limits"]) == (SMALLER, (1, 4))


def test_the_clock_takes_the_step_that_an_event_was_lost_of(world: World, deploy: Deploy) -> None:
    assert deploy(instance_type=LARGER) == "UPDATE_COMPLETE"
    world.fire("InstanceTypeshouses")
    world.until(lambda: world.parameters()["Autoscaling"], lambda found: found == "paused")
    world.settle()


def test_autoscaling_that_cannot_be_put_on_again_is_not_tried_without_end(
    scaled: World, fed: World, deploy: Deploy
) -> None:
    """Until the clock asks, or a person."""
    fault = refused("application-autoscaling:RegisterScalableTarget", "AccessDeniedException", times=None)
    deploy(instance_type=LARGER)  # ends as the steps do that follow at once
    scaled.until(lambda: fault.hits, lambda hits: hits == 1)
    comes_to(scaled, InstanceType=LARGER, Autoscaling="paused")
    assert (fault.hits, scaled.status()) == (1, "UPDATE_ROLLBACK_COMPLETE")
    faults.lift()
    assert scaled.ask("resize")["outcome"] == "started"
    comes_to(scaled, InstanceType=LARGER, Autoscaling="on")
    assert instances(scaled)["limits"] == (1, 4)
