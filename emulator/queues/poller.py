"""Feeding a function from a queue, with the function's own rights, as Lambda's pollers do.

A message of a failed batch becomes visible after the rest of its visibility timeout, which lasts as long as
the shortened clock says: six minutes on AWS are six seconds at 1/60. While the function runs nothing is
shortened.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from moto.sqs.models import Queue, sqs_backends

from emulator import aws, clock, functions
from emulator.errors import AwsError
from emulator.events import patterns
from emulator.functions.model import Function, find
from emulator.queues.patches import visible_in

log = logging.getLogger("emulator.queues")
DEFAULT_CONCURRENCY = 5
"""Batches at once, where ScalingConfig says nothing: Lambda's own start for a standard queue."""
RECEIVE_SECONDS = 1
TROUBLE_SECONDS = 2.0


@dataclass
class Mapping:
    """An event source mapping; ``described`` is what GetEventSourceMapping answers."""

    described: dict[str, Any]
    region: str
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def queue(self) -> Queue:
        """moto's queue. Raises AwsError when it is gone."""
        name = self.described["EventSourceArn"].split(":")[5]
        found = sqs_backends[aws.ACCOUNT][self.region].queues.get(name)
        if found is None:
            raise AwsError("QueueDoesNotExist", f"the queue {name} does not exist")
        return found

    @property
    def concurrency(self) -> int:
        """Batches at once."""
        return self.described.get("ScalingConfig", {}).get("MaximumConcurrency", DEFAULT_CONCURRENCY)


class Poller:
    """Receives, invokes, deletes; ends when the mapping's ``stopped`` is set."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._slots = threading.Semaphore(mapping.concurrency)
        self._executor = ThreadPoolExecutor(mapping.concurrency, thread_name_prefix="queues-batch")
        self._thread = threading.Thread(target=self._run, daemon=True, name="queues-poller")
        self._thread.start()

    def join(self) -> None:
        """Wait until it has ended (a few seconds at most)."""
        self._thread.join(timeout=RECEIVE_SECONDS + TROUBLE_SECONDS + 1)

    def _run(self) -> None:
        stopped = self._mapping.stopped
        while not stopped.is_set():
            self._slots.acquire()
            handed_over = False
            try:
                messages = self._receive_batch()
                if messages and not stopped.is_set():
                    self._executor.submit(self._process, messages)
                    handed_over = True
                elif messages:
                    self._return_later(messages)
            except (ClientError, BotoCoreError, AwsError) as error:
                self._mapping.described["LastProcessingResult"] = f"PROBLEM: {error}"
                log.warning("polling %s: %s", self._mapping.described["EventSourceArn"], error)
                stopped.wait(TROUBLE_SECONDS)
            finally:
                if not handed_over:
                    self._slots.release()
        self._executor.shutdown(wait=False)

    def _client(self, function: Function) -> Any:
        return aws.role_client("sqs", function.latest.role, function.latest.name, self._mapping.region)

    def _url(self) -> str:
        return f"{aws.endpoint_url()}/{aws.ACCOUNT}/{self._mapping.queue.name}"

    def _receive_batch(self) -> list[dict[str, Any]]:
        settings = self._mapping.described
        messages = self._receive(settings["BatchSize"], RECEIVE_SECONDS)
        window = settings["MaximumBatchingWindowInSeconds"] * clock.scale
        deadline = time.monotonic() + window
        while messages and len(messages) < settings["BatchSize"] and time.monotonic() < deadline:
            messages += self._receive(settings["BatchSize"] - len(messages), 0)
            if self._mapping.stopped.wait(0.05):
                break
        return messages

    def _receive(self, most: int, wait: int) -> list[dict[str, Any]]:
        function, _ = find(self._mapping.described["FunctionArn"], self._mapping.region)
        answer = self._client(function).receive_message(
            QueueUrl=self._url(),
            MaxNumberOfMessages=min(most, 10),
            WaitTimeSeconds=wait,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return answer.get("Messages", [])

    def _process(self, messages: list[dict[str, Any]]) -> None:
        try:
            function, _ = find(self._mapping.described["FunctionArn"], self._mapping.region)
            wanted = [message for message in messages if self._is_wanted(message)]
            failed = self._invoke(wanted) if wanted else set[str]()
            done = [message for message in messages if message["MessageId"] not in failed]
            self._delete(function, done)
            self._return_later([message for message in messages if message["MessageId"] in failed])
            self._mapping.described["LastProcessingResult"] = (
                "PROBLEM: Function call failed" if failed else "OK"
            )
        except (ClientError, BotoCoreError, AwsError) as error:
            self._mapping.described["LastProcessingResult"] = f"PROBLEM: {error}"
            log.warning("a batch of %s failed: %s", self._mapping.described["EventSourceArn"], error)
            self._return_later(messages)
        except Exception:
            log.exception("a batch of %s broke the emulator", self._mapping.described["EventSourceArn"])
        finally:
            self._slots.release()

    def _is_wanted(self, message: dict[str, Any]) -> bool:
        filters = self._mapping.described.get("FilterCriteria", {}).get("Filters", [])
        if not filters:
            return True
        try:
            body = json.loads(message["Body"])
        except ValueError:
            body = message["Body"]
        record = {**_record(message, self._mapping), "body": body}
        return any(patterns.matches(json.loads(one["Pattern"]), record) for one in filters)

    def _invoke(self, messages: list[dict[str, Any]]) -> set[str]:
        """Ids of the messages that were not processed."""
        every = {message["MessageId"] for message in messages}
        event = {"Records": [_record(message, self._mapping) for message in messages]}
        try:
            result = functions.invoke(self._mapping.described["FunctionArn"], json.dumps(event).encode())
        except AwsError as error:
            log.warning("%s: %s", self._mapping.described["FunctionArn"], error)
            return every
        if result.function_error:
            return every
        if "ReportBatchItemFailures" not in self._mapping.described["FunctionResponseTypes"]:
            return set()
        return failed_items(json.loads(result.payload), every)

    def _delete(self, function: Function, messages: list[dict[str, Any]]) -> None:
        for begin in range(0, len(messages), 10):
            entries = [
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                for number, message in enumerate(messages[begin : begin + 10])
            ]
            self._client(function).delete_message_batch(QueueUrl=self._url(), Entries=entries)

    def _return_later(self, messages: list[dict[str, Any]]) -> None:
        """Make messages visible when their visibility timeout ends on the shortened clock."""
        for message in messages:
            left = visible_in(self._mapping.queue, message["ReceiptHandle"])
            if left:
                arguments = (message["ReceiptHandle"], left)
                threading.Thread(target=self._show, args=arguments, daemon=True, name="queues-show").start()

    def _show(self, receipt_handle: str, aws_seconds: float) -> None:
        clock.sleep(aws_seconds, self._mapping.stopped)
        try:
            aws.client("sqs", self._mapping.region).change_message_visibility(
                QueueUrl=self._url(), ReceiptHandle=receipt_handle, VisibilityTimeout=0
            )
        except (ClientError, BotoCoreError, AwsError) as error:  # deleted meanwhile, or the emulator ends
            log.info("a message is not made visible: %s", error)


def failed_items(answer: Any, every: set[str]) -> set[str]:
    """What a function's partial batch response says has failed: all, when it is not understood.

    Source: "Implementing partial batch responses" in the Lambda developer guide.
    """
    if (
        answer is None
        or answer == {}
        or (isinstance(answer, dict) and answer.get("batchItemFailures") in ([], None))
    ):
        return set()
    items = answer.get("batchItemFailures") if isinstance(answer, dict) else None
    if not isinstance(items, list):
        return every
    failed = {item.get("itemIdentifier") for item in items if isinstance(item, dict)}
    return {str(one) for one in failed} if failed and failed <= every else every


def _record(message: dict[str, Any], mapping: Mapping) -> dict[str, Any]:
    attributes = message.get("MessageAttributes", {})
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {
            name: {
                "stringValue": value.get("StringValue"),
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": value["DataType"],
            }
            for name, value in attributes.items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": mapping.described["EventSourceArn"],
        "awsRegion": mapping.region,
    }
