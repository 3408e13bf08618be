"""A prediction that finds its model parked wakes it, where model.yaml says so.

Environment: ROTATE_FUNCTION, where a model of models.json is woken.
IAM permissions: ssm:GetParameter on the parked parameters of those models, cloudformation:DescribeStacks on
their endpoint stacks, lambda:InvokeFunction on ROTATE_FUNCTION.
"""

import json
import time
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from handler_common import aws_errors, logs, settings, stacks
from predict.contract import Model

# Each instance of the function asks this seldom; waking takes minutes.
SECONDS = 60.0
# The caller waits for an answer that will be a refusal.
CONFIG = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 1})

# Until when what was found of a model holds, and whether it was found parked.
_found: dict[str, tuple[float, bool]] = {}


def woken(model: Model, stack: str) -> bool:
    """Whether the model, which has no endpoint, is parked and asked to wake; False where nobody wants that.

    stack: the model's endpoint stack. A model that was never released is not parked. When the question or the
    request fails it is logged, and tried again with the first prediction after SECONDS.
    """
    if model.parked is None:
        return False
    until, parked = _found.get(model.name, (0.0, False))
    now = time.monotonic()
    if now < until:
        return parked
    parked = _ask(model.name, model.parked, stack)
    _found[model.name] = (now + SECONDS, parked)
    return parked


def _ask(model: str, parameter: str, stack: str) -> bool:
    try:
        if not _is_parked(parameter, stack):
            return False
        wish = json.dumps({"action": "wake", "model": model, "by": "a prediction"})
        function = settings.text("ROTATE_FUNCTION")
        _client("lambda").invoke(FunctionName=function, InvocationType="Event", Payload=wish)
    except (BotoCoreError, ClientError) as error:
        logs.warning("not woken", model=model, cause=repr(error))
        return False
    return True


def _is_parked(parameter: str, stack: str) -> bool:
    """While there is no endpoint, a model that was ever parked waits to be woken, or is waking.

    Where that is of an earlier stack, this one was never parked.
    """
    try:
        remembered = _client("ssm").get_parameter(Name=parameter)["Parameter"]
        created = stacks.created(_client("cloudformation"), stack)
        return stacks.is_of(created, remembered["LastModifiedDate"])
    except ClientError as error:
        if aws_errors.is_missing(error):
            return False
        raise


@cache
def _client(service: str) -> Any:
    """Made when first needed: most predictions find an endpoint."""
    return boto3.client(service, config=CONFIG)
