"""DynamoDB's transactions, as the record of a test writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[..., Any]
Role = Callable[..., dict[str, Any]]


@pytest.fixture
def table(client: Client, name: str) -> Iterator[str]:
    client("dynamodb").create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield name
    client("dynamodb").delete_table(TableName=name)


def once(table: str, identifier: str) -> list[dict[str, Any]]:
    """A transaction that counts an identifier that was not there before."""
    return [
        {
            "Put": {
                "TableName": table,
                "Item": {"id": {"S": identifier}},
                "ConditionExpression": "attribute_not_exists(id)",
            }
        },
        {
            "Update": {
                "TableName": table,
                "Key": {"id": {"S": "sum"}},
                "UpdateExpression": "ADD n :one",
                "ExpressionAttributeValues": {":one": {"N": "1"}},
            }
        },
    ]


def total(client: Client, table: str) -> int:
    found = client("dynamodb").get_item(TableName=table, Key={"id": {"S": "sum"}})["Item"]
    return int(found["n"]["N"])


def test_a_refused_transaction_says_which_part_and_leaves_nothing(client: Client, table: str) -> None:
    client("dynamodb").transact_write_items(TransactItems=once(table, "a"))
    with pytest.raises(ClientError) as refused:
        client("dynamodb").transact_write_items(TransactItems=once(table, "a"))
    assert refused.value.response["Error"]["Code"] == "TransactionCanceledException"
    reasons = refused.value.response["CancellationReasons"]  # type: ignore[typeddict-item]
    assert [reason["Code"] for reason in reasons] == ["ConditionalCheckFailed", "None"]
    assert total(client, table) == 1


def test_transactions_side_by_side_lose_nothing(client: Client, table: str) -> None:
    def write(number: int) -> None:
        # Each identifier comes twice: half of the transactions are taken back while the others write.
        while True:
            try:
                client("dynamodb").transact_write_items(TransactItems=once(table, str(number // 2)))
                return
            except client("dynamodb").exceptions.TransactionCanceledException as error:
                codes = {reason["Code"] for reason in error.response["CancellationReasons"]}
                if "TransactionConflict" not in codes:
                    return

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(80)))
    assert total(client, table) == 40


def test_what_a_transaction_holds_is_refused_to_others(client: Client, table: str) -> None:
    kinds: set[str] = set()

    def write(number: int) -> None:
        update = {"TableName": table, "Key": {"id": {"S": "sum"}}}
        try:
            if number % 2:
                client("dynamodb").transact_write_items(TransactItems=once(table, str(number)))
            else:
                client("dynamodb").update_item(
                    **update, UpdateExpression="ADD m :one", ExpressionAttributeValues={":one": {"N": "1"}}
                )
        except ClientError as error:
            kinds.add(error.response["Error"]["Code"])

    for start in range(0, 4000, 40):
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(write, range(start, start + 40)))
        if len(kinds) == 2:
            break
    assert kinds == {"TransactionCanceledException", "TransactionConflictException"}


def test_a_transaction_needs_the_right_to_each_of_its_parts(client: Client, role: Role, table: str) -> None:
    arn = f"arn:aws:dynamodb:us-east-1:123456789012:table/{table}"

    def allowed(*actions: str) -> dict[str, Any]:
        return role({"Effect": "Allow", "Action": list(actions), "Resource": arn})

    session = allowed("dynamodb:PutItem", "dynamodb:UpdateItem")
    client("dynamodb", session).transact_write_items(TransactItems=once(table, "a"))
    for given, missing in (("PutItem", "UpdateItem"), ("UpdateItem", "PutItem")):
        with pytest.raises(ClientError, match=f"not authorized to perform: dynamodb:{missing} on resource"):
            client("dynamodb", allowed(f"dynamodb:{given}")).transact_write_items(
                TransactItems=once(table, "b")
            )
    assert total(client, table) == 1
