"""What AWS's own services may do in their name: assume a role, or use a resource whose policy names them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.core.exceptions import ServiceException
from moto.iam.models import iam_backends

from emulator import aws
from emulator.identity.authorizer import mode
from emulator.identity.policy import Ask, Verdict, evaluate


def service_may(
    document: Any,
    service: str,
    action: str,
    resource: str,
    source_arn: str | None,
    more: Mapping[str, str] | None = None,
) -> bool:
    """Whether a resource-based policy lets a service (``events.amazonaws.com``) act for ``source_arn``.

    ``more`` are condition keys of the service's own.
    """
    if mode() == "off":
        return True
    context: dict[str, str] = {
        **(more or {}),
        "aws:SecureTransport": "true",
        "aws:SourceAccount": aws.ACCOUNT,
        "aws:PrincipalIsAWSService": "true",
    }
    if source_arn:
        context["aws:SourceArn"] = source_arn
    ask = Ask(action, resource, f"arn:aws:iam::{aws.ACCOUNT}:root", context, principal_service=service)
    return bool(document) and evaluate([document], ask, resource_based=True) is Verdict.ALLOWED


def authorize_service(role_arn: str, service: str, source_arn: str | None = None) -> bool:
    """Whether the role exists and its trust policy lets ``service`` assume it, acting for ``source_arn``.

    The caller words the refusal, as each AWS service has its own.
    """
    if mode() == "off":
        return True
    try:
        role = iam_backends[aws.ACCOUNT][aws.PARTITION].get_role_by_arn(role_arn)
    except ServiceException:
        return False
    return service_may(role.assume_role_policy_document, service, "sts:AssumeRole", role_arn, source_arn)
