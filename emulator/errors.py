"""Errors as an AWS service answers them."""

from __future__ import annotations

from typing import Any

from moto.core.errors import COMMON_ERROR_CODES
from moto.core.exceptions import ServiceException


class AwsError(ServiceException):
    """An error that reaches the client with AWS's own code and words.

    ``status`` is used only where the service's model does not name one for ``code``.
    Further keyword arguments become members of the modelled error shape
    (``OriginalStatusCode`` of a ModelError, for example).
    """

    def __init__(self, code: str, message: str, status: int = 400, **members: Any) -> None:
        super().__init__(code, message)
        if code not in COMMON_ERROR_CODES:  # moto warns of each code that a service's model does not list
            COMMON_ERROR_CODES.append(code)
        self.status = status
        for name, value in members.items():
            setattr(self, name, value)


def access_denied(
    principal_arn: str, action: str, resource: str, because: str, *, code: str = "AccessDeniedException"
) -> AwsError:
    """The refusal that IAM-checked services give, in the wording they share.

    Source of the wording: "Troubleshoot access denied error messages" in the IAM user guide.
    """
    return AwsError(
        code,
        f"User: {principal_arn} is not authorized to perform: {action} on resource: {resource} "
        f"because {because}",
        status=403,
    )
