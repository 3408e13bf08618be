"""The call of the model's endpoint, by one client made once."""

from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    ResponseStreamingError,
)

from handler_common import aws_errors
from predict import failures, trials, waking
from predict.deadline import within
from predict.logic import Request
from predict.protocols import content_type

# Seconds. API Gateway gives up after 29; botocore's own 60 with three tries would outlive any Lambda.
CONNECT_TIMEOUT = 2
READ_TIMEOUT = 27

# No tries of botocore's: each would have the whole read time-out again. A cut connection is tried again here.
CONFIG = Config(
    connect_timeout=CONNECT_TIMEOUT,
    read_timeout=READ_TIMEOUT,
    retries={"total_max_attempts": 1},
    # What is sent was checked already, more strictly; botocore's own check is a tenth of the call's CPU.
    parameter_validation=False,
)
_RUNTIME = boto3.client("sagemaker-runtime", config=CONFIG)


def predict(request: Request, inference_id: str, stack: str, seconds: float) -> tuple[bytes, str]:
    """The endpoint's answer and the variant that gave it, within `seconds`; raises ApiError when it fails.

    inference_id: goes with the request into the endpoint's captured data. stack: the model's endpoint stack.
    """
    try:
        return within(seconds, lambda: _of_caller(request, inference_id, stack))
    except (TimeoutError, ReadTimeoutError, ConnectTimeoutError):
        raise failures.timed_out() from None
    except ClientError as error:
        raise _refusal(request, error, stack) from error
    except BotoCoreError as error:
        raise failures.connection_cut() from error


def _of_caller(request: Request, inference_id: str, stack: str) -> tuple[bytes, str]:
    """From the variant asked for, or that of the caller, or the one that the endpoint's weights choose."""
    if request.variant is None and request.key is not None:
        chosen = trials.variant(stack, request.key)
        if chosen is not None:
            try:
                return _twice(lambda: _invoke(request, inference_id, chosen))
            except ClientError as error:
                if not failures.lacks_variant(aws_errors.code(error), aws_errors.message(error)):
                    raise
                # A trial that has just begun or ended: the stack is ahead of the endpoint, or behind it.
                trials.forget(stack)
    return _twice(lambda: _invoke(request, inference_id, request.variant))


def _twice(invoke: Callable[[], tuple[bytes, str]]) -> tuple[bytes, str]:
    """A kept connection may have been closed while the function was frozen: one more try on a new one."""
    try:
        return invoke()
    except (ConnectionClosedError, EndpointConnectionError, ResponseStreamingError):
        return invoke()


def _invoke(request: Request, inference_id: str, variant: str | None) -> tuple[bytes, str]:
    target = {} if variant is None else {"TargetVariant": variant}
    answer: dict[str, Any] = _RUNTIME.invoke_endpoint(
        EndpointName=request.model.endpoint,
        ContentType=content_type(request.model.protocol),
        Accept="application/json",
        Body=request.body,
        InferenceId=inference_id,
        **target,
    )
    return answer["Body"].read(), answer.get("InvokedProductionVariant", "")


def _refusal(request: Request, error: ClientError, stack: str) -> Exception:
    answer: Any = error.response
    refusal = failures.service_error(
        request,
        aws_errors.code(error),
        aws_errors.message(error),
        int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)),
        int(answer.get("OriginalStatusCode", 0) or 0),
        str(answer.get("OriginalMessage", "") or ""),
    )
    if isinstance(refusal, failures.NotReleased) and waking.woken(request.model, stack):
        return failures.waking(request)
    return refusal or error
