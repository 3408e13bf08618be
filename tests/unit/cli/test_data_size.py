"""The size of a model's data: as said, counted in local files, or assumed and told so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cli.data_size import Given, data_size
from cli.exit_codes import WrongWords
from cli.memory import DataSize
from cli.session import CommandError
from sagemaker_lifecycle.spec import ModelSpec

FEATURES: list[dict[str, Any]] = [
    {"name": "n"},
    {"name": "day", "type": "date"},
    {"name": "zone", "type": "category", "optional": True},
    {"name": "kind", "type": "category", "values": ["x", "y", "z"]},
]
CSV = "n,day,zone,kind,y\n1,2024-01-01,a,x,0\n2,2024-01-02,b,y,1\n3,2024-01-03,,x,2\n4,2024-01-04,a,y,0\n"


def model(**changes: Any) -> ModelSpec:
    return ModelSpec.model_validate(
        {
            "name": "m",
            "source": {"type": "s3", "bucket": "a-bucket", "prefix": "p/"},
            "target": "y",
            "features": FEATURES,
            "task": "classification",
            "algorithm": "random-forest",
            "gate": {"metric": "accuracy", "threshold": 0.5},
            "serving": {"type": "realtime"},
            **changes,
        }
    )


@pytest.fixture
def local(tmp_path: Path) -> ModelSpec:
    """A model with the rows of CSV twice, in two files."""
    (tmp_path / "m" / "data").mkdir(parents=True)
    for name in ("a.csv", "b.csv"):
        (tmp_path / "m" / "data" / name).write_text(CSV)
    return model(source={"type": "local", "path": "data"})


def test_local_data_is_counted(local: ModelSpec, tmp_path: Path) -> None:
    # A number, three columns of a date, two texts and a gap, two texts.
    assert data_size(tmp_path, local, Given()) == (DataSize(8, 5, 1 + 3 + 3 + 2, 3), [])


def test_what_is_said_goes_before_what_is_counted(local: ModelSpec, tmp_path: Path) -> None:
    said = Given(rows=10**6, classes=7, levels=50)
    assert data_size(tmp_path, local, said) == (DataSize(10**6, 5, 1 + 3 + 50 + 50, 7), [])


def test_what_nobody_knows_is_assumed_and_told(tmp_path: Path) -> None:
    size, assumed = data_size(tmp_path, model(), Given(rows=100))
    assert size == DataSize(100, 5, 1 + 3 + 10 + 3, 2)
    assert assumed == ["assumed: 10 texts of zone (--levels)", "assumed: 2 classes of y (--classes)"]


def test_values_that_model_yaml_names_are_counted_with_a_gap(tmp_path: Path) -> None:
    features = [{"name": "kind", "type": "category", "values": ["x", "y"], "optional": True}]
    assert data_size(tmp_path, model(features=features), Given(rows=9, classes=4)) == (
        DataSize(9, 2, 3, 4),
        [],
    )


def test_classes_that_the_algorithm_is_told_are_known(tmp_path: Path) -> None:
    told = model(
        features=[{"name": "n"}], algorithm="xgboost", hyperparameters={"num_class": 4, "num_round": 5}
    )
    assert data_size(tmp_path, told, Given(rows=9)) == (DataSize(9, 2, 1, 4), [])


def test_numbers_have_no_classes(tmp_path: Path) -> None:
    numbers = model(features=[{"name": "n"}], task="regression", gate={"metric": "rmse", "threshold": 1})
    assert data_size(tmp_path, numbers, Given(rows=9)) == (DataSize(9, 2, 1), [])
    with pytest.raises(WrongWords, match="m predicts a number, which has no classes: leave --classes out"):
        data_size(tmp_path, numbers, Given(rows=9, classes=3))


def test_local_data_that_training_would_refuse_is_not_counted_in_part(
    local: ModelSpec, tmp_path: Path
) -> None:
    with (tmp_path / "m" / "data" / "b.csv").open("a") as stream:
        stream.write("5,2024-01-05,a\n")
    with pytest.raises(CommandError, match=r"m/data/b\.csv:6: has 3 cells; allowed: 5 as in the header$"):
        data_size(tmp_path, local, Given())


def test_without_data_the_rows_have_to_be_said(tmp_path: Path) -> None:
    with pytest.raises(WrongWords, match="m has no local data to count: say --rows"):
        data_size(tmp_path, model(), Given())
