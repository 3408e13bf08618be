"""Intrinsic functions and conditions."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.cloudformation.intrinsics import UNKNOWN, Scope, condition, resolve
from emulator.errors import AwsError


@pytest.fixture
def scope() -> Scope:
    return Scope(
        parameters={"P": "value", "Empty": "", "List": ["a", "b"]},
        pseudo={"AWS::Region": "us-east-1"},
        mappings={"M": {"us-east-1": {"k": "mapped"}}},
        conditions={
            "IsOn": {"Fn::Not": [{"Fn::Equals": [{"Ref": "P"}, ""]}]},
            "IsOff": {"Fn::Not": [{"Condition": "IsOn"}]},
        },
        ref=lambda name: UNKNOWN if name == "New" else f"id-of-{name}",
        get_att=lambda name, attribute: UNKNOWN if name == "New" else f"{attribute}-of-{name}",
        export=lambda name: f"export-{name}",
        dynamic=lambda service, reference: f"{service}({reference})",
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "P"}, "value"),
        ({"Ref": "List"}, ["a", "b"]),
        ({"Ref": "R"}, "id-of-R"),
        ({"Ref": "AWS::Region"}, "us-east-1"),
        ({"Fn::GetAtt": "R.Deep.Arn"}, "Deep.Arn-of-R"),
        ({"Fn::GetAtt": ["R", {"Ref": "P"}]}, "value-of-R"),
        (
            {"Fn::Sub": "${P} ${R} ${R.Arn} ${!Kept} ${AWS::Region}"},
            "value id-of-R Arn-of-R ${Kept} us-east-1",
        ),
        ({"Fn::Sub": ["${V}-${P}", {"V": {"Fn::Join": ["", ["x", 1, True]]}}]}, "x1true-value"),
        ({"Fn::Join": [",", {"Ref": "List"}]}, "a,b"),
        ({"Fn::Join": [":", ["a", {"Ref": "AWS::NoValue"}, "b"]]}, "a:b"),
        ({"Fn::Select": ["1", {"Fn::Split": ["/", "a/b/c"]}]}, "b"),
        ({"Fn::FindInMap": ["M", {"Ref": "AWS::Region"}, "k"]}, "mapped"),
        ({"Fn::FindInMap": ["M", "other", "k", {"DefaultValue": "d"}]}, "d"),
        ({"Fn::Base64": "abc"}, "YWJj"),
        ({"Fn::ImportValue": {"Fn::Sub": "${P}-x"}}, "export-value-x"),
        ({"Fn::If": ["IsOn", "yes", {"Ref": "Nobody"}]}, "yes"),
        ({"Fn::If": ["IsOff", "yes", "no"]}, "no"),
        ({"Keep": 1, "Drop": {"Fn::If": ["IsOff", 1, {"Ref": "AWS::NoValue"}]}}, {"Keep": 1}),
        ({"Fn::GetAZs": ""}, ["us-east-1a", "us-east-1b", "us-east-1c"]),
        ({"Fn::Cidr": ["10.0.0.0/16", 2, 8]}, ["10.0.0.0/24", "10.0.1.0/24"]),
        ({"Fn::ToJsonString": {"a": {"Ref": "P"}}}, '{"a":"value"}'),
        ("pre {{resolve:ssm:/a/b:1}} post", "pre ssm(/a/b:1) post"),
        ({"Condition": {"StringEquals": {"a": "b"}}}, {"Condition": {"StringEquals": {"a": "b"}}}),
    ],
)
def test_functions(scope: Scope, value: Any, expected: Any) -> None:
    assert resolve(scope, value) == expected


@pytest.mark.parametrize(
    "value",
    [
        {"Ref": "New"},
        {"Fn::GetAtt": ["New", "Arn"]},
        {"Fn::Sub": "a${New}"},
        {"Fn::Join": ["", ["a", {"Ref": "New"}]]},
        {"Fn::Split": ["/", {"Ref": "New"}]},
        {"Fn::Select": [0, {"Fn::Split": ["/", {"Ref": "New"}]}]},
        {"Fn::Base64": {"Ref": "New"}},
    ],
)
def test_what_holds_something_unknown_is_unknown(scope: Scope, value: Any) -> None:
    assert resolve(scope, value) is UNKNOWN


@pytest.mark.parametrize(
    ("value", "truth"),
    [
        ({"Fn::Equals": [{"Ref": "P"}, "value"]}, True),
        ({"Fn::Equals": ["true", True]}, True),
        ({"Fn::Equals": [1, "1"]}, True),
        ({"Fn::And": [{"Condition": "IsOn"}, {"Condition": "IsOff"}]}, False),
        ({"Fn::Or": [{"Condition": "IsOn"}, {"Condition": "IsOff"}]}, True),
        ({"Fn::Contains": [["1", "2"], "2"]}, True),
        ({"Fn::EachMemberIn": [["a"], ["a", "b"]]}, True),
        ({"Fn::EachMemberIn": [["a", "c"], ["a", "b"]]}, False),
    ],
)
def test_conditions(scope: Scope, value: Any, truth: bool) -> None:
    assert condition(scope, value) is truth


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"Fn::Select": [5, ["a"]]}, "Fn::Select cannot select nonexistent value at index 5"),
        ({"Fn::FindInMap": ["M", "x", "k"]}, "Unable to get mapping for M::x::k"),
        ({"Fn::If": ["IsOn", 1]}, "Fn::If requires a list argument with three elements"),
        ({"Fn::Join": ["a"]}, "every Fn::Join object requires two parameters"),
        ({"Fn::GetAtt": "NoAttribute"}, "every Fn::GetAtt object requires two non-empty parameters"),
        ({"Fn::Wonder": 1}, "Fn::Wonder is not supported"),
    ],
)
def test_misuse_is_named(scope: Scope, value: Any, message: str) -> None:
    with pytest.raises(AwsError, match=message):
        resolve(scope, value)
