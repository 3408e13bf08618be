"""Local training data is checked when the model is loaded: columns, and the cells of the first rows."""

from pathlib import Path
from typing import Any

import pytest

from sagemaker_lifecycle.model_specs import load_models
from sagemaker_lifecycle.spec.local_data import ROW_LIMIT, local_data_files
from tests.unit.spec.conftest import messages, write_scripts


def test_a_target_that_the_csv_lacks_is_refused_with_the_near_one(refusals) -> None:
    (message,) = refusals(target="Prise")
    assert message.startswith(
        "houses/model.yaml:5: target: column 'Prise' is missing; the file has: SquareFeet"
    )
    assert "did you mean 'Price'?" in message
    assert "houses.csv" in message


def test_a_feature_that_the_csv_lacks_is_refused(refusals) -> None:
    (message,) = refusals(features=[{"name": "SquareFeet"}, {"name": "Rooms"}])
    assert "houses/model.yaml:8: features[1].name: column 'Rooms' is missing" in message


def test_data_is_checked_beside_other_faults(refusals) -> None:
    found = refusals(target="Prise", training={"instance_type": "ml.none"})
    assert [message.split(" ")[1] for message in found] == ["target:", "training.instance_type:"]


@pytest.mark.parametrize("csv", ["", "\n", "SquareFeet,Price\n", "SquareFeet,Price\n\n\n"])
def test_an_empty_csv_is_refused(refusals, csv: str) -> None:
    (message,) = refusals(csv=csv)
    assert "allowed: " in message
    assert message.startswith("houses/data/houses.csv: ")


def test_a_text_cell_is_named_with_file_line_and_column(refusals) -> None:
    (message,) = refusals(csv="SquareFeet,Price\n1,2\nbig,3\n")
    assert message == "houses/data/houses.csv:3: column 'SquareFeet': 'big' is no number"


def test_a_folder_without_csv_is_refused(refusals) -> None:
    (message,) = refusals(csv=None)
    assert "source.path: " in message
    assert "has no CSV file" in message


def test_a_path_out_of_the_models_folder_is_refused(refusals) -> None:
    (message,) = refusals(source={"type": "local", "path": "../../etc"})
    assert "source.path: '../../etc' leads out of the model's folder" in message


@pytest.mark.parametrize("path", ["x" * 5000, "data\0"])
def test_a_path_that_no_file_can_have_is_refused(refusals, path: str) -> None:
    (message,) = refusals(source={"type": "local", "path": path})
    assert "source.path: cannot be read" in message


def test_a_file_that_cannot_be_read_is_refused(refusals, tmp_path: Path) -> None:
    (tmp_path / "models/houses/data/loop.csv").parent.mkdir(parents=True)
    (tmp_path / "models/houses/data/loop.csv").symlink_to("loop.csv")
    (message,) = refusals(source={"type": "local", "path": "data/loop.csv"})
    assert "source.path: " in message


def test_rows_beyond_the_limit_are_left_to_the_training(write_model, tmp_path: Path) -> None:
    good = "SquareFeet,Price\n" + "1,2\n" * ROW_LIMIT
    write_model(csv=good + "text,2\n")
    assert load_models(tmp_path / "models")


def test_files_of_a_local_source_come_in_the_order_of_their_paths(write_model, tmp_path: Path) -> None:
    data = write_model().parent / "data"
    (data / "a.csv").write_text("SquareFeet,Price\n1,2\n")
    (data / "notes.txt").write_text("no data")
    (spec,) = load_models(tmp_path / "models")
    assert local_data_files(tmp_path / "models", spec) == (data / "a.csv", data / "houses.csv")


def test_another_source_has_no_local_files(write_model, tmp_path: Path) -> None:
    write_model(source={"type": "s3"})
    (spec,) = load_models(tmp_path / "models")
    assert local_data_files(tmp_path / "models", spec) == ()


def rows(*targets: object) -> str:
    return "SquareFeet,Price\n" + "".join(f"{index},{target}\n" for index, target in enumerate(targets))


CLASSES: dict[str, Any] = {
    "task": "classification",
    "algorithm": "random-forest",
    "gate": {"metric": "accuracy", "threshold": 0.9},
}
NUMBERED: dict[str, Any] = {**CLASSES, "algorithm": "xgboost", "hyperparameters": {"num_round": 5}}
FOUR: dict[str, Any] = {**NUMBERED, "hyperparameters": {"num_class": 4}}
LEARNER: dict[str, Any] = {**CLASSES, "algorithm": "linear-learner", "hyperparameters": {"num_classes": 3}}
MACHINE: dict[str, Any] = {**CLASSES, "algorithm": "svm"}
HALVED: dict[str, Any] = {**MACHINE, "training": {"validation_fraction": 0.5}}


@pytest.mark.parametrize(
    ("changes", "targets", "key", "said"),
    [
        ({}, (1, 2), "source.path", "has 2 rows; allowed: 3 or more"),
        ({}, (7, 7, 7.0), "target", "column 'Price' is 7.0 in every row: there is nothing to learn"),
        (CLASSES, "aaa", "target", "column 'Price' is a in every row: there is nothing to learn"),
        (CLASSES, "aaab", "target", "column 'Price' has 1 row of b; allowed: 2 rows or more of each class"),
        (CLASSES, [*range(201)] * 2, "target", "column 'Price' has 201 classes; allowed: 200"),
        (NUMBERED, "aabb", "target", "column 'Price' has the classes a, b; allowed for this algorithm: 0, 1"),
        (NUMBERED, "001122", "target", "has 3 classes; allowed: 2, as model.yaml says"),
        (FOUR, "001122", "target", "has 3 classes; allowed: 4, as model.yaml says"),
        (LEARNER, "0011", "target", "has 2 classes; allowed: 3, as model.yaml says"),
        (MACHINE, "aaaabb", "target", "has 2 rows of b, 1 to fit on; allowed for svm: 2 or more to fit on"),
        (HALVED, "aaaabbb", "target", "has 3 rows of b, 1 to fit on; allowed for svm: 2 or more to fit on"),
    ],
)
def test_targets_that_training_would_refuse_are_refused(
    refusals, changes: dict[str, Any], targets: Any, key: str, said: str
) -> None:
    (message,) = refusals(csv=rows(*targets), **changes)
    assert f"{key}: " in message
    assert said in message


@pytest.mark.parametrize(
    ("changes", "targets"),
    [(NUMBERED, "0011"), (FOUR, "00112233"), (LEARNER, "001122"), (MACHINE, "aaabbb"), (CLASSES, "aaaabb")],
)
def test_targets_that_training_takes_are_taken(
    write_model, tmp_path: Path, changes: dict[str, Any], targets: str
) -> None:
    write_model(csv=rows(*targets), **changes)
    assert load_models(tmp_path / "models")


OPTIONAL = {"number": ["SquareFeet", "Rooms"], "category": ["Zone"], "optional": ["Rooms", "Zone"]}


def test_features_that_are_empty_in_every_row_of_all_files_are_refused(write_model, tmp_path: Path) -> None:
    empty = "SquareFeet,Rooms,Zone,Price\n1,,,1\n2,,,2\n"
    file = write_model(csv=empty, features=OPTIONAL)
    (file.parent / "data" / "more.csv").write_text("SquareFeet,Rooms,Zone,Price\n3,,a,3\n")
    (message,) = messages(tmp_path / "models")
    assert message.startswith("houses/model.yaml:")
    assert " features" in message
    assert "column 'Rooms' is empty in every row; allowed: a value in one row or more" in message
    (file.parent / "data" / "more.csv").write_text("SquareFeet,Rooms,Zone,Price\n3,,,3\n")
    assert [("'Rooms'" in told, "'Zone'" in told) for told in messages(tmp_path / "models")] == [
        (True, False),
        (False, True),
    ]
    (file.parent / "data" / "more.csv").write_text("SquareFeet,Rooms,Zone,Price\n3,1,a,3\n")
    assert load_models(tmp_path / "models")


def test_of_a_file_that_is_read_in_part_no_empty_feature_is_told(write_model, tmp_path: Path) -> None:
    lines = "".join(f"{index},,a,{index}\n" for index in range(ROW_LIMIT))
    write_model(csv=f"SquareFeet,Rooms,Zone,Price\n{lines}", features=OPTIONAL)
    assert load_models(tmp_path / "models")


def test_of_a_part_of_the_rows_nothing_is_said(write_model, tmp_path: Path) -> None:
    write_model(csv=rows(*[7] * ROW_LIMIT))
    load_models(tmp_path / "models")


def test_what_a_users_own_code_learns_from_is_its_affair(write_model, tmp_path: Path) -> None:
    write_scripts(write_model(algorithm="script", csv=rows(7, 7)).parent)
    load_models(tmp_path / "models")


@pytest.mark.parametrize("fraction", [float("inf"), float("-inf"), float("nan"), 1e308])
def test_a_fraction_that_is_none_is_refused_alone(refusals, fraction: float) -> None:
    csv = "SquareFeet,Price\n" + "".join(f"{n},{n % 2}\n" for n in range(20))
    gate = {"metric": "accuracy", "threshold": 0.5}
    training = {"validation_fraction": fraction}
    (message,) = refusals(csv=csv, task="classification", algorithm="svm", gate=gate, training=training)
    assert "training.validation_fraction: " in message


def test_r2_of_one_row_is_refused(refusals, write_model) -> None:
    lines = ["SquareFeet,Price", *(f"{n},{n * n}" for n in range(8))]
    gate = {"metric": "r2", "threshold": 0.5}
    (message,) = refusals(csv="\n".join(lines[:-1]), gate=gate)
    assert "gate.metric: r2 cannot be measured: of 7 rows 1 is held out; allowed: rmse, mae, or" in message
    load_models(write_model(csv="\n".join(lines), gate=gate).parents[1])
