"""What a failed call of the endpoint means to the API's caller. Pure: takes AWS's codes and texts."""

import re

from handler_common.api import ApiError
from predict.logic import Request

# Seconds after which a caller should try again: a model that loads, one that wakes, a service that throttles.
RETRY_NOT_READY = 5
RETRY_WAKING = 60
RETRY_THROTTLED = 1
MAX_MODEL_MESSAGE = 500

_NO_ENDPOINT = re.compile(r"^Endpoint \S+ of account \d+ not found", re.IGNORECASE)
_THROTTLED = ("ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded")


def service_error(
    request: Request, code: str, message: str, http_status: int, original_status: int, original_message: str
) -> ApiError | None:
    """The refusal for an error that the service answered; None when the fault is ours (permissions, a bug).

    `original_status` and `original_message` are the model container's own, 0 and "" when it has none.
    """
    if code == "ModelError":
        return _model_error(original_status, original_message)
    if code == "ModelNotReadyException":
        return ApiError(503, "ModelNotReady", "the model is loading", retry_after=RETRY_NOT_READY)
    if code in _THROTTLED:
        return ApiError(429, "Throttled", "too many requests", retry_after=RETRY_THROTTLED)
    if code == "ValidationError":
        if _NO_ENDPOINT.match(message):
            return NotReleased(request.model.name)
        if request.variant is not None and lacks_variant(code, message):
            return ApiError(
                400, "UnknownVariant", f"model {request.model.name} serves no {request.variant}", "variant"
            )
    if http_status >= 500 or code in ("InternalFailure", "ServiceUnavailable", "InternalDependencyException"):
        return ApiError(502, "EndpointUnavailable", "the endpoint's service failed")
    return None


def lacks_variant(code: str, message: str) -> bool:
    """Whether the endpoint is there, but without the variant that was asked for."""
    return code == "ValidationError" and not _NO_ENDPOINT.match(message) and "variant" in message.lower()


def connection_cut() -> ApiError:
    """The refusal for an endpoint that cannot be reached, or that hung up without an answer."""
    return ApiError(502, "EndpointUnreachable", "the connection to the endpoint was cut")


def timed_out() -> ApiError:
    """The refusal for an endpoint that did not answer in time."""
    return ApiError(504, "Timeout", "the model did not answer in time")


def _model_error(status: int, message: str) -> ApiError:
    if 400 <= status < 500:
        return ApiError(400, "ModelRefused", f"the model refused the request: {message[:MAX_MODEL_MESSAGE]}")
    return ApiError(502, "ModelFailed", "the model failed on the request")


class NotReleased(ApiError):
    """The refusal for a model without an endpoint."""

    def __init__(self, name: str) -> None:
        message = (
            f"model {name} is parked or not released: it has no endpoint, or its first one is being made. "
            f"`lifecycle status` tells which; `lifecycle train {name}` makes a version, and "
            f"`lifecycle wake {name}` brings a parked model back"
        )
        super().__init__(409, "ModelNotReleased", message)


def waking(request: Request) -> ApiError:
    """The refusal for a model that was parked and wakes."""
    message = f"model {request.model.name} was parked and is being woken, which takes minutes: try again"
    return ApiError(503, "ModelWaking", message, retry_after=RETRY_WAKING)
