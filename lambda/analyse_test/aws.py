"""The endpoint stack, the rotate function and the bus, by clients made once."""

import json
from typing import Any

import boto3
from botocore.config import Config

from analyse_test.trial import Seen
from handler_common import stack_trial, stacks

EVENT_SOURCE = "sagemaker-lifecycle"
EVENT_TYPE = "Trial Verdict"
_CLOUDFORMATION = boto3.client("cloudformation")
_EVENTS = boto3.client("events")
# The rotate function answers within a minute; asked twice, it would find the stack busy.
_LAMBDA = boto3.client("lambda", config=Config(read_timeout=70, retries={"total_max_attempts": 1}))


def stack(name: str) -> Seen | None:
    """The endpoint stack, None when there is none."""
    described = stacks.described(_CLOUDFORMATION, name)
    if described is None:
        return None
    return Seen(described["StackStatus"], stack_trial.values(described.get("Parameters", [])))


def ask(function: str, request: dict[str, Any]) -> dict[str, Any]:
    """The rotate function's answer; RuntimeError when it failed."""
    answer = _LAMBDA.invoke(FunctionName=function, Payload=json.dumps(request).encode())
    told = json.loads(answer["Payload"].read())
    if answer.get("FunctionError"):
        raise RuntimeError(f"{function} failed on {request['action']}: {told.get('errorMessage', told)}")
    return told


def tell(detail: dict[str, Any]) -> None:
    """An event on the account's default bus; RuntimeError when it was not taken."""
    entry = {"Source": EVENT_SOURCE, "DetailType": EVENT_TYPE, "Detail": json.dumps(detail)}
    answer = _EVENTS.put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        raise RuntimeError(f"the bus took no event: {answer['Entries'][0]}")
