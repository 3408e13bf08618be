"""Features: typed, in a list or in the short form; what of them reaches the training job."""

import json
from pathlib import Path

import pytest

from sagemaker_lifecycle.model_specs import load_model
from sagemaker_lifecycle.spec import ModelSpec
from sagemaker_lifecycle.spec.model import HYPERPARAMETER_LIMIT

S3 = {"source": {"type": "s3"}, "csv": None}


def loaded(path: Path) -> ModelSpec:
    return load_model(path.parent)


def test_the_short_form_is_the_list_of_its_columns_in_the_order_of_the_types(write_model) -> None:
    short = {
        "date": ["Built"],
        "boolean": ["Pool"],
        "category": ["City"],
        "number": ["Area", "Rooms"],
        "optional": ["Rooms", "City"],
    }
    spec = loaded(write_model(features=short, **S3))
    assert [feature.contract for feature in spec.features] == [
        {"name": "Area", "type": "number"},
        {"name": "Rooms", "type": "number", "optional": True},
        {"name": "City", "type": "category", "optional": True},
        {"name": "Pool", "type": "boolean"},
        {"name": "Built", "type": "date"},
    ]


@pytest.mark.parametrize(
    ("features", "said"),
    [
        (
            {"numbers": ["Area"]},
            "features.numbers: unknown key; allowed: number, category, boolean, date, optional",
        ),
        ({"number": "Area"}, "features.number: 'Area' is no list of columns"),
        ({"number": []}, "features.number: [] is no list of columns"),
        ({"number": ["Area", 3]}, "features.number[1]: 3 is no text"),
        ({"optional": ["Area"]}, "features: names no column"),
        (
            {"number": ["Area"], "optional": ["Aria"]},
            "optional[0]: 'Aria' is in none of the lists; did you mean",
        ),
        ({"number": ["Area"], "category": ["Area"]}, "features.category[0]: 'Area' is declared twice"),
        ({"number": ["Area", "Price"]}, "features.number[1]: 'Price' is the target"),
        ({"number": ["Area", " a"]}, "features.number[1]: ' a' is not well formed"),
        ({}, "features: names no column"),
    ],
)
def test_what_is_wrong_with_the_short_form_is_told_where_it_stands(
    refusals, features: dict, said: str
) -> None:
    (message,) = refusals(features=features, **S3)
    assert said in message


def test_a_type_in_the_short_form_that_the_algorithm_cannot_take_is_told_where_it_stands(refusals) -> None:
    features = {"number": ["Area"], "category": ["City"]}
    (message,) = refusals(algorithm="xgboost", features=features, **S3)
    assert "model.yaml:9: features.category[0]: category is not for xgboost" in message


@pytest.mark.parametrize(
    ("feature", "said"),
    [
        ({"type": "category", "minimum": 1}, "minimum: belongs to type number, not to category"),
        ({"type": "number", "values": ["a"]}, "values: belongs to type category, not to number"),
        ({"type": "category", "values": []}, "values: [] has too few items"),
        ({"type": "category", "values": ["a", "b", "a"]}, "values: names 'a' twice"),
        ({"type": "category", "values": [1]}, "values[0]: 1 is a whole number; allowed: text"),
        ({"type": "category", "values": [True]}, "values[0]: True is true or false; allowed: text"),
        ({"type": "date", "optional": "yes"}, "optional: 'yes' is text; allowed: true or false"),
    ],
)
def test_what_is_wrong_with_a_feature_is_refused(refusals, feature: dict, said: str) -> None:
    (message,) = refusals(features=[{"name": "City", **feature}], **S3)
    assert f"features[0].{said}" in message


def test_features_longer_than_a_hyperparameter_are_cut_and_join_again(write_model) -> None:
    names = [f"column number {index}" for index in range(200)]
    spec = loaded(write_model(features={"number": names}, **S3))
    told = spec.training_hyperparameters()
    pieces = [told["features"], *(told[f"features-{number}"] for number in range(2, 5))]
    assert "features-5" not in told
    assert all(0 < len(piece) <= HYPERPARAMETER_LIMIT for piece in pieces)
    assert [feature["name"] for feature in json.loads("".join(pieces))] == names
