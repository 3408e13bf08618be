"""The endpoint, the ledger, the metric and CloudFormation's ear, by clients made once."""

import http.client
import json
import time
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from handler_common import aws_errors, logs, stack_trial
from handler_common.ledger import EMPTY
from release_check.logic import TRANSITIONAL, CheckFailed

METRIC_NAMESPACE = "SageMakerLifecycle"
METRIC = "Releases"
ANSWER_TRIES = 4
ANSWER_TIMEOUT = 10
# Seconds between two looks at an endpoint that is changing, and between two tries of a call.
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 10

# A call that hangs must end well within what the function keeps of its time for the answer.
_CONFIG = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 2})
_SAGEMAKER = boto3.client("sagemaker", config=_CONFIG)
_SSM = boto3.client("ssm", config=_CONFIG)
_CLOUDWATCH = boto3.client("cloudwatch", config=_CONFIG)
_CLOUDFORMATION = boto3.client("cloudformation", config=_CONFIG)

_Answer = TypeVar("_Answer")


def deadline(seconds: float) -> float:
    """So many seconds from now, on the clock of `settled_endpoint` and `patiently`."""
    return time.monotonic() + seconds


def patiently(call: Callable[[], _Answer], until: float) -> _Answer:
    """What the call answers: tried again until the deadline while AWS throttles, fails or is not reached.

    Raises the call's last error. It is tried once also after the deadline.
    """
    pause = FIRST_PAUSE
    while True:
        try:
            return call()
        except Exception as error:
            if not aws_errors.is_transient(error) or time.monotonic() + pause > until:
                raise
            logs.warning("tried again", cause=repr(error), pause=pause)
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def settled_endpoint(endpoint: str, until: float) -> Mapping[str, Any]:
    """The endpoint once it no longer changes, or as it is at the deadline; CheckFailed when there is none.

    A roll-back that still runs must end first: CloudFormation's own would be refused while it does.
    """
    pause = FIRST_PAUSE
    while True:
        described = patiently(lambda: _describe(endpoint), until)
        if described["EndpointStatus"] not in TRANSITIONAL or time.monotonic() + pause > until:
            return described
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def stack(identifier: str) -> tuple[str, str]:
    """The stack's status, and the package that its parameters name as the champion, "" for none."""
    [described] = _CLOUDFORMATION.describe_stacks(StackName=identifier)["Stacks"]
    parameters = stack_trial.values(described.get("Parameters", []))
    return described["StackStatus"], parameters.get("ChampionPackage", "")


def ledger(name: str) -> str:
    """The text of the ledger's parameter; of an empty ledger when nothing was ever released."""
    try:
        return _SSM.get_parameter(Name=name)["Parameter"]["Value"]
    except ClientError as error:
        if aws_errors.is_missing(error):
            return EMPTY
        raise


def write_ledger(name: str, text: str) -> None:
    """Sets the ledger, whose parameter is made if it is not there."""
    _SSM.put_parameter(Name=name, Value=text, Type="String", Overwrite=True)


def count_release(endpoint: str) -> None:
    """Adds one to the endpoint's releases."""
    _CLOUDWATCH.put_metric_data(
        Namespace=METRIC_NAMESPACE,
        MetricData=[
            {
                "MetricName": METRIC,
                "Dimensions": [{"Name": "EndpointName", "Value": endpoint}],
                "Value": 1,
                "Unit": "Count",
            }
        ],
    )


def send_answer(url: str, answer: Mapping[str, Any]) -> None:
    """Puts the answer to CloudFormation's address, with retries: without it the stack hangs for an hour."""
    # The address is signed for an empty content type; urllib would put one of its own.
    request = urllib.request.Request(
        url, data=json.dumps(answer).encode(), method="PUT", headers={"Content-Type": ""}
    )
    for attempt in range(1, ANSWER_TRIES + 1):
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_TIMEOUT):
                return
        except (OSError, http.client.HTTPException):
            if attempt == ANSWER_TRIES:
                raise
            time.sleep(2**attempt / 2)


def _describe(endpoint: str) -> Mapping[str, Any]:
    try:
        return _SAGEMAKER.describe_endpoint(EndpointName=endpoint)
    except ClientError as error:
        if aws_errors.is_missing(error):
            raise CheckFailed(f"endpoint {endpoint} does not exist") from error
        raise
