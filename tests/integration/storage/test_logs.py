"""Log events by the names of their streams."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[..., Any]


@pytest.fixture
def group(client: Client, name: str) -> str:
    """A group whose streams `a/1`, `a/2` and `b/1` hold an event each, their own names."""
    logs = client("logs")
    logs.create_log_group(logGroupName=name)
    for stream in ("a/1", "a/2", "b/1"):
        logs.create_log_stream(logGroupName=name, logStreamName=stream)
        event = {"timestamp": int(time.time() * 1000), "message": stream}
        logs.put_log_events(logGroupName=name, logStreamName=stream, logEvents=[event])
    return name


@pytest.mark.parametrize(
    ("prefix", "told"), [("a/", ["a/1", "a/2"]), ("b/1", ["b/1"]), ("/", []), ("zzz", [])]
)
def test_a_prefix_keeps_the_events_of_other_streams_out(
    client: Client, group: str, prefix: str, told: list[str]
) -> None:
    answer = client("logs").filter_log_events(logGroupName=group, logStreamNamePrefix=prefix)
    assert [event["message"] for event in answer["events"]] == told


def test_a_prefix_holds_on_every_page(client: Client, group: str) -> None:
    pages = (
        client("logs")
        .get_paginator("filter_log_events")
        .paginate(logGroupName=group, logStreamNamePrefix="a/", PaginationConfig={"PageSize": 1})
    )
    assert [[event["message"] for event in page["events"]] for page in pages] == [["a/1"], ["a/2"]]


def test_a_prefix_and_names_together_are_refused(client: Client, group: str) -> None:
    with pytest.raises(ClientError, match="InvalidParameterException"):
        client("logs").filter_log_events(logGroupName=group, logStreamNamePrefix="a/", logStreamNames=["a/1"])


def test_a_prefix_of_a_group_that_is_not_there_is_refused(client: Client, name: str) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        client("logs").filter_log_events(logGroupName=name, logStreamNamePrefix="a/")
