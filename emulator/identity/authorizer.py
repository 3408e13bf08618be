"""Decides each request at the front door: identity policies, resource policies, PassRole, keys, trust.

EMULATOR_IAM in the environment chooses: ``enforce`` (default) refuses, ``audit`` only logs what would be
refused, ``off`` does not look. Not covered: permission boundaries, session policies, service control
policies.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from typing import Any

from moto.core.exceptions import ServiceException
from moto.iam.models import IAMBackend, iam_backends
from moto.kms.models import kms_backends
from moto.s3.models import s3_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from emulator import aws
from emulator.edge import Call, Principal
from emulator.errors import AwsError, access_denied
from emulator.identity import keys
from emulator.identity.actions import UNCHECKED, actions_of, passed_roles
from emulator.identity.policy import Ask, Context, Verdict, evaluate, names_principal
from emulator.identity.resources import resources_of
from emulator.sagemaker import tags as sagemaker_tags

log = logging.getLogger("emulator.identity")

MODES = ("enforce", "audit", "off")
_SHORT_CODE = {"cloudformation", "cloudwatch", "iam", "s3", "sns", "sqs", "sts"}
"""Services that say AccessDenied; the others say AccessDeniedException."""


def mode() -> str:
    """``enforce``, ``audit`` or ``off``. Raises ValueError for another word in EMULATOR_IAM."""
    chosen = os.environ.get("EMULATOR_IAM", MODES[0])
    if chosen not in MODES:
        raise ValueError(f"EMULATOR_IAM is {chosen!r}; allowed are {', '.join(MODES)}")
    return chosen


def authorize(call: Call) -> None:
    """Raise AwsError for what the caller may not do; the developer may do everything but assume any role."""
    chosen = mode()
    if chosen == "off" or call.principal.is_emulator:
        return
    try:
        _authorize(call)
    except AwsError as error:
        if chosen == "enforce":
            raise
        log.warning("would be refused: %s", error)


def is_allowed(principal: Principal, action: str, resource: str, context: Mapping[str, str]) -> bool:
    """Whether ``principal`` may do this by its own policies (API Gateway asks it for execute-api:Invoke)."""
    if principal.role_arn is None:
        return True
    ask = Ask(action, resource, principal.arn, _context(principal, context), role_arn=principal.role_arn)
    return evaluate(identity_policies(principal.role_arn), ask) is Verdict.ALLOWED


def _authorize(call: Call) -> None:
    for action in actions_of(call):
        if action not in UNCHECKED:
            _authorize_action(call, action)


def _authorize_action(call: Call, action: str) -> None:
    if call.service == "sts" and call.operation == "AssumeRole":
        _check_trust(call)
    if call.principal.role_arn is None:
        return
    try:
        resources = resources_of(call, action)
    except KeyError:
        raise _denied(call, action, "*", "no identity-based policy allows the action") from None
    context = _context(call.principal, _call_context(call))
    for resource in resources:
        _check(call, action, resource, {**context, **_resource_tags(call, resource)})
    for role_arn, service in passed_roles(call):
        _check(call, "iam:PassRole", role_arn, {**context, "iam:PassedToService": service})
    _check_bucket_key(call, action, context)
    for needed, key_arn in keys.needed_by(call):
        via = {"kms:ViaService": f"{call.service}.{call.region}.amazonaws.com"}
        _check(call, needed, key_arn, {**context, **via})


def _check(call: Call, action: str, resource: str, context: Context) -> None:
    role_arn = call.principal.role_arn
    assert role_arn is not None
    ask = Ask(action, resource, call.principal.arn, context, role_arn=role_arn)
    identity = evaluate(identity_policies(role_arn), ask)
    document = _resource_policy(call, action, resource)
    of_resource = evaluate([document], ask, resource_based=True) if document else Verdict.SILENT
    if identity is Verdict.DENIED:
        raise _denied(call, action, resource, "there is an explicit deny in an identity-based policy")
    if of_resource is Verdict.DENIED:
        raise _denied(call, action, resource, "there is an explicit deny in a resource-based policy")
    if action.startswith("kms:") and document is not None:
        # A key's policy is the root of all access to it: without its word an identity policy has no effect.
        if of_resource is Verdict.ALLOWED and (identity is Verdict.ALLOWED or names_principal(document, ask)):
            return
    elif identity is Verdict.ALLOWED or (document and names_principal(document, ask)):
        return
    raise _denied(call, action, resource, f"no identity-based policy allows the {action} action")


def _denied(call: Call, action: str, resource: str, because: str) -> AwsError:
    code = "AccessDenied" if call.service in _SHORT_CODE else "AccessDeniedException"
    return access_denied(call.principal.arn, action, resource, because, code=code)


def _context(principal: Principal, more: Mapping[str, Any]) -> dict[str, Any]:
    account = principal.arn.split(":")[4]
    return {
        # The loopback interface stands for TLS: nothing else reaches this server.
        "aws:SecureTransport": "true",
        "aws:PrincipalArn": principal.role_arn or principal.arn,
        "aws:PrincipalAccount": account,
        "aws:PrincipalType": "AssumedRole" if principal.role_arn else "User",
        "aws:ResourceAccount": account,
        "s3:ResourceAccount": account,
        "kms:CallerAccount": account,
        **more,
    }


def _call_context(call: Call) -> dict[str, Any]:
    context: dict[str, Any] = {"aws:RequestedRegion": call.region}
    params = call.params
    if call.service == "cloudformation" and params.get("RoleARN"):
        context["cloudformation:RoleArn"] = params["RoleARN"]
    if call.service == "cloudwatch" and params.get("Namespace"):
        context["cloudwatch:namespace"] = params["Namespace"]
    if call.service == "application-autoscaling" and params.get("ServiceNamespace"):
        context["application-autoscaling:service-namespace"] = params["ServiceNamespace"]
        context["application-autoscaling:scalable-dimension"] = params.get("ScalableDimension", "")
    if call.service == "s3" and "prefix" in call.request.args:
        context["s3:prefix"] = call.request.args["prefix"]
    tags = params.get("Tags") or params.get("tags") or []
    pairs = (
        tags.items()
        if isinstance(tags, dict)
        else [
            (t.get("Key") or t.get("key"), t.get("Value") or t.get("value") or "")
            for t in tags
            if isinstance(t, dict)
        ]
    )
    keys: list[str] = []
    for key, value in pairs:
        context[f"aws:RequestTag/{key}"] = str(value)
        keys.append(str(key))
    if keys:
        context["aws:TagKeys"] = keys
    return context


def _resource_tags(call: Call, resource: str) -> dict[str, str]:
    """Tags that the resource has already; of SageMaker's resources only."""
    if call.service != "sagemaker":
        return {}
    return {f"aws:ResourceTag/{key}": value for key, value in sagemaker_tags.of(resource).items()}


def _iam() -> IAMBackend:
    return iam_backends[aws.ACCOUNT][aws.PARTITION]


def identity_policies(role_arn: str) -> list[Any]:
    """Every policy document of a role, inline and attached. A role that is gone has none."""
    backend = _iam()
    try:
        role = backend.get_role_by_arn(role_arn)
    except ServiceException:
        return []
    attached = [
        version.document
        for policy in list(role.managed_policies.values())
        for version in policy.versions
        if version.version_id == policy.default_version_id
    ]
    return [document for document in [*role.policies.values(), *attached] if document]


def _resource_policy(call: Call, action: str, resource: str) -> str | None:
    service = action.partition(":")[0]
    document: Any = None
    if resource == "*":
        return None
    if service == "s3":
        bucket = s3_backends[call.account][aws.PARTITION].buckets.get(
            resource.split(":::", 1)[1].partition("/")[0]
        )
        document = bucket.policy if bucket else None
    elif service == "kms" and ":key/" in resource:
        key = kms_backends[call.account][call.region].keys.get(resource.rsplit("/", 1)[1])
        document = key.policy if key else None
    elif service == "sqs":
        queue = sqs_backends[call.account][call.region].queues.get(resource.rsplit(":", 1)[1])
        document = queue.policy if queue else None
    elif service == "sns":
        topic = sns_backends[call.account][call.region].topics.get(resource)
        document = topic.policy if topic else None
    if isinstance(document, bytes):
        document = document.decode()
    return document or None


_READS = {"s3:GetObject", "s3:GetObjectVersion"}


def _check_bucket_key(call: Call, action: str, context: dict[str, Any]) -> None:
    """An object of a bucket with a customer's key needs that key too (SSE-KMS)."""
    if call.service != "s3" or action not in {*_READS, "s3:PutObject"} or _tells_no_content(call):
        return
    key_arn = bucket_key(call.account, call.params.get("Bucket", ""))
    if key_arn:
        needed = "kms:Decrypt" if action in _READS else "kms:GenerateDataKey"
        via = {"kms:ViaService": f"s3.{call.region}.amazonaws.com"}
        _check(call, needed, key_arn, {**context, **via})


def _tells_no_content(call: Call) -> bool:
    """HeadObject needs the key for a checksum only: its reference, ChecksumMode."""
    return call.operation == "HeadObject" and call.request.headers.get("x-amz-checksum-mode") != "ENABLED"


def bucket_key(account: str, bucket: str) -> str | None:
    """ARN of the key that a bucket encrypts with by default, or None."""
    found = s3_backends[account][aws.PARTITION].buckets.get(bucket)
    encryption: Any = getattr(found, "encryption", None)
    if not encryption:
        return None
    rule = encryption.get("Rule", encryption.get("Rules", {}))
    rule = rule[0] if isinstance(rule, list) else rule
    key = rule.get("ApplyServerSideEncryptionByDefault", {}).get("KMSMasterKeyID")
    return key if key and key.startswith("arn:") and ":key/" in key else None


def _check_trust(call: Call) -> None:
    role_arn = call.params.get("RoleArn", "")
    refused = _denied(
        call, "sts:AssumeRole", role_arn, "no resource-based policy allows the sts:AssumeRole action"
    )
    try:
        role = _iam().get_role_by_arn(role_arn)
    except ServiceException:
        raise refused from None
    context = _context(call.principal, {})
    ask = Ask("sts:AssumeRole", role_arn, call.principal.arn, context, role_arn=call.principal.role_arn)
    if evaluate([role.assume_role_policy_document], ask, resource_based=True) is not Verdict.ALLOWED:
        raise refused
