"""The table of trials, by a client made once."""

from typing import Any

import boto3

from handler_common import trial_record
from handler_common.trial_record import COUNTS, VARIANTS, Record

_DYNAMODB = boto3.client("dynamodb")


class Outrun(Exception):
    """The record was changed by another look at the same moment; the next one sees what became of it."""


def read(table: str, model: str) -> Record | None:
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
