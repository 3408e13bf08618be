"""CloudWatch Logs: the class and the key of a log group, and filters that are put twice."""

from __future__ import annotations

from typing import Any

from moto.logs.models import logs_backends

from emulator import aws
from emulator.edge import Call, operation
from emulator.errors import AwsError

_classes: dict[tuple[str, str], str] = {}


@operation("logs", "CreateLogGroup")
def _create(call: Call) -> None:
    _require_key(call, call.params["logGroupName"])
    call.forward_parsed()
    name = call.params["logGroupName"]
    _classes[call.region, name] = call.params.get("logGroupClass") or "STANDARD"


@operation("logs", "AssociateKmsKey")
def _associate(call: Call) -> None:
    if call.params.get("logGroupName"):
        _require_key(call, call.params["logGroupName"])
    call.forward_parsed()


def _require_key(call: Call, name: str) -> None:
    """Refuse a key that CloudWatch Logs may not use for this group ("Encrypt log data ... using KMS")."""
    from emulator.identity import keys  # which asks the back ends that are patched here

    group = f"arn:{aws.PARTITION}:logs:{call.region}:{call.account}:log-group:{name}"
    lacking = keys.service_lacks(
        call.params.get("kmsKeyId"),
        call.region,
        f"logs.{call.region}.amazonaws.com",
        ("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"),
        None,
        {"kms:EncryptionContext:aws:logs:arn": group},
    )
    if lacking:
        raise AwsError(
            "AccessDeniedException",
            f"The specified KMS key does not exist or is not allowed to be used with Arn '{group}'",
        )


@operation("logs", "DescribeLogGroups")
def _describe(call: Call) -> dict[str, Any]:
    told = call.forward_parsed()
    for group in told.get("logGroups", []):
        group["logGroupClass"] = _classes.get((call.region, group["logGroupName"]), "STANDARD")
    return told


@operation("logs", "PutMetricFilter")
def _put_filter(call: Call) -> None:
    """moto would keep both the old and the new one."""
    backend = logs_backends[call.account][call.region]
    backend.filters.delete_filter(call.params["filterName"], call.params["logGroupName"])
    call.forward_parsed()
