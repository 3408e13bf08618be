"""With whose rights a stack acts: its service role's, or those of whoever asked for the operation."""

from __future__ import annotations

import threading
from typing import Any

from emulator import aws
from emulator.cloudformation.intrinsics import invalid
from emulator.edge import Principal
from emulator.identity import authorize_service

SERVICE = "cloudformation.amazonaws.com"


class Identity:
    """Clients with the rights of ``role_arn``, or with all rights (the developer is an administrator)."""

    def __init__(self, role_arn: str | None, region: str) -> None:
        self.role_arn = role_arn
        self._region = region
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._credentials = aws.assume(role_arn, "AWSCloudFormation", region) if role_arn else None

    def client(self, service: str) -> Any:
        """A boto3 client of ``service`` in the stack's region, made once."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = (
                    aws.role_client(service, self._credentials, self._region)
                    if self._credentials
                    else aws.client(service, self._region)
                )
            return self._clients[service]


def of_caller(principal: Principal, region: str) -> Identity:
    """The caller's own rights: what CloudFormation uses when a stack has no service role."""
    return Identity(principal.role_arn, region)


def of_role(role_arn: str, region: str) -> Identity:
    """The rights of a service role. Raises ValidationError when it does not exist or trusts another."""
    if not authorize_service(role_arn, SERVICE):
        raise invalid(f"Role {role_arn} is invalid or cannot be assumed")
    return Identity(role_arn, region)
