"""Parameter values: given, previous, default; checked and resolved."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.cloudformation import parameters
from emulator.errors import AwsError


def given(**values: str) -> list[dict[str, Any]]:
    return [{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()]


def test_a_value_given_wins_over_the_default() -> None:
    declared = {"A": {"Type": "String", "Default": "d"}, "B": {"Type": "Number", "Default": 3}}
    assert parameters.chosen(declared, given(A="x"), None) == {"A": "x", "B": "3"}


def test_the_previous_value_is_kept_only_when_asked_for() -> None:
    declared = {"A": {"Type": "String", "Default": "d"}}
    previous = {"A": "old"}
    keep = [{"ParameterKey": "A", "UsePreviousValue": True}]
    assert parameters.chosen(declared, keep, previous) == {"A": "old"}
    assert parameters.chosen(declared, [], previous) == {"A": "d"}


@pytest.mark.parametrize(
    ("definition", "value", "message"),
    [
        ({"Type": "String", "AllowedValues": ["a"]}, "b", "Parameter 'P' must be one of AllowedValues"),
        ({"Type": "String", "AllowedPattern": "[a-z]+"}, "A", r"Parameter 'P' must match pattern \[a-z\]\+"),
        (
            {"Type": "String", "AllowedPattern": "a", "ConstraintDescription": "say a"},
            "b",
            "Parameter P failed to satisfy constraint: say a",
        ),
        ({"Type": "String", "MinLength": 2}, "a", "Parameter 'P' must contain at least 2 characters"),
        ({"Type": "String", "MaxLength": "2"}, "abc", "Parameter 'P' must contain at most 2 characters"),
        ({"Type": "Number"}, "many", "Parameter 'P' must be a number"),
        ({"Type": "Number", "MinValue": 0}, "-1", "Parameter 'P' must be a number not less than 0"),
        ({"Type": "Number", "MaxValue": 100}, "101", "Parameter 'P' must be a number not greater than 100"),
    ],
)
def test_a_value_outside_its_bounds_is_refused(definition: dict[str, Any], value: str, message: str) -> None:
    with pytest.raises(AwsError, match=message):
        parameters.chosen({"P": definition}, given(P=value), None)


@pytest.mark.parametrize(
    ("declared", "items", "message"),
    [
        ({"A": {"Type": "String"}}, [], r"Parameters: \[A\] must have values"),
        ({}, given(B="x"), r"Parameters: \[B\] do not exist in the template"),
        (
            {"A": {"Type": "String"}},
            [{"ParameterKey": "A", "UsePreviousValue": True}],
            "Cannot specify usePreviousValue as true",
        ),
    ],
)
def test_missing_and_unknown_parameters_are_named(declared: Any, items: Any, message: str) -> None:
    with pytest.raises(AwsError, match=message):
        parameters.chosen(declared, items, None)


class Store:
    """The answers of SSM that the engine reads."""

    def get_parameters(self, Names: list[str]) -> dict[str, Any]:
        known = {"/version": "21", "/zones": "a,b"}
        return {"Parameters": [{"Name": name, "Value": known[name]} for name in Names if name in known]}


def test_lists_are_split_and_ssm_parameters_fetched() -> None:
    declared = {
        "L": {"Type": "CommaDelimitedList"},
        "N": {"Type": "List<Number>"},
        "S": {"Type": "AWS::SSM::Parameter::Value<String>"},
        "Z": {"Type": "AWS::SSM::Parameter::Value<List<String>>"},
    }
    values = {"L": "a, b", "N": "1,2", "S": "/version", "Z": "/zones"}
    assert parameters.resolved(declared, values, Store()) == {
        "L": ["a", "b"],
        "N": ["1", "2"],
        "S": "21",
        "Z": ["a", "b"],
    }


def test_an_ssm_parameter_that_does_not_exist_is_named() -> None:
    declared = {"S": {"Type": "AWS::SSM::Parameter::Value<String>"}}
    with pytest.raises(AwsError, match=r"Unable to fetch parameters \[/none\] from parameter store"):
        parameters.resolved(declared, {"S": "/none"}, Store())


def test_what_must_not_be_echoed_is_masked() -> None:
    declared = {"Secret": {"Type": "String", "NoEcho": True}, "Open": {"Type": "String"}}
    shown = parameters.described(declared, {"Secret": "s", "Open": "o"}, {})
    assert [item["ParameterValue"] for item in shown] == ["****", "o"]
