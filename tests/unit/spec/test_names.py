"""Names that two parts of the project agree on."""

import dataclasses
import re

import pytest

from sagemaker_lifecycle import names
from sagemaker_lifecycle.environments import ENVIRONMENTS, environment_named
from snapshot_data.logic import FORCE_LENGTH, VERSION_LENGTH

LONG = "a" * names.MODEL_NAME_LIMIT
SAGEMAKER_NAME = r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"


def test_names_of_the_first_model() -> None:
    assert names.endpoint_name("dev", "house-prices") == "dev-house-prices"
    assert names.endpoint_stack_name("dev", "house-prices") == "lifecycle-dev-endpoint-house-prices"
    assert names.model_package_group_name("dev", "house-prices") == "lifecycle-dev-house-prices"
    assert names.state_machine_name("dev", "house-prices") == "lifecycle-dev-train-house-prices"
    assert names.releases_parameter("dev", "house-prices") == "/lifecycle/dev/house-prices/releases"
    assert names.parked_parameter("dev", "house-prices") == "/lifecycle/dev/house-prices/parked"
    assert names.data_prefix("house-prices") == "models/house-prices/data/"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_longest_model_name_fits_every_limit(environment: str) -> None:
    assert re.fullmatch(SAGEMAKER_NAME, names.endpoint_name(environment, LONG))
    assert re.fullmatch(SAGEMAKER_NAME, names.model_package_group_name(environment, LONG))
    assert len(names.state_machine_name(environment, LONG)) <= 80
    assert len(names.endpoint_stack_name(environment, LONG)) <= 128
    rules = {names.parking_rule_name(environment, LONG, kind) for kind in ("park", "wake", "idle")}
    assert all(len(rule) <= 64 for rule in rules)
    assert all(rule.startswith(names.parking_rule_prefix(environment)) for rule in rules)
    assert len(rules) == 3
    job = f"{names.training_job_prefix(environment, LONG)}-{'0' * 8}-{'0' * 12}-{'0' * 8}"
    assert re.fullmatch(SAGEMAKER_NAME, job)
    assert re.fullmatch(names.training_job_pattern(environment, LONG), job)


@pytest.mark.parametrize(
    ("model", "job", "mine"),
    [
        ("house", "dev-house-d79dfdb4-4bd7cc0057a7", True),
        ("house", "dev-house-d79dfdb4-4bd7cc0057a7-0123abcd", True),
        ("house", "dev-house-prices-d79dfdb4-4bd7cc0057a7", False),
        ("house", "dev-house-deadbeef-d79dfdb4-4bd7cc0057a7", False),
        ("house", "dev-house-deadbeef-d79dfdb4-4bd7cc0057a7-0123abcd", False),
        ("house-deadbeef", "dev-house-deadbeef-d79dfdb4-4bd7cc0057a7", True),
        ("house", "prod-house-d79dfdb4-4bd7cc0057a7", False),
    ],
)
def test_a_training_jobs_name_tells_whose_it_is(model: str, job: str, mine: bool) -> None:
    assert bool(re.fullmatch(names.training_job_pattern("dev", model), job)) == mine


def test_a_trials_name_tells_whose_it_is() -> None:
    tuning = f"{names.tuning_prefix('dev', 'house')}d79df-4bd7cc0057a7"
    assert len(tuning) + 1 + names.FORCED_RUN_DIGITS <= 32
    assert re.fullmatch(names.tuning_trial_pattern("dev", "house"), f"{tuning}-001-0a1b2c3d")
    assert not re.fullmatch(names.tuning_trial_pattern("dev", "house-prices"), f"{tuning}-001-0a1b2c3d")


def test_what_a_jobs_name_ends_with_is_what_snapshot_data_makes() -> None:
    assert (names.DATA_VERSION_DIGITS, names.FORCED_RUN_DIGITS) == (VERSION_LENGTH, FORCE_LENGTH)


def test_long_names_that_begin_alike_stay_apart() -> None:
    assert names.endpoint_name("dev", LONG[:-1] + "b") != names.endpoint_name("dev", LONG)


def test_a_cut_name_has_no_hyphen_before_its_hash_twice() -> None:
    assert "--" not in names.cut("ab-" * 30, 63)
    assert re.fullmatch(SAGEMAKER_NAME, names.cut("ab-" * 30, 63))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a", True),
        ("a-1", True),
        ("a-", False),
        ("A", False),
        (LONG, True),
        (LONG + "a", False),
        ("a\n", False),
    ],
)
def test_names_of_models(name: str, expected: bool) -> None:
    assert names.is_model_name(name) is expected


def test_an_environment_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="environment: 'test' does not exist; allowed: dev, prod"):
        environment_named("test")


def test_production_cannot_be_deleted_by_accident() -> None:
    assert environment_named("prod").termination_protection
    assert not environment_named("dev").termination_protection


@pytest.mark.parametrize("name", ["dev-x", "Dev", "1dev", "", "elevenchars"])
def test_an_environments_name_has_no_hyphen_or_another_could_begin_like_its_names(name: str) -> None:
    with pytest.raises(ValueError, match=rf"environment: '{name}' is no name of one; allowed: "):
        dataclasses.replace(environment_named("dev"), name=name)
