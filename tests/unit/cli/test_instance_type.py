"""What the status says of an autoscaled model's instance type."""

from typing import Any

import pytest

from cli import instance_type

OLD, NEW = "ml.m5.large", "ml.m5.xlarge"


def row(now: str | None, refused: str | None, autoscaling: str | None, **more: str | None) -> dict[str, Any]:
    return {
        "model": "m",
        "champion": "v1",
        "challenger": None,
        "instance_type": now,
        "wanted_instance_type": NEW if now else None,
        "refused_instance_type": refused,
        "autoscaling": autoscaling,
        **more,
    }


@pytest.mark.parametrize(
    ("status", "remark"),
    [
        (row(NEW, None, "on"), None),
        (row(None, None, None), None),
        (row(OLD, None, "on"), f"m: {OLD} becomes {NEW}"),
        (row(OLD, None, "paused"), f"m: {OLD} becomes {NEW}; autoscaling is paused"),
        (row(NEW, None, "paused"), "m: autoscaling is paused"),
        (row(OLD, None, "on", challenger="v2"), f"m: {OLD} becomes {NEW} when the trial has ended"),
        (row(OLD, None, "on", champion=None), f"m: the next endpoint is of {NEW}"),
        (row(OLD, NEW, "on"), f"m: {NEW} was refused, {OLD} serves on (`lifecycle rotate` tries it again)"),
        (row(OLD, "ml.c5.large", "on"), f"m: {OLD} becomes {NEW}"),
    ],
)
def test_people_are_told_what_is_not_as_they_want_it(status: dict[str, Any], remark: str | None) -> None:
    assert instance_type.remark(status) == remark


def test_a_stack_says_what_it_runs_on_and_what_it_should() -> None:
    given = {"InstanceType": OLD, "Autoscaling": "paused", "RefusedInstanceType": ""}
    stack = {
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
        "Outputs": [{"OutputKey": "WantedInstanceType", "OutputValue": NEW}],
    }
    assert instance_type.read(stack) == {
        "instance_type": OLD,
        "wanted_instance_type": NEW,
        "refused_instance_type": None,
        "autoscaling": "paused",
    }
