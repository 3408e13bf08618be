"""Typed features of a prediction request: what each type takes, what it refuses, what reaches the model."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

Load = Callable[[str], ModuleType]

FEATURES: list[dict[str, Any]] = [
    {"name": "Area", "type": "number", "minimum": 10, "optional": True},
    {"name": "City", "type": "category", "values": ["Bern", "Basel"]},
    {"name": "Street", "type": "category", "optional": True},
    {"name": "Pool", "type": "boolean"},
    {"name": "Built", "type": "date"},
    {"name": "Sold", "type": "date", "optional": True},
    {"name": "Lift", "type": "boolean", "optional": True},
]
GOOD = {"Area": 80, "City": "Bern", "Street": "Gasse", "Pool": True, "Built": "1999-12-31"}


def contract(features: list[dict[str, Any]], **changes: Any) -> str:
    entry = {"endpoint": "dev-m", "task": "regression", "protocol": "lifecycle", "features": features}
    return json.dumps({"m": {**entry, **changes}})


@pytest.fixture
def models(load: Load, tmp_path: Path) -> Callable[..., Any]:
    """The models of a contract with these features."""

    def loaded(features: list[dict[str, Any]], **changes: Any) -> Any:
        (tmp_path / "models.json").write_text(contract(features, **changes))
        return load("predict.contract").load(tmp_path / "models.json")

    return loaded


def event(instance: dict[str, Any]) -> dict[str, Any]:
    return {
        "pathParameters": {"model": "m"},
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({"instances": [instance]}),
    }


@pytest.fixture
def read(load: Load, models: Callable[..., Any]) -> Callable[..., Any]:
    known = models(FEATURES)
    return lambda instance: load("predict.logic").read_request(event(instance), known, 10_000)


def test_values_of_every_type_reach_the_model_in_its_order(read: Any) -> None:
    assert json.loads(read(GOOD).body) == {
        "instances": [[80, "Bern", "Gasse", True, "1999-12-31", None, None]]
    }


@pytest.mark.parametrize("absent", [{"Area": None, "Street": None}, {}])
def test_an_optional_feature_may_be_null_or_absent(read: Any, absent: dict[str, Any]) -> None:
    rest = {key: value for key, value in GOOD.items() if key not in ("Area", "Street")}
    assert json.loads(read({**rest, **absent}).body)["instances"] == [
        [None, "Bern", None, True, "1999-12-31", None, None]
    ]


@pytest.mark.parametrize("value", [True, False, 0, 1, 1.0])
def test_booleans_are_also_1_and_0_as_in_a_csv(read: Any, value: object) -> None:
    assert json.loads(read({**GOOD, "Pool": value}).body)["instances"][0][3] == value


def test_a_category_without_declared_values_takes_any_text(read: Any) -> None:
    assert "Nowhere" in json.loads(read({**GOOD, "Street": "Nowhere"}).body)["instances"][0]


@pytest.mark.parametrize(
    ("feature", "value", "words"),
    [
        ("Area", "", 'must be a number, or null, is ""'),
        ("Area", 9, "must be at least 10"),
        ("City", "Chur", 'must be one of Basel, Bern, is "Chur"'),
        ("City", 3, "must be a text that is not empty, is 3"),
        ("City", None, "must be a text that is not empty, is null"),
        ("Street", "", 'must be a text that is not empty, or null, is ""'),
        ("Street", " ", "must be a text that is not empty, or null"),
        ("Pool", "true", 'must be true or false, is "true"'),
        ("Pool", 2, "must be true or false, is 2"),
        ("Pool", None, "must be true or false, is null"),
        ("Built", "31.12.1999", "must be a date like 2024-01-31"),
        ("Built", "2023-02-29", "must be a date like 2024-01-31"),
        ("Built", "20240131", "must be a date like 2024-01-31"),
        ("Built", 19991231, "must be a date like 2024-01-31, is 19991231"),
        ("Built", None, "must be a date like 2024-01-31, is null"),
        ("Sold", "", 'must be a date like 2024-01-31, or null, is ""'),
        ("Sold", "2023-02-29", 'must be a date like 2024-01-31, or null, is "2023-02-29"'),
        ("Lift", "", 'must be true or false, or null, is ""'),
    ],
)
def test_what_a_type_does_not_take_is_400_and_named(
    load: Load, read: Any, feature: str, value: object, words: str
) -> None:
    with pytest.raises(load("predict.logic").ApiError) as caught:
        read({**GOOD, feature: value})
    assert (caught.value.status, caught.value.code) == (400, "BadFeature")
    assert caught.value.field == f"instances[0].{feature}"
    assert words in str(caught.value)


def test_a_typing_error_beside_an_absent_optional_feature_is_no_silence(load: Load, read: Any) -> None:
    with pytest.raises(load("predict.logic").ApiError, match="Aera is no feature of the model"):
        read({**{key: GOOD[key] for key in GOOD if key != "Area"}, "Aera": 80})


def test_long_lists_of_values_are_cut_in_the_refusal(load: Load, models: Any) -> None:
    values = [f"v{index:02}" for index in range(30)]
    known = models([{"name": "City", "type": "category", "values": values}])
    with pytest.raises(load("predict.logic").ApiError, match=r"v19, \.\.\., is"):
        load("predict.logic").read_request(event({"City": "x"}), known, 10_000)


def test_what_is_not_served_fails_the_import(models: Any) -> None:
    with pytest.raises(ValueError, match="model m: feature Notes: type 'text' is not served"):
        models([{"name": "Notes", "type": "text"}])
    with pytest.raises(ValueError, match="model m: protocol 'morse' is not served"):
        models(FEATURES, protocol="morse")
