"""With whose rights a stack acts: its service role's, or those of whoever asked for the operation."""

from __future__ import annotations

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

    def client(self, service: str) -> Any:
        """A boto3 client of ``service`` in the stack's region."""
        if self.role_arn is None:
            return aws.client(service, self._region)
        return aws.role_client(service, self.role_arn, "AWSCloudFormation", self._region)


def of_caller(principal: Principal, region: str) -> Identity:
    """The caller's own rights: what CloudFormation uses when a stack has no service role."""
    return Identity(principal.role_arn, region)


def of_role(role_arn: str, region: str) -> Identity:
    """The rights of a service role. Raises ValidationError when it does not exist or trusts another."""
    if not authorize_service(role_arn, SERVICE):
        raise invalid(f"Role {role_arn} is invalid or cannot be assumed")
    return Identity(role_arn, region)
