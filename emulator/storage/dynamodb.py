"""DynamoDB: what moto's tables lose when several write at once, and their tags."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from moto.dynamodb.models import DynamoDBBackend

from emulator.storage.patching import replaces

# moto takes a transaction back by a copy of the whole table: what others wrote meanwhile would be lost.
_one_at_a_time = threading.RLock()


def _alone(original: Callable[..., Any], *positional: Any, **named: Any) -> Any:
    with _one_at_a_time:
        return original(*positional, **named)


for _operation in ("put_item", "update_item", "delete_item", "transact_write_items"):
    replaces(DynamoDBBackend, _operation)(_alone)


@replaces(DynamoDBBackend, "tag_resource")
def _tag(original: Callable[..., None], backend: Any, table_arn: str, tags: dict[str, str]) -> None:
    """moto adds a tag beside the one of the same key."""
    for table in backend.tables.values():
        if table.table_arn == table_arn:
            table.tags = [tag for tag in table.tags if tag["Key"] not in tags]
    original(backend, table_arn, tags)
