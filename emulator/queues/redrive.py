"""Back from a dead-letter queue: message move tasks, which moto lacks. Each has ended when it is answered."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

from moto.sqs.models import Queue, sqs_backends

from emulator import aws
from emulator.edge import Call, operation
from emulator.errors import AwsError

_KEPT = 10
"""How many tasks of a queue are told of at most ("ListMessageMoveTasks" in the API reference)."""

_tasks: dict[str, list[dict[str, Any]]] = {}


def stop() -> None:
    """Forget the tasks."""
    _tasks.clear()


@operation("sqs", "StartMessageMoveTask")
def _start(call: Call) -> dict[str, Any]:
    """What is visible in the dead-letter queue goes to DestinationArn, or to the queue that it is of."""
    params = call.params
    source = _queue(call, params["SourceArn"])
    target = _queue(call, params["DestinationArn"]) if params.get("DestinationArn") else _origin(call, source)
    task = {
        "TaskHandle": str(uuid4()),
        "Status": "COMPLETED",
        "SourceArn": source.queue_arn,
        "StartedTimestamp": int(time.time() * 1000),
        "ApproximateNumberOfMessagesToMove": source.approximate_number_of_messages,
        "ApproximateNumberOfMessagesMoved": _move(source, target),
    }
    if params.get("DestinationArn"):
        task["DestinationArn"] = target.queue_arn
    _tasks.setdefault(source.queue_arn, []).insert(0, task)
    return {"TaskHandle": task["TaskHandle"]}


@operation("sqs", "ListMessageMoveTasks")
def _list(call: Call) -> dict[str, Any]:
    source = _queue(call, call.params["SourceArn"])
    most = min(call.params.get("MaxResults") or 1, _KEPT)
    told = [
        {name: value for name, value in task.items() if name != "TaskHandle"}  # only of running ones
        for task in _tasks.get(source.queue_arn, [])[:most]
    ]
    return {"Results": told}


def _move(source: Queue, target: Queue) -> int:
    sqs, moved = aws.client("sqs", source.region), 0
    from_url, to_url = (f"{aws.endpoint_url()}/{aws.ACCOUNT}/{queue.name}" for queue in (source, target))
    while messages := sqs.receive_message(
        QueueUrl=from_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    ).get("Messages"):
        for message in messages:
            sqs.send_message(
                QueueUrl=to_url,
                MessageBody=message["Body"],
                MessageAttributes=message.get("MessageAttributes", {}),
            )
            sqs.delete_message(QueueUrl=from_url, ReceiptHandle=message["ReceiptHandle"])
            moved += 1
    return moved


def _queue(call: Call, arn: str) -> Queue:
    for queue in sqs_backends[call.account][call.region].queues.values():
        if queue.queue_arn == arn:
            return queue
    raise AwsError(
        "ResourceNotFoundException",
        "The resource that you specified for the SourceArn parameter doesn't exist.",
    )


def _origin(call: Call, source: Queue) -> Queue:
    """The queue whose dead-letter queue this is. Raises AwsError where it is none."""
    backend = sqs_backends[call.account][call.region]
    origins = [one for one in backend.queues.values() if one.dead_letter_queue is source]
    if not origins:
        raise AwsError("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.")
    if len(origins) > 1:
        raise AwsError("NotImplemented", "emulator: a queue of several needs DestinationArn", status=501)
    return origins[0]
