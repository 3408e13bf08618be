"""The table of trials and the files of outcomes, by clients made once."""

from collections.abc import Iterator, Sequence
from typing import Any

import boto3
from botocore.config import Config

from handler_common import trial_record
from handler_common.trial_record import Record

_DYNAMODB = boto3.client("dynamodb", config=Config(retries={"mode": "standard", "total_max_attempts": 5}))
_S3 = boto3.client("s3")

CONFLICT = -1
"""Stands for another transaction on the same record at the same moment, or a table that is asked too much."""
_PASSING = ("TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded")


def record(table: str, model: str) -> Record | None:
    """The record of the model's latest trial, None before the first."""
    found = _DYNAMODB.get_item(TableName=table, Key=trial_record.key(model), ConsistentRead=True)
    return trial_record.read(found["Item"]) if "Item" in found else None


def write(actions: Sequence[dict[str, Any]]) -> frozenset[int]:
    """Writes all and returns nothing, or writes none and returns the places of the actions that hindered it.

    Another transaction at the same moment hinders it as CONFLICT: the same may pass in a moment.
    """
    try:
        _DYNAMODB.transact_write_items(TransactItems=list(actions))
    except _DYNAMODB.exceptions.TransactionCanceledException as error:
        reasons = [reason["Code"] for reason in error.response["CancellationReasons"]]
        if set(reasons) - {"None", "ConditionalCheckFailed", *_PASSING}:
            raise
        refused = frozenset(i for i, code in enumerate(reasons) if code == "ConditionalCheckFailed")
        return refused or frozenset({CONFLICT})
    return frozenset()


def lines(bucket: str, key: str) -> Iterator[bytes]:
    """The lines of an object that are not empty."""
    body = _S3.get_object(Bucket=bucket, Key=key)["Body"]
    return (line for line in body.iter_lines() if line.strip())
