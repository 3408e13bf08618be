"""The endpoint stack, the record, the metrics, the rotate function and the bus, by clients made once."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from analyse_test.guardrails import Traffic
from analyse_test.trial import Seen
from handler_common import aws_errors, trial_record
from handler_common.trial_record import COUNTS, VARIANTS, Record

EVENT_SOURCE = "sagemaker-lifecycle"
EVENT_TYPE = "Trial Verdict"
# (metric, statistic) of AWS/SageMaker by variant; latency in microseconds.
METRICS = {
    "requests": ("Invocations", "Sum"),
    "errors": ("Invocation5XXErrors", "Sum"),
    "latency": ("ModelLatency", "Sum"),
    "timed": ("ModelLatency", "SampleCount"),
}

_CLOUDFORMATION = boto3.client("cloudformation")
_DYNAMODB = boto3.client("dynamodb")
_CLOUDWATCH = boto3.client("cloudwatch")
_EVENTS = boto3.client("events")
# The rotate function answers within a minute; asked twice, it would find the stack busy.
_LAMBDA = boto3.client("lambda", config=Config(read_timeout=70, retries={"total_max_attempts": 1}))


class Outrun(Exception):
    """The record was changed by another look at the same moment; the next one sees what became of it."""


def stack(name: str) -> Seen | None:
    """The endpoint stack, None when there is none."""
    try:
        described = _CLOUDFORMATION.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if aws_errors.is_missing(error):
            return None
        raise
    given = {each["ParameterKey"]: each.get("ParameterValue", "") for each in described.get("Parameters", [])}
    return Seen(described["StackStatus"], given)


def record(table: str, model: str) -> Record | None:
    """The record of the model's latest trial, None before the first."""
    found = _DYNAMODB.get_item(TableName=table, Key=trial_record.key(model), ConsistentRead=True)
    return trial_record.read(found["Item"]) if "Item" in found else None


def begin(table: str, model: str, new: Record, old: Record | None) -> None:
    """Puts the new trial's record in the place of the old one, which is kept beside it; raises Outrun."""
    if old is not None:
        kept = {**trial_record.item(model, old), "id": {"S": f"ended/{model}/{old.since}"}}
        _DYNAMODB.put_item(TableName=table, Item=kept)
    condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(id)"}
    if old is not None:
        condition = {
            "ConditionExpression": "since = :since",
            "ExpressionAttributeValues": {":since": {"N": str(old.since)}},
        }
    try:
        _DYNAMODB.put_item(TableName=table, Item=trial_record.item(model, new), **condition)
    except _DYNAMODB.exceptions.ConditionalCheckFailedException:
        raise Outrun(f"another trial of {model} was begun") from None


def keep(table: str, model: str, changed: Record, old: Record) -> None:
    """Writes what differs, but the outcomes, which others count meanwhile; raises Outrun."""
    before, after = trial_record.item(model, old), trial_record.item(model, changed)
    counted = {f"{variant}_{name}" for variant in VARIANTS for name in COUNTS if name != "assigned"}
    differs = {
        name: value for name, value in after.items() if name not in counted and before.get(name) != value
    }
    if not differs:
        return
    try:
        _DYNAMODB.update_item(
            TableName=table,
            Key=trial_record.key(model),
            UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in differs),
            ConditionExpression="since = :since_then AND share_since = :share_then",
            ExpressionAttributeNames={f"#{name}": name for name in differs},
            ExpressionAttributeValues={
                **{f":{name}": value for name, value in differs.items()},
                ":since_then": before["since"],
                ":share_then": before["share_since"],
            },
        )
    except _DYNAMODB.exceptions.ConditionalCheckFailedException:
        raise Outrun(f"the trial of {model} was changed") from None


def traffic(endpoint: str, since: int, now: int) -> dict[str, Traffic]:
    """What CloudWatch counted of each variant since then (seconds since 1970)."""
    found = dict.fromkeys((f"{variant}_{name}" for variant in VARIANTS for name in METRICS), 0.0)
    for name, values in _metrics(endpoint, since, now):
        found[name] += sum(values)
    return {variant: _traffic(found, variant) for variant in VARIANTS}


def _traffic(found: dict[str, float], variant: str) -> Traffic:
    requests, errors, latency, timed = (found[f"{variant}_{name}"] for name in METRICS)
    # CloudWatch may have counted an error whose request it has not yet.
    return Traffic(round(max(requests, errors)), round(errors), latency / timed / 1000 if timed else 0.0)


def _metrics(endpoint: str, since: int, now: int) -> Iterator[tuple[str, list[float]]]:
    period = _period(now - since)
    queries = [
        {
            "Id": f"{variant}_{name}",
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/SageMaker",
                    "MetricName": metric,
                    "Dimensions": [
                        {"Name": "EndpointName", "Value": endpoint},
                        {"Name": "VariantName", "Value": variant},
                    ],
                },
                "Period": period,
                "Stat": statistic,
            },
        }
        for variant in VARIANTS
        for name, (metric, statistic) in METRICS.items()
    ]
    pages = _CLOUDWATCH.get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries,
        StartTime=datetime.fromtimestamp(since, UTC),
        EndTime=datetime.fromtimestamp(now, UTC) + timedelta(seconds=period),
    )
    for page in pages:
        for result in page["MetricDataResults"]:
            yield result["Id"], result["Values"]


def _period(seconds: int) -> int:
    """The finest period that CloudWatch still keeps: a minute's for 15 days, five minutes' for 63."""
    days = seconds / 86400
    return 60 if days < 15 else 300 if days < 63 else 3600


def ask(function: str, request: dict[str, Any]) -> dict[str, Any]:
    """The rotate function's answer; RuntimeError when it failed."""
    answer = _LAMBDA.invoke(FunctionName=function, Payload=json.dumps(request).encode())
    told = json.loads(answer["Payload"].read())
    if answer.get("FunctionError"):
        raise RuntimeError(f"{function} failed on {request['action']}: {told.get('errorMessage', told)}")
    return told


def tell(detail: dict[str, Any]) -> None:
    """An event on the account's default bus; RuntimeError when it was not taken."""
    entry = {"Source": EVENT_SOURCE, "DetailType": EVENT_TYPE, "Detail": json.dumps(detail)}
    answer = _EVENTS.put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        raise RuntimeError(f"the bus took no event: {answer['Entries'][0]}")
