"""What API Gateway itself answers when it does not hand a request on, or not the function's answer back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Default:
    """Status, x-amzn-ErrorType and message of a gateway response that nobody has changed."""

    status: int
    error_type: str
    message: str


# Statuses and types: "Gateway response types for API Gateway" in the API Gateway developer guide.
DEFAULTS = {
    "MISSING_AUTHENTICATION_TOKEN": Default(
        403, "MissingAuthenticationTokenException", "Missing Authentication Token"
    ),
    "ACCESS_DENIED": Default(403, "AccessDeniedException", "Forbidden"),
    "INVALID_SIGNATURE": Default(
        403, "InvalidSignatureException", "The security token included in the request is invalid."
    ),
    "BAD_REQUEST_BODY": Default(400, "BadRequestException", "Invalid request body"),
    "BAD_REQUEST_PARAMETERS": Default(400, "BadRequestException", "Missing required request parameters"),
    "THROTTLED": Default(429, "TooManyRequestsException", "Too Many Requests"),
    "INTEGRATION_TIMEOUT": Default(504, "InternalServerErrorException", "Endpoint request timed out"),
    "API_CONFIGURATION_ERROR": Default(500, "InternalServerErrorException", "Internal server error"),
}

MALFORMED = 502
"""The status of API_CONFIGURATION_ERROR where the function failed, or answered what is not HTTP."""


class Refused(Exception):
    """A gateway response of this type, with its own message or status where the default says too little."""

    def __init__(self, response_type: str, message: str | None = None, status: int | None = None) -> None:
        super().__init__(response_type)
        default = DEFAULTS[response_type]
        self.response_type = response_type
        self.error_type = default.error_type
        self.message = message or default.message
        self.status = status or default.status


class NotServed(Exception):
    """A refusal before any API is asked, which no gateway response changes."""

    def __init__(self, status: int, error_type: str, body: str, content_type: str) -> None:
        super().__init__(error_type)
        self.status = status
        self.error_type = error_type
        self.body = body
        self.content_type = content_type
