"""The training script over tasks and algorithms: features of all types, classes, metrics, bad data."""

import json
import re
from pathlib import Path

import pytest
import train
from inference import Model

from tests.unit.algorithms.tables import cottages, csv_text

FEATURES = [
    {"name": "Pool", "type": "boolean"},
    {"name": "Size", "type": "number", "optional": True, "minimum": 1, "maximum": 1000},
    {"name": "Built", "type": "date"},
    {"name": "Town", "type": "category"},
]
PRICES = {"features": json.dumps(FEATURES), "target": "Price"}
KINDS = {"features": json.dumps(FEATURES), "target": "Kind", "task": "classification"}
LETTERS = {
    "features": '[{"name": "x"}]',
    "target": "y",
    "task": "classification",
    "algorithm": "random-forest",
}


def metrics(printed: str) -> dict[str, float]:
    found = re.findall(r"^metric ([a-z]+:[a-z0-9_]+)=([0-9.eE+-]+);$", printed, re.MULTILINE)
    return {name: float(value) for name, value in found}


def failure(base: Path) -> str:
    return (base / "output/failure").read_text()


@pytest.mark.parametrize("algorithm", ["linear-regression", "random-forest", "svm"])
def test_a_regression_beats_the_mean(container, capsys, algorithm: str) -> None:
    base = container({"c.csv": cottages()}, algorithm=algorithm, **PRICES)
    assert train.main() == 0
    measured = metrics(capsys.readouterr().out)
    assert {name.partition(":")[2] for name in measured} == {"rmse", "mae", "r2"}
    assert measured["validation:rmse"] < 0.8 * measured["baseline:rmse"]
    (value,) = Model.load(base / "model").predict([[1], [100], [3000], ["Bern"]]).values
    assert 250_000 < value < 450_000


@pytest.mark.parametrize("algorithm", ["random-forest", "svm"])
def test_a_classification_beats_the_majority(container, capsys, algorithm: str) -> None:
    base = container({"c.csv": cottages()}, algorithm=algorithm, **KINDS)
    assert train.main() == 0
    measured = metrics(capsys.readouterr().out)
    assert {name.partition(":")[2] for name in measured} == {"accuracy", "f1", "roc_auc", "log_loss"}
    assert measured["validation:accuracy"] > measured["baseline:accuracy"] + 0.1
    assert measured["validation:log_loss"] < measured["baseline:log_loss"]
    assert measured["baseline:roc_auc"] == 0.5
    predictions = Model.load(base / "model").predict([[1], [200], [3000], ["Nowhere"]])
    assert predictions.probabilities is not None
    assert (predictions.values, list(predictions.probabilities[0])) == (["villa"], ["house", "hut", "villa"])
    assert sum(predictions.probabilities[0].values()) == pytest.approx(1)


@pytest.mark.parametrize(
    "given",
    [
        {"algorithm": "linear-regression", **PRICES},
        {"algorithm": "random-forest", **KINDS},
        {"algorithm": "svm", **KINDS},
        {"algorithm": "svm", "kernel": "linear", **PRICES},
    ],
)
def test_the_same_data_and_seed_give_the_same_bytes(container, given: dict[str, str]) -> None:
    contents = []
    for seed in ("0", "0", "1"):
        base = container({"c.csv": cottages()}, seed=seed, **given)
        assert train.main() == 0
        contents.append([(base / "model" / name).read_bytes() for name in ("model.json", "model.npz")])
    assert contents[0] == contents[1]
    assert contents[0] != contents[2]


def test_features_in_pieces_are_joined(container) -> None:
    text = json.dumps(FEATURES)
    pieces = {"features": text[:50], "features-2": text[50:90], "features-3": text[90:]}
    base = container({"c.csv": cottages()}, **{**PRICES, **pieces})
    assert train.main() == 0
    assert [feature.name for feature in Model.load(base / "model").features] == [
        "Pool",
        "Size",
        "Built",
        "Town",
    ]


def test_the_header_decides_where_a_column_is(container) -> None:
    lines = [line.split(",") for line in cottages().splitlines()]
    contents = []
    for order in (lines, [line[::-1] for line in lines]):
        base = container({"c.csv": "\n".join(map(",".join, order))}, **PRICES)
        assert train.main() == 0
        contents.append((base / "model/model.npz").read_bytes())
    assert contents[0] == contents[1]


def test_columns_that_the_model_does_not_use_are_told(container, capsys) -> None:
    container({"c.csv": cottages()}, **PRICES)
    assert train.main() == 0
    assert "c.csv: columns that the model does not use: Note, Kind\n" in capsys.readouterr().out


def test_the_model_is_fitted_on_the_rows_that_are_not_held_out(container, capsys) -> None:
    base = container({"c.csv": cottages()}, **PRICES)
    assert train.main() == 0
    assert "96 rows to fit on, 24 held out" in capsys.readouterr().out
    training = json.loads((base / "model/model.json").read_text())["training"]
    assert (training["rows"], training["held_out"]) == (120, 24)


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        ("aaaaaa", "column 'y' is a in every row: there is nothing to learn"),
        ("aaaaab", "column 'y' has 1 row of b; allowed: 2 rows or more of each class"),
        ("ab", "2 rows; allowed: 3 or more"),
    ],
)
def test_classes_that_cannot_be_learnt(container, labels: str, reason: str) -> None:
    base = container({"x.csv": csv_text(("x", "y"), range(len(labels)), labels)}, **LETTERS)
    assert train.main() == 1
    assert reason in failure(base)


def test_numbers_are_no_classes(container) -> None:
    text = csv_text(("x", "y"), range(402), [index / 7 for index in range(201)] * 2)
    base = container({"x.csv": text}, **LETTERS)
    assert train.main() == 1
    assert "column 'y' has 201 classes; allowed: 200. Is the task regression?" in failure(base)


@pytest.mark.parametrize(("labels", "fraction", "count"), [("aaaaaabb", "0.2", 2), ("aaaaabbb", "0.5", 3)])
def test_a_class_with_one_row_to_fit_on_is_too_few_for_probabilities_of_a_machine(
    container, labels: str, fraction: str, count: int
) -> None:
    given = {**LETTERS, "algorithm": "svm", "validation-fraction": fraction}
    base = container({"x.csv": csv_text(("x", "y"), range(8), labels)}, **given)
    assert train.main() == 1
    assert f"column 'y' has {count} rows of b, 1 to fit on; allowed for svm: 2 or more" in failure(base)


@pytest.mark.parametrize(
    ("feature", "cells", "reason"),
    [
        ({"optional": True}, [None] * 5, "column 'x' is empty in every row"),
        ({}, [1, 2, None, 4, 5], "x.csv:4: column 'x': is empty; allowed: a number"),
        ({"maximum": 4}, [1, 2, 3, 4, 5], "x.csv:6: column 'x': 5 is above the maximum 4"),
        ({"type": "boolean"}, [1, 0, 1, 0, "no"], "x.csv:6: column 'x': 'no' is no boolean"),
        ({"type": "date"}, ["2024-01-01"] * 4 + ["1.1.2024"], "x.csv:6: column 'x': '1.1.2024' is no date"),
        (
            {"type": "category", "values": ["a"]},
            ["a"] * 4 + ["b"],
            "x.csv:6: column 'x': 'b' is none of the values; allowed: a",
        ),
    ],
)
def test_a_cell_that_its_feature_does_not_allow(container, feature: dict, cells: list, reason: str) -> None:
    given = {"features": json.dumps([{"name": "x", **feature}]), "target": "y"}
    base = container({"x.csv": csv_text(("x", "y"), cells, range(5))}, **given)
    assert train.main() == 1
    assert reason in failure(base)
