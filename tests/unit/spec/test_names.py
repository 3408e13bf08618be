"""Names that two parts of the project agree on."""

import re

import pytest

from sagemaker_lifecycle import names
from sagemaker_lifecycle.environments import ENVIRONMENTS, environment_named

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
    assert len(names.training_job_prefix(environment, LONG, 25)) + 1 + 25 <= 63


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
