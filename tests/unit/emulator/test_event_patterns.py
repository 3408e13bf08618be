"""Event patterns: every comparison, on values, lists and what is missing."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.errors import AwsError
from emulator.events.patterns import matches, parse

EVENT: dict[str, Any] = {
    "source": "aws.s3",
    "resources": ["a", "b"],
    "detail": {
        "name": "Model-7.tar.gz",
        "n": 5,
        "on": True,
        "none": None,
        "ip": "10.0.0.7",
        "many": [{"k": 1}, {"k": 2}],
        "empty": [],
    },
}


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ({"name": ["Model-7.tar.gz"]}, True),
        ({"name": ["model-7.tar.gz"]}, False),
        ({"name": [{"prefix": "Model"}]}, True),
        ({"name": [{"prefix": {"equals-ignore-case": "mODEL"}}]}, True),
        ({"name": [{"suffix": ".tar.gz"}]}, True),
        ({"name": [{"suffix": ".zip"}]}, False),
        ({"name": [{"equals-ignore-case": "model-7.TAR.gz"}]}, True),
        ({"name": [{"wildcard": "Model-*.tar.*"}]}, True),
        ({"name": [{"wildcard": "Model-*.zip"}]}, False),
        ({"name": [{"anything-but": "x"}]}, True),
        ({"name": [{"anything-but": ["x", "Model-7.tar.gz"]}]}, False),
        ({"name": [{"anything-but": {"prefix": "Mod"}}]}, False),
        ({"name": [{"anything-but": {"suffix": [".zip", ".csv"]}}]}, True),
        ({"missing": [{"anything-but": "x"}]}, False),
        ({"missing": [{"exists": False}]}, True),
        ({"missing": {"deeper": [{"exists": False}]}}, True),
        ({"name": [{"exists": True}]}, True),
        ({"empty": [{"exists": True}]}, False),
        ({"n": [{"numeric": [">", 1, "<=", 5]}]}, True),
        ({"n": [{"numeric": ["<", 5]}]}, False),
        ({"on": [{"numeric": ["=", 1]}]}, False),
        ({"n": [5.0]}, True),
        ({"n": ["5"]}, False),
        ({"on": [True]}, True),
        ({"on": [1]}, False),
        ({"none": [None]}, True),
        ({"ip": [{"cidr": "10.0.0.0/24"}]}, True),
        ({"ip": [{"cidr": "10.0.1.0/24"}]}, False),
        ({"many": {"k": [2]}}, True),
        ({"many": {"k": [3]}}, False),
        ({"$or": [{"n": [9]}, {"name": [{"prefix": "Model"}]}]}, True),
        ({"$or": [{"n": [9]}, {"name": ["no"]}]}, False),
        ({"n": [5], "$or": [{"on": [False]}, {"on": [True]}]}, True),
    ],
)
def test_comparisons(detail: dict[str, Any], expected: bool) -> None:
    assert matches({"detail": detail}, EVENT) is expected


def test_a_list_in_the_event_matches_by_any_element() -> None:
    assert matches({"resources": ["b"]}, EVENT)
    assert not matches({"resources": ["c"]}, EVENT)


def test_all_keys_must_match() -> None:
    assert not matches({"source": ["aws.s3"], "resources": ["c"]}, EVENT)


@pytest.mark.parametrize(
    "text",
    ["[]", "{}", "{", '{"a": {}}', '{"a": [[1]]}', '{"a": [{"numeric": [">"]}]}', '{"$or": [{"a": [1]}]}'],
)
def test_what_is_no_pattern_is_refused(text: str) -> None:
    with pytest.raises(AwsError, match="Event pattern is not valid"):
        parse(text)
