"""Update policies: what SageMaker would refuse is refused here, in words."""

from dataclasses import replace

import pytest

from sagemaker_lifecycle.deployment_policy import BlueGreen, Rolling, policy_errors

BLUE_GREEN = BlueGreen(
    strategy="all-at-once", bake_seconds=300, termination_wait_seconds=0, max_execution_seconds=7200
)
CANARY = replace(BLUE_GREEN, strategy="canary", canary_percent=10)
LINEAR = replace(BLUE_GREEN, strategy="linear", linear_step_percent=25)
ROLLING = Rolling(batch_percent=25, bake_seconds=300, max_execution_seconds=7200)


@pytest.mark.parametrize("policy", [BLUE_GREEN, CANARY, LINEAR])
def test_a_sound_policy_has_no_errors(policy: BlueGreen) -> None:
    assert policy_errors([policy], variant_count=2, alarm_count=4) == []


def test_a_rolling_update_of_one_variant_is_sound() -> None:
    assert policy_errors([ROLLING], variant_count=1, alarm_count=1) == []


@pytest.mark.parametrize(
    ("policy", "error"),
    [
        (replace(CANARY, canary_percent=None), "canary without a size; allowed: 1..50 percent"),
        (replace(CANARY, canary_percent=51), "canary size in percent is 51; allowed: 1..50"),
        (replace(CANARY, canary_percent=0), "canary size in percent is 0; allowed: 1..50"),
        (replace(LINEAR, linear_step_percent=None), "linear without a size; allowed: 10..50 percent"),
        (replace(LINEAR, linear_step_percent=9), "linear size in percent is 9; allowed: 10..50"),
        (replace(LINEAR, canary_percent=10), "a canary size with strategy linear: two update policies"),
        (
            replace(BLUE_GREEN, canary_percent=10),
            "a canary size with strategy all-at-once: two update policies",
        ),
        (replace(BLUE_GREEN, bake_seconds=3601), "bake_seconds is 3601; allowed: 0..3600"),
        (
            replace(BLUE_GREEN, termination_wait_seconds=-1),
            "termination_wait_seconds is -1; allowed: 0..3600",
        ),
        (replace(BLUE_GREEN, max_execution_seconds=599), "max_execution_seconds is 599; allowed: 600..28800"),
    ],
)
def test_a_blue_green_policy_out_of_bounds_is_named(policy: BlueGreen, error: str) -> None:
    assert policy_errors([policy], variant_count=2, alarm_count=1) == [error]


def test_a_rolling_batch_out_of_bounds_is_named() -> None:
    assert policy_errors([replace(ROLLING, batch_percent=4)], variant_count=1, alarm_count=1) == [
        "batch_percent is 4; allowed: 5..50"
    ]


def test_a_rolling_update_of_two_variants_is_refused() -> None:
    assert policy_errors([ROLLING], variant_count=2, alarm_count=1) == [
        "a rolling update serves 1 variant, this endpoint can have 2"
    ]


def test_two_update_policies_are_refused() -> None:
    assert policy_errors([BLUE_GREEN, ROLLING], variant_count=1, alarm_count=1) == [
        "2 update policies; SageMaker takes exactly one"
    ]


def test_no_update_policy_is_refused() -> None:
    assert policy_errors([], variant_count=1, alarm_count=1) == [
        "0 update policies; SageMaker takes exactly one"
    ]


@pytest.mark.parametrize("count", [0, 11])
def test_a_number_of_alarms_that_sagemaker_refuses_is_named(count: int) -> None:
    assert policy_errors([BLUE_GREEN], variant_count=1, alarm_count=count) == [
        f"{count} rollback alarms; allowed: 1..10"
    ]


def test_every_error_is_reported_at_once() -> None:
    broken = replace(CANARY, canary_percent=60, bake_seconds=4000)
    assert len(policy_errors([broken, ROLLING], variant_count=2, alarm_count=0)) == 5
