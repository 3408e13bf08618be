"""The approval queue and the deployed function behind it: bursts, a time-out, messages it cannot do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator import faults
from emulator.alarms import watch
from emulator.faults import Fault
from sagemaker_lifecycle import names
from tests.integration.holding import Hold
from tests.integration.rotation.deployed import ENVIRONMENT
from tests.integration.rotation.world import World


def dead_letter_alarm(world: World) -> str:
    described = world.client("cloudwatch").describe_alarms(
        AlarmNamePrefix=names.stack_name(ENVIRONMENT, "observability")
    )["MetricAlarms"]
    [state] = [one["StateValue"] for one in described if "DeadLetters" in one["AlarmName"]]
    return state


def test_twenty_approvals_in_a_minute_end_on_the_newest(fed: World, held: Hold) -> None:
    before, made = fed.updates(), held("CreateModel")
    packages = [fed.register() for _ in range(20)]
    made.set()
    fed.until(lambda: (fed.champion, fed.letters("Queue")), lambda now: now == (packages[-1], 0))
    fed.assert_live(packages[-1])
    assert fed.updates() - before <= 4


def test_a_function_that_runs_into_its_time_out_is_followed_by_one_that_ends_its_work(fed: World) -> None:
    functions, before = fed.client("lambda"), fed.updates()
    functions.update_function_configuration(FunctionName=fed.function, Timeout=3)
    try:
        cut = faults.inject(Fault("cloudformation:UpdateStack", "lost", hold=3.5, role=fed.role_name))
        package = fed.register()
        fed.until(lambda: (cut.hits, fed.letters("Queue")), lambda now: now == (1, 0))
        fed.assert_live(package)
    finally:
        functions.update_function_configuration(FunctionName=fed.function, Timeout=60)
    assert fed.updates() == before + 1
    assert any("Task timed out" in line for line in fed.log_of_function())


@pytest.mark.parametrize(
    "body", ["no event", json.dumps({"detail": {"ModelPackageGroupName": "lifecycle-rotation-removed"}})]
)
def test_a_poison_message_ends_in_the_dead_letter_queue_and_rings(
    impatient: World, fed: World, body: str
) -> None:
    sqs = fed.client("sqs")
    sqs.send_message(QueueUrl=fed.queue("Queue"), MessageBody=body)
    fed.until(lambda: fed.letters("DeadLetters"), lambda count: count == 1)
    fed.until(lambda: dead_letter_alarm(fed), lambda state: state == "ALARM")
    fed.drain("DeadLetters")
    fed.until(lambda: dead_letter_alarm(fed), lambda state: state == "OK")


def test_an_approval_that_was_given_up_is_done_when_its_cause_is_mended(
    impatient: World, fed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "evaluate_all", lambda region: None)
    cloudwatch: Any = fed.client("cloudwatch")
    alarm = {"AlarmName": f"{fed.endpoint_name}-champion-errors", "StateReason": "of the test"}
    cloudwatch.set_alarm_state(**alarm, StateValue="ALARM")
    package = fed.register()
    fed.until(lambda: fed.letters("DeadLetters"), lambda count: count == 1)
    assert fed.champion != package
    cloudwatch.set_alarm_state(**alarm, StateValue="OK")
    fed.client("sqs").start_message_move_task(SourceArn=fed.queue_arn("DeadLetters"))
    fed.until(lambda: (fed.champion, fed.letters("DeadLetters")), lambda now: now == (package, 0))
    fed.assert_live(package)
