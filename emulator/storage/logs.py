"""CloudWatch Logs: the class and the key of a group, filters that are put twice, streams by prefix."""

from __future__ import annotations

from typing import Any

from moto.logs.models import logs_backends
from werkzeug.wrappers import Response

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


@operation("logs", "FilterLogEvents")
def _filter(call: Call) -> Response | dict[str, Any]:
    """moto does not look at the prefix of the streams' names."""
    prefix = call.params.get("logStreamNamePrefix")
    if prefix is None:
        return call.forward()
    if "logStreamNames" in call.params:
        # The code: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html.
        raise AwsError(
            "InvalidParameterException", "logStreamNames and logStreamNamePrefix cannot be given together"
        )
    call.forward_parsed()  # refuses what is to be refused
    params: Any = call.params
    name = params["logGroupName"]
    group = logs_backends[call.account][call.region].groups[name]
    events, token, searched = group.filter_log_events(
        name,
        # No name at all would mean every stream.
        [stream for stream in group.streams if stream.startswith(prefix)] or [prefix],
        params.get("startTime"),
        params.get("endTime"),
        params.get("limit"),
        params.get("nextToken"),
        params.get("filterPattern"),
        params.get("interleaved", False),
    )
    return {"events": events, "nextToken": token, "searchedLogStreams": searched}
