"""The table of trials, by a client made once."""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import boto3
from botocore.exceptions import ClientError

from handler_common import aws_errors, trial_record
from handler_common.stack_trial import VARIANTS
from handler_common.trial_record import COUNTS, Record

TRIES = 8
# Seconds, at random up to so much; it doubles with every try.
FIRST_PAUSE = 0.02

_DYNAMODB = boto3.client("dynamodb")


class Outrun(Exception):
    """The record was changed by another look at the same moment; the next one sees what became of it."""


def read(table: str, model: str) -> Record | None:
    """The record of the model's latest trial, None before the first."""
    found = _DYNAMODB.get_item(TableName=table, Key=trial_record.key(model), ConsistentRead=True)
    return trial_record.read(found["Item"]) if "Item" in found else None


def begin(table: str, model: str, new: Record, old: Record | None) -> None:
    """Puts the new trial's record in the place of the old one, which is kept beside it; raises Outrun."""
    puts: list[dict[str, Any]] = [_put(table, trial_record.item(model, new), _unchanged(old))]
    if old is not None:
        kept = trial_record.item(model, old if old.ended is not None else replace(old, ended=new.since))
        puts.append(_put(table, {**kept, "id": {"S": f"ended/{model}/{old.since}"}}, {}))
    try:
        _patiently(lambda: _DYNAMODB.transact_write_items(TransactItems=puts))
    except _DYNAMODB.exceptions.TransactionCanceledException as error:
        if "ConditionalCheckFailed" not in _codes(error):
            raise
        raise Outrun(f"another trial of {model} was begun, or outcomes were counted") from None


def _put(table: str, item: Mapping[str, Any], condition: Mapping[str, Any]) -> dict[str, Any]:
    return {"Put": {"TableName": table, "Item": item, **condition}}


def _unchanged(old: Record | None) -> dict[str, Any]:
    """The condition that the record is still the old one, outcomes included."""
    if old is None:
        return {"ConditionExpression": "attribute_not_exists(id)"}
    return {
        "ConditionExpression": "since = :since AND champion_n = :champion AND challenger_n = :challenger",
        "ExpressionAttributeValues": {
            ":since": {"N": str(old.since)},
            **{f":{name}": {"N": str(old.tallies[name].n)} for name in VARIANTS},
        },
    }


def keep(table: str, model: str, changed: Record, old: Record) -> None:
    """Writes what differs, but the counts, which others add to meanwhile; raises Outrun.

    A new share of the traffic begins with nobody assigned, whoever was counted meanwhile.
    """
    before, after = trial_record.item(model, old), trial_record.item(model, changed)
    counts = {f"{variant}_{name}" for variant in VARIANTS for name in COUNTS}
    differs = {key: value for key, value in after.items() if key not in counts and before.get(key) != value}
    if changed.share_since != old.share_since:
        differs |= {f"{variant}_assigned": {"N": "0"} for variant in VARIANTS}
    if not differs:
        return
    update = {
        "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in differs),
        "ConditionExpression": "since = :since_then AND share_since = :share_then",
        "ExpressionAttributeNames": {f"#{name}": name for name in differs},
        "ExpressionAttributeValues": {
            **{f":{name}": value for name, value in differs.items()},
            ":since_then": before["since"],
            ":share_then": before["share_since"],
        },
    }
    try:
        _patiently(lambda: _DYNAMODB.update_item(TableName=table, Key=trial_record.key(model), **update))
    except _DYNAMODB.exceptions.ConditionalCheckFailedException:
        raise Outrun(f"the trial of {model} was changed") from None


def _patiently(write: Callable[[], object]) -> None:
    """Tries again while feedback's transactions hold the record: DynamoDB refuses instead of waiting."""
    for attempt in range(TRIES):
        try:
            write()
            return
        except ClientError as error:
            held = "TransactionConflict" in _codes(error)
            if attempt == TRIES - 1 or not (held or aws_errors.code(error) == "TransactionConflictException"):
                raise
        time.sleep(random.uniform(0, FIRST_PAUSE * 2**attempt))


def _codes(error: ClientError) -> set[str]:
    """Why each part of a transaction was refused."""
    response: Mapping[str, Any] = error.response
    return {reason.get("Code", "") for reason in response.get("CancellationReasons", [])}
