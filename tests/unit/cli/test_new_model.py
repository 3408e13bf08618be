"""`lifecycle init`: what is guessed from data, and that nothing half-made stays behind."""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from cli import new_model
from cli.new_model import create
from cli.session import ROOT, CommandError
from sagemaker_lifecycle.model_specs import load_model
from sagemaker_lifecycle.spec import ModelSpec


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


def written(tmp_path: Path, header: list[str], rows: list[list[Any]], name: str = "my data.csv") -> Path:
    file = tmp_path / name
    with file.open("w", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    return file


def rows_of(*columns: Sequence[Any]) -> list[list[Any]]:
    return [list(cells) for cells in zip(*columns, strict=True)]


NUMBERS = [1.5, 2.5, 3.5, 4.5, 5.5, 6.5]
TARGET = [10.0, 21, 29, 40, 52, 61]


def made(models: Path, file: Path, target: str = "y", **more: str) -> tuple[ModelSpec, tuple[str, ...]]:
    created = create(models, file, target, **more)
    return load_model(created.folder), created.notes


def test_every_type_is_found_and_gaps_are_optional(models: Path, tmp_path: Path) -> None:
    data = rows_of(
        [f"k{n}" for n in range(6)],
        NUMBERS,
        ["Bern", "Basel", "", "Bern", "Basel", "Bern"],
        ["true", "FALSE", "1", "true", "0", "true"],
        ["2020-01-31", "2021-02-28", "", "2020-01-01", "2020-01-02", "2020-01-03"],
        [0, 1, 1, 0, 1, 0],
        TARGET,
    )
    file = written(tmp_path, ["key", "area", "city", "pool", "built", "flag", "y"], data)
    spec, notes = made(models, file)
    assert [(f.name, f.type, f.optional) for f in spec.features] == [
        ("area", "number", False),
        ("flag", "number", False),
        ("city", "category", True),
        ("pool", "boolean", False),
        ("built", "date", True),
    ]
    assert spec.name == "my-data"
    assert "left out: 'key', a text of its own in every row, as an identifier has" in notes
    assert (models / "my-data" / "data" / "my-data.csv").read_bytes() == file.read_bytes()


@pytest.mark.parametrize(
    ("target", "task", "why"),
    [
        (["a", "b"] * 10, "classification", "because y is text"),
        (["true", "false"] * 10, "classification", "because y is true or false"),
        ([0, 1] * 10, "classification", "because y has 2 different whole numbers only"),
        ([0.5, 1] * 10, "regression", "because y is a number with 2 different values"),
        (list(range(20)), "regression", "because y is a number with 20 different values"),
    ],
)
def test_the_task_is_guessed_and_the_reason_told(
    models: Path, tmp_path: Path, target: list[Any], task: str, why: str
) -> None:
    spec, notes = made(models, written(tmp_path, ["x", "y"], rows_of([n * 1.1 for n in range(20)], target)))
    assert spec.task == task
    assert f"task: {task}, {why}" in notes


def test_the_task_can_be_said(models: Path, tmp_path: Path) -> None:
    file = written(tmp_path, ["x", "y"], rows_of([n * 1.1 for n in range(20)], [0, 1] * 10))
    assert made(models, file, task="regression")[0].task == "regression"


def test_few_rows_get_a_line_and_many_a_forest(models: Path, tmp_path: Path) -> None:
    few = written(tmp_path, ["x", "y"], rows_of(NUMBERS, TARGET), "few.csv")
    many = written(tmp_path, ["x", "y"], [[n * 1.5, n * 2.5] for n in range(60)], "many.csv")
    assert made(models, few)[0].algorithm == "linear-regression"
    assert made(models, many)[0].algorithm == "random-forest"


def test_the_gate_is_a_tenth_better_than_knowing_nothing(models: Path, tmp_path: Path) -> None:
    number = written(
        tmp_path, ["x", "y"], rows_of([1.5, 2.5, 4.5, 5.5], [0.5, 0.5, 20.5, 20.5]), "number.csv"
    )
    assert (made(models, number)[0].gate.metric, made(models, number, name="n")[0].gate.threshold) == (
        "rmse",
        9,
    )
    x = [n * 1.1 for n in range(20)]
    even = written(tmp_path, ["x", "y"], rows_of(x, ["a", "b"] * 10), "even.csv")
    gate = made(models, even)[0].gate
    assert (gate.metric, gate.threshold) == ("accuracy", 0.55)
    rare = written(tmp_path, ["x", "y"], rows_of(x, ["a"] * 18 + ["b"] * 2), "rare.csv")
    gate = made(models, rare)[0].gate
    # Always "a": F1 of a is 2 x 0.9 / 1.9, of b 0; their mean is 0.474.
    assert (gate.metric, gate.threshold) == ("f1", 0.526)


def test_classes_in_few_rows_are_told(models: Path, tmp_path: Path) -> None:
    target = ["a"] * 20 + ["b"] * 9 + ["c"] * 10 + ["d"] * 2
    file = written(tmp_path, ["x", "y"], rows_of([n * 1.1 for n in range(41)], target))
    told = "note: 'y', classes in few rows ('d' in 2, 'b' in 9): the gate can say little about these"
    assert told in made(models, file)[1]
    even = written(tmp_path, ["x", "y"], rows_of([n * 1.1 for n in range(40)], ["a", "b"] * 20), "even.csv")
    assert not any("few rows" in note for note in made(models, even)[1])
    numbers = written(tmp_path, ["x", "y"], rows_of(NUMBERS, TARGET), "numbers.csv")
    assert not any("few rows" in note for note in made(models, numbers)[1])


def test_fifty_columns_and_odd_names_take_at_most_fifteen_lines(models: Path, tmp_path: Path) -> None:
    dice = random.Random(1)
    names = [*(f"measure no. {n}: [m²]" for n in range(48)), "yes", "2024"]
    rows = [[*(f"{dice.random():.3f}" for _ in names), dice.choice(["ja", "nein"])] for _ in range(40)]
    rows[3][0] = ""
    spec, _ = made(models, written(tmp_path, [*names, "no"], rows), target="no", name="wide")
    assert list(spec.feature_names) == names
    assert len((models / "wide" / "model.yaml").read_text().splitlines()) <= 15


@pytest.mark.parametrize("name", ["house-prices", "wine", "breast-cancer", "auto-mpg", "diabetes"])
def test_the_shipped_data_makes_a_model_of_the_same_task(models: Path, name: str) -> None:
    shipped = load_model(ROOT / "models" / name)
    (file,) = (ROOT / "models" / name / "data").glob("*.csv")
    assert made(models, file, shipped.target)[0].task == shipped.task


TAKE_IN = "if it tells something, write it into number: of features"
NAMED = "and the name of an identifier"


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ([""] * 12, "empty in every row"),
        (["7"] * 12, "'7' in every row, so it tells nothing"),
        ([f"{n}" for n in range(12)], f"counts the rows; {TAKE_IN}"),
        (
            [f"{n * n % 101}" for n in range(12)],
            f"a whole number of its own in every row, {NAMED}; {TAKE_IN}",
        ),
    ],
)
def test_what_is_no_feature_is_left_out_with_the_reason(
    models: Path, tmp_path: Path, cells: list[str], reason: str
) -> None:
    data = rows_of(cells, [n * 1.1 for n in range(12)], [n * 2.2 for n in range(12)])
    spec, notes = made(models, written(tmp_path, ["row_id", "x", "y"], data))
    assert spec.feature_names == ("x",)
    assert f"left out: 'row_id', {reason}" in notes


def test_many_different_texts_are_no_categories(models: Path, tmp_path: Path) -> None:
    rows = [[f"street {min(n, 149)}", n * 1.1, n * 2.2] for n in range(151)]
    notes = made(models, written(tmp_path, ["street", "x", "y"], rows))[1]
    assert "left out: 'street', 150 different texts in 151 rows: no categories" in notes


def test_where_all_may_number_the_rows_they_are_features(models: Path, tmp_path: Path) -> None:
    spec, notes = made(models, written(tmp_path, ["x", "y"], rows_of(range(6), TARGET)))
    assert spec.feature_names == ("x",)
    assert "note: 'x', counts the rows; a feature because there is no other" in notes


def test_a_column_with_cells_to_mend_is_left_out_and_how_to_take_it_in_is_told(
    models: Path, tmp_path: Path
) -> None:
    file = written(tmp_path, ["built", "x", "y"], rows_of(["1.3.2024"] * 6, NUMBERS, TARGET))
    spec, notes = made(models, file)
    assert spec.feature_names == ("x",)
    assert any(note.startswith("left out: 'built', dates, but '1.3.2024' in 6 rows") for note in notes)
    assert notes[-1].startswith("to take in columns whose cells are mended in data/")


def test_columns_without_a_name_and_odd_features_are_told(models: Path, tmp_path: Path) -> None:
    fuel = ["oil", "gas", "-", "gas", "oil", "oil"]
    notes = made(models, written(tmp_path, ["", "fuel", "y"], rows_of(range(6), fuel, TARGET)))[1]
    assert "left out: 1 without a name in the header" in notes
    (note,) = [note for note in notes if note.startswith("note: 'fuel', '-' in 1 row, first at ")]
    assert note.endswith("my data.csv:4: a category of its own; empty these cells if it means a gap")


@pytest.mark.parametrize(
    ("content", "words", "message"),
    [
        (b"x,y\n1,2\n", {"target": "z"}, r"f\.csv: no column 'z'; it has: x, y$"),
        (b"x;y\n1;2\n", {}, r"f\.csv: columns are separated by semicolons; allowed: commas"),
        (b"", {}, r"f\.csv: is empty; allowed: a header and at least one row"),
        (b"x,y\n", {}, "has a header and no row"),
        (b'"x";"y"\n1;2\n', {}, "columns are separated by semicolons"),
        (b"a,b;y\n1;2\n", {}, "columns are separated by semicolons"),
        (b"x\ty\n1\t2\n", {}, "columns are separated by tabs"),
        (b'"x"a,y\n1,2\n', {}, r"f\.csv: is no CSV: "),
        (b" y,x\n1,2\n", {}, r"no column 'y'; it has:  y, x; did you mean ' y'\?"),
        (b" y,x\n1,2\n", {"target": " y"}, "column ' y': no white space is allowed around a name"),
        (b"RENT,x\n1,2\n", {"target": "rent"}, r"it has: RENT, x; did you mean 'RENT'\?"),
        ("Miete in €,x\n1,2\n".encode(), {"target": "Mite in €"}, r"did you mean 'Miete in €'\?"),
        (b"\nx,y\n1,2\n", {}, r"f\.csv:1: is a blank line; allowed: the header"),
        (b"\n\n", {}, r"f\.csv: is empty"),
        (b"x,y\n1,2\n", {}, r"f\.csv: 1 row; allowed"),
        (b",\n1,2\n", {}, r"f\.csv: is empty"),
        (
            b"x,y\n1,2\n2,\n3,4\n",
            {},
            r"f\.csv: the target 'y' is empty in 1 of 3 rows, in line 3: remove these",
        ),
        (
            b"x,y\n1,2\n" + b"2,\n" * 7,
            {},
            r"empty in 7 of 8 rows, in lines 3, 4, 5, 6, 7 and 2 more: remove these rows, from which",
        ),
        (
            b"x,y\n1,2\n" + b"2\n" * 12,
            {},
            r"f\.csv:12: has 1 cells; allowed: 2 .*\n.*f\.csv: there may be more$",
        ),
        (
            b"x,y\n1,2\n3,NA\n5,4\n",
            {},
            r"f\.csv: the target 'y' holds numbers, but 'NA' in 1 row, .*f\.csv:3: remove such rows$",
        ),
        (
            b"x,y\n1,2\n3,31.1.2024\n5,2024-02-01\n3,1.1.2024\n" + b"1,1.2.2024\n" * 6,
            {},
            r"dates, but '31.1.2024' and the like in 8 rows, .*:3: write dates as .*; '2' in 1 row, .*:2:",
        ),
        (b"x,x,y\n1,2,3\n", {}, r"column 'x': is there 2 times; allowed: once"),
        (b"x,y\n1,2\n1,2,3\n", {}, r"f\.csv:3: has 3 cells; allowed: 2"),
        (b"stra\xdfe,y\n1,2\n", {}, "is no UTF-8 CSV"),
        (b"x,y\n1,2\n\xdf,3\n", {}, "is no UTF-8 CSV"),
        (b"x,y\n1,2\n3,4\n", {}, r"f\.csv: 2 rows; allowed: 3 or more"),
        (b"x,y\n1,2\n3,2\n5,2\n", {}, r"f\.csv: y is '2' in every row: there is nothing to learn"),
        (b"x,y\n1,a\n3,b\n5,b\n", {}, "2 classes, of which 1 are in one row only: a;"),
        (b"x,y\n1,a\n3,b\n5,b\n", {"task": "regression"}, r"y is no number .*, but text$"),
        (
            b"x,y\n1,2\n3,3\n5,2\n",
            {"task": "clustering"},
            "no task 'clustering'; allowed: regression, classif",
        ),
        (b"x,y\n1,2\n1,3\n1,5\n", {}, r"no column beside 'y' can be a feature:\nleft out: 'x', '1' in every"),
        (b"y\n1\n2\n3\n", {}, r"f\.csv: there is no column beside 'y'$"),
        (
            b",y\n0,1\n1,2\n2,3\n",
            {},
            r"no column beside 'y' can be a feature:\nleft out: 1 without a name in the header$",
        ),
        (b"x,y\n1,2\n", {"name": "My Model"}, "'My Model' cannot be a model's name; allowed: lower-case"),
        (b"x,y\n1,2\n", {"name": "../up"}, "cannot be a model's name"),
    ],
)
def test_what_cannot_become_a_model_is_told_and_leaves_nothing(
    models: Path, tmp_path: Path, content: bytes, words: dict[str, str], message: str
) -> None:
    file = tmp_path / "f.csv"
    file.write_bytes(content)
    with pytest.raises(CommandError, match=message):
        create(models, file, **{"target": "y", **words})
    assert not models.exists() or list(models.iterdir()) == []


def test_a_file_that_is_not_there_is_told(models: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"none\.csv: cannot be read: No such file"):
        create(models, tmp_path / "none.csv", "y")


def test_a_folder_is_no_file(models: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="is a folder; allowed: one CSV file"):
        create(models, tmp_path, "y")


def test_a_model_that_is_there_already_is_left_alone(models: Path, tmp_path: Path) -> None:
    file = written(tmp_path, ["x", "y"], rows_of(NUMBERS, TARGET), "a.csv")
    create(models, file, "y")
    (models / "a" / "model.yaml").write_text("mine")
    with pytest.raises(CommandError, match="models/a is there already; allowed: another --name"):
        create(models, file, "y")
    assert (models / "a" / "model.yaml").read_text() == "mine"


def test_a_file_that_the_loader_refuses_is_never_seen(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(new_model, "guessed", lambda *_: new_model.Guess("name: a\n", (), ()))
    with pytest.raises(CommandError, match=r"makes no model: a/model\.yaml"):
        create(models, written(tmp_path, ["x", "y"], rows_of(NUMBERS, TARGET), "a.csv"), "y")
    assert list(models.iterdir()) == []


@pytest.mark.parametrize(("middle", "half"), [(1e7, 5e6), (1, 2e-5)])
def test_a_gate_that_python_writes_with_an_exponent_is_read(
    models: Path, tmp_path: Path, middle: float, half: float
) -> None:
    spread = half / 0.9
    target = [middle + spread, middle - spread] * 20
    file = written(tmp_path, ["x", "y"], rows_of([n * 1.1 for n in range(40)], target))
    assert made(models, file)[0].gate.threshold == half


def test_more_texts_than_training_takes_are_no_category(models: Path, tmp_path: Path) -> None:
    texts = [f"z{n % 1001}" for n in range(2100)]
    rows = rows_of(range(0, 4200, 2), texts, [n * 1.5 for n in range(2100)])
    _, notes = made(models, written(tmp_path, ["x", "zip", "y"], [[a + 0.5, b, c] for a, b, c in rows]))
    assert "left out: 'zip', 1001 different texts; allowed: 1000 of a category" in notes
