"""Functions fed from queues: batches, partial failures, redelivery, dead letters, permissions."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.compute.conftest import ClientFactory, allow
from tests.waiting import eventually

CONSUME = allow(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"])
RECORD = allow("ssm:*")


class Queue:
    def __init__(self, client: ClientFactory, name: str, **attributes: str) -> None:
        self._sqs, self.arn = client("sqs"), f"arn:aws:sqs:us-east-1:123456789012:{name}"
        self.url = self._sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]

    def send(self, *bodies: Any) -> None:
        entries = [{"Id": str(n), "MessageBody": json.dumps(body)} for n, body in enumerate(bodies)]
        self._sqs.send_message_batch(QueueUrl=self.url, Entries=entries)

    def counts(self) -> tuple[int, int]:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return int(found[names[0]]), int(found[names[1]])


@pytest.fixture
def lines(client: ClientFactory, name: str) -> Callable[[], list[str]]:
    """What the test's function has printed."""
    logs = client("logs")

    def read() -> list[str]:
        try:
            events = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
        except logs.exceptions.ResourceNotFoundException:
            return []
        return [event["message"] for event in events if event["message"].startswith("got")]

    return read


PRINT = """
import json
def handler(event, context):
    for record in event["Records"]:
        print("got", record["body"])
"""
FAIL_ODD = """
import json
def handler(event, context):
    failures = []
    for record in event["Records"]:
        print("got", record["body"])
        if json.loads(record["body"]) % 2:
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}
"""


def test_messages_reach_the_function_and_leave_the_queue(
    client: ClientFactory, name: str, function: Any, lines: Any
) -> None:
    queue = Queue(client, name)
    client("lambda").create_event_source_mapping(
        EventSourceArn=queue.arn, FunctionName=function(PRINT, CONSUME)
    )
    queue.send(1, 2, 3)
    assert sorted(eventually(lines, lambda all_of_them: len(all_of_them) == 3)) == ["got 1", "got 2", "got 3"]
    eventually(queue.counts, (0, 0).__eq__)


def test_only_the_failed_messages_of_a_batch_come_again_and_end_dead(
    client: ClientFactory, name: str, function: Any, lines: Any
) -> None:
    dead = Queue(client, f"{name}-dead")
    redrive = json.dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 3})
    queue = Queue(client, name, RedrivePolicy=redrive, VisibilityTimeout="60")
    client("lambda").create_event_source_mapping(
        EventSourceArn=queue.arn,
        FunctionName=function(FAIL_ODD, CONSUME),
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )
    queue.send(2, 3)
    eventually(dead.counts, (1, 0).__eq__)
    assert queue.counts() == (0, 0)
    expected = ["got 2", "got 3", "got 3", "got 3"]
    assert sorted(eventually(lines, lambda said: len(said) >= len(expected))) == expected


def test_a_function_that_fails_keeps_its_messages_for_the_visibility_timeout(
    client: ClientFactory, name: str, function: Any, lines: Any
) -> None:
    queue = Queue(client, name, VisibilityTimeout="180")
    source = PRINT + "    raise RuntimeError('no')\n"
    mapping = client("lambda").create_event_source_mapping(
        EventSourceArn=queue.arn, FunctionName=function(source, CONSUME)
    )
    began = time.monotonic()
    queue.send(1)
    eventually(lines, lambda said: len(said) >= 2)
    assert time.monotonic() - began >= 180 / 60
    described = client("lambda").get_event_source_mapping(UUID=mapping["UUID"])
    assert described["LastProcessingResult"].startswith("PROBLEM")


def test_a_role_that_may_not_receive_is_refused(client: ClientFactory, name: str, function: Any) -> None:
    queue = Queue(client, name)
    with pytest.raises(ClientError, match="does not have permissions to call ReceiveMessage on SQS"):
        client("lambda").create_event_source_mapping(EventSourceArn=queue.arn, FunctionName=function(PRINT))


def test_a_queue_quicker_than_its_function_is_refused(
    client: ClientFactory, name: str, function: Any
) -> None:
    queue = Queue(client, name)
    arn = function(PRINT, CONSUME, Timeout=60)
    with pytest.raises(ClientError, match="timeout: 30 seconds is less than Function timeout: 60 seconds"):
        client("lambda").create_event_source_mapping(EventSourceArn=queue.arn, FunctionName=arn)


def test_a_disabled_mapping_takes_nothing_until_it_is_enabled(
    client: ClientFactory, name: str, function: Any, lines: Any
) -> None:
    queue, api = Queue(client, name), client("lambda")
    uuid = api.create_event_source_mapping(
        EventSourceArn=queue.arn, FunctionName=function(PRINT, CONSUME), Enabled=False, BatchSize=1
    )["UUID"]
    queue.send(1)
    time.sleep(0.7)
    assert queue.counts() == (1, 0)
    api.update_event_source_mapping(UUID=uuid, Enabled=True)
    assert eventually(lines) == ["got 1"]
    assert api.get_event_source_mapping(UUID=uuid)["BatchSize"] == 1


def test_a_filter_drops_what_it_does_not_match(
    client: ClientFactory, name: str, function: Any, lines: Any
) -> None:
    queue = Queue(client, name)
    client("lambda").create_event_source_mapping(
        EventSourceArn=queue.arn,
        FunctionName=function(PRINT, CONSUME),
        FilterCriteria={"Filters": [{"Pattern": json.dumps({"body": {"kind": ["a"]}})}]},
    )
    queue.send({"kind": "b"}, {"kind": "a"})
    assert eventually(lines) == ['got {"kind": "a"}']
    eventually(queue.counts, (0, 0).__eq__)


def test_a_deleted_mapping_is_gone(client: ClientFactory, name: str, function: Any) -> None:
    queue, api = Queue(client, name), client("lambda")
    arn = function(PRINT, CONSUME)
    uuid = api.create_event_source_mapping(EventSourceArn=queue.arn, FunctionName=arn)["UUID"]
    assert api.delete_event_source_mapping(UUID=uuid)["State"] == "Deleting"
    with pytest.raises(api.exceptions.ResourceNotFoundException):
        api.get_event_source_mapping(UUID=uuid)
    assert api.list_event_source_mappings(FunctionName=arn)["EventSourceMappings"] == []


def test_the_depth_of_a_queue_is_a_metric(client: ClientFactory, name: str) -> None:
    Queue(client, name).send(1, 2)
    metric = {
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateNumberOfMessagesVisible",
        "Dimensions": [{"Name": "QueueName", "Value": name}],
    }
    cloudwatch = client("cloudwatch")
    assert eventually(lambda: cloudwatch.list_metrics(**metric)["Metrics"])
