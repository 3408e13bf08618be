"""The example request of a model, and how far a prediction may be off."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli import example
from cli.example import Example
from cli.session import CommandError
from sagemaker_lifecycle.spec import ModelSpec


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LIFECYCLE_MODELS", str(tmp_path / "models"))
    model = tmp_path / "models" / "m"
    (model / "data").mkdir(parents=True)
    return model


def spec(source: str = "local", **more: Any) -> ModelSpec:
    """A model named m of the features Feet and Rooms."""
    where = (
        {"type": "s3", "bucket": "b-u-c", "prefix": "p/"}
        if source == "s3"
        else {"type": "local", "path": "data"}
    )
    return ModelSpec.model_validate(
        {
            "name": "m",
            "source": where,
            "target": "Price",
            "features": {"number": ["Feet", "Rooms"]},
            "algorithm": "random-forest",
            "gate": {"metric": "rmse", "threshold": 1},
            "serving": {"type": "realtime"},
            **more,
        }
    )


def test_the_example_is_read(folder: Path) -> None:
    (folder / "example.json").write_text('{"instance": {"Feet": 1}, "prediction": 10, "tolerance": 1}')
    read = example.of_model(spec())
    assert read == Example({"Feet": 1}, 10, 1)
    assert [read.agrees(p) for p in (9, 11, 11.1)] == [True, True, False]


def test_a_class_is_the_expected_one_or_not() -> None:
    expected = Example({}, "yes")
    assert [expected.agrees(prediction) for prediction in ("yes", "no", 1.0)] == [True, False, False]


def test_a_row_is_given_as_a_request_has_it(folder: Path) -> None:
    kinds = {"number": ["Feet"], "category": ["City"], "boolean": ["Pool"], "date": ["Built"]}
    features = {**kinds, "optional": ["Feet"]}
    (folder / "data" / "a.csv").write_text("Feet,City,Pool,Built,Price\n, Bern ,TRUE,2001-05-06,1\n")
    row = {"Feet": None, "City": "Bern", "Pool": True, "Built": "2001-05-06"}
    assert example.of_model(spec(features=features)) == Example(row)


def test_without_an_example_the_first_row_of_the_data_is_taken(folder: Path) -> None:
    (folder / "data" / "b.csv").write_text("Feet\n7\n")
    (folder / "data" / "a.csv").write_text("Price,Rooms,Feet\n10,2,1.5\n20,3,2\n")
    read = example.of_model(spec())
    assert read == Example({"Feet": 1.5, "Rooms": 2.0})
    assert read.agrees(12345)


@pytest.mark.parametrize("text", ["{", "[]", json.dumps({"prediction": 1}), json.dumps({"instances": {}})])
def test_a_malformed_example_is_named_with_what_is_allowed(folder: Path, text: str) -> None:
    (folder / "example.json").write_text(text)
    with pytest.raises(CommandError, match=r"example\.json: .*; allowed is \{\"instance\""):
        example.of_model(spec())


def test_a_model_with_neither_example_nor_data_is_told(folder: Path) -> None:
    with pytest.raises(CommandError, match=r"is missing, and m has no \.csv file"):
        example.of_model(spec())
    with pytest.raises(CommandError, match="is missing, and m has no local data"):
        example.of_model(spec("s3"))


@pytest.mark.parametrize("text", ["Feet,Rooms\n", "", "Feet\n1\n", "Feet,Rooms\n1,many\n"])
def test_data_without_a_usable_first_row_is_told(folder: Path, text: str) -> None:
    (folder / "data" / "a.csv").write_text(text)
    with pytest.raises(CommandError, match=r"a\.csv: its first row is no example"):
        example.of_model(spec())
