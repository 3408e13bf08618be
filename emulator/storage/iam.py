"""IAM: the sizes and numbers of policies that it refuses, and moto takes; roles made while others are sought.

The quotas: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from moto.iam.models import IAMBackend, Role, iam_backends
from werkzeug.wrappers import Response

from emulator import aws
from emulator.edge import Call, operation
from emulator.errors import AwsError
from emulator.storage.patching import replaces

INLINE_CHARACTERS = 10_240
MANAGED_CHARACTERS = 6_144
MANAGED_OF_A_ROLE = 10


@replaces(IAMBackend, "get_roles")
def _get_roles(original: Callable[..., Iterable[Role]], backend: IAMBackend) -> list[Role]:
    """A copy: moto looks a role up in all of them, and another request may make one meanwhile."""
    return list(original(backend))


@operation("iam", "PutRolePolicy")
def _put_role_policy(call: Call) -> Response:
    """A role's inline policies count together. Words: https://github.com/aws/aws-cdk/issues/12403."""
    role = _role(call)
    kept = {**role.policies, call.params["PolicyName"]: call.params["PolicyDocument"]}
    if sum(map(_characters, kept.values())) > INLINE_CHARACTERS:
        raise _exceeded(f"Maximum policy size of {INLINE_CHARACTERS} bytes exceeded for role {role.name}")
    return call.forward()


@operation("iam", "CreatePolicy", "CreatePolicyVersion")
def _create_policy(call: Call) -> Response:
    """Words: https://github.com/ministryofjustice/cloud-platform-environments/pull/14473."""
    if _characters(call.params["PolicyDocument"]) > MANAGED_CHARACTERS:
        raise _exceeded(f"Cannot exceed quota for PolicySize: {MANAGED_CHARACTERS}")
    return call.forward()


@operation("iam", "AttachRolePolicy")
def _attach_role_policy(call: Call) -> Response:
    """Words: https://github.com/aws/eks-hybrid/pull/741."""
    if len({*_role(call).managed_policies, call.params["PolicyArn"]}) > MANAGED_OF_A_ROLE:
        raise _exceeded(f"Cannot exceed quota for PoliciesPerRole: {MANAGED_OF_A_ROLE}")
    return call.forward()


def _role(call: Call) -> Role:
    """Raises moto's NoSuchEntity for a role that is not there."""
    return iam_backends[call.account][aws.PARTITION].get_role(call.params["RoleName"])


def _characters(document: str) -> int:
    """IAM does not count white space."""
    return len("".join(document.split()))


def _exceeded(message: str) -> AwsError:
    return AwsError("LimitExceeded", message, status=409)
