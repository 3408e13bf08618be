"""DynamoDB: what moto's tables lose when several write at once, what they do not refuse, and their tags."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from typing import Any, cast

from moto.core.exceptions import JsonRESTError
from moto.dynamodb.exceptions import TransactionCanceledException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table

from emulator.storage.patching import replaces

Item = tuple[str, str]
"""A table's name, and the key of one of its items."""

# moto takes a transaction back by a copy of the whole table: what others wrote meanwhile would be lost.
_one_at_a_time = threading.RLock()
_under_way: set[Item] = set()
_guard = threading.Lock()
_within = threading.local()
ONGOING = "Transaction is ongoing for the item"


@replaces(DynamoDBBackend, "transact_write_items")
def _transact(
    original: Callable[..., None], backend: Any, transact_items: list[dict[str, Any]], *rest: Any
) -> None:
    """Refused where another one holds an item of it, as DynamoDB does instead of waiting."""
    with _held([_item(backend, one) for one in transact_items]), _one_at_a_time:
        _within.transaction = True
        _within.copies = {}
        try:
            original(backend, transact_items, *rest)
        finally:
            _within.transaction = False
            del _within.copies


def _copied_once(table: Table, memo: dict[int, Any]) -> Table:
    """A deep copy; within a transaction the first one, since moto makes one for each item of it."""
    copies: dict[str, Table] = getattr(_within, "copies", {})
    if table.name not in copies:
        made = cast(Table, Table.__new__(Table))
        copies[table.name] = memo[id(table)] = made
        vars(made).update(copy.deepcopy(vars(table), memo))
    return copies[table.name]


assert not hasattr(Table, "__deepcopy__"), "moto has a way of its own to copy a table: adapt the patch"
setattr(Table, "__deepcopy__", _copied_once)  # noqa: B010


@contextmanager
def _held(items: list[Item]) -> Generator[None]:
    with _guard:
        if _under_way & set(items):
            raise TransactionCanceledException(_conflicts(items))
        _under_way.update(items)
    try:
        yield
    finally:
        with _guard:
            _under_way.difference_update(items)


def _conflicts(items: Iterable[Item]) -> list[tuple[str | None, str | None, None]]:
    return [("TransactionConflict", ONGOING, None) if i in _under_way else (None, None, None) for i in items]


def _item(backend: Any, action: Mapping[str, Any]) -> Item:
    [operation] = action.values()
    return _key(backend, operation["TableName"], operation.get("Key") or operation.get("Item") or {})


def _key(backend: Any, table_name: str, attributes: Mapping[str, Any]) -> Item:
    table = backend.get_table(table_name)
    parts = [attributes.get(name) for name in (table.hash_key_attr, table.range_key_attr) if name]
    return table.name, str(parts)


def _write(original: Callable[..., Any], backend: Any, table: str, key: Any, *rest: Any, **more: Any) -> Any:
    """A write of one item; refused while a transaction holds it."""
    if not getattr(_within, "transaction", False):
        with _guard:
            if _key(backend, table, key) in _under_way:
                raise JsonRESTError("TransactionConflictException", ONGOING)
    with _one_at_a_time:
        return original(backend, table, key, *rest, **more)


for _operation in ("put_item", "update_item", "delete_item"):
    replaces(DynamoDBBackend, _operation)(_write)


@replaces(DynamoDBBackend, "tag_resource")
def _tag(original: Callable[..., None], backend: Any, table_arn: str, tags: dict[str, str]) -> None:
    """moto adds a tag beside the one of the same key."""
    for table in backend.tables.values():
        if table.table_arn == table_arn:
            table.tags = [tag for tag in table.tags if tag["Key"] not in tags]
    original(backend, table_arn, tags)
