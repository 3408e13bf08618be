"""The data that AWS's own algorithms train on."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import prepare
import pytest
import train

from tests.unit.algorithms.tables import csv_text

NUMBERS = {"target": "y", "features": '[{"name": "a"}, {"name": "b", "optional": true}]'}
CLASSES = {**NUMBERS, "task": "classification"}


def lay_out(base: Path, text: str) -> Path:
    folder = base / "processing/input/data"
    folder.mkdir(parents=True)
    (folder / "x.csv").write_text(text)
    return folder


def run(base: Path, monkeypatch: pytest.MonkeyPatch, hyperparameters: dict[str, str]) -> int:
    monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(base))
    text = json.dumps(hyperparameters)
    return prepare.main([text[start : start + 7] for start in range(0, len(text), 7)])


def rows(path: Path) -> list[list[str]]:
    with path.open(newline="") as stream:
        return list(csv.reader(stream))


def table(count: int, labels: list[object] | None = None) -> str:
    gaps = [None if index == 3 else index / 4 for index in range(count)]
    targets = labels or [index * 2 for index in range(count)]
    return csv_text(("b", "note", "y", "a"), gaps, "-" * count, targets, range(count))


def test_the_target_comes_first_and_there_is_no_header(tmp_path: Path, monkeypatch) -> None:
    lay_out(tmp_path, table(10))
    assert run(tmp_path, monkeypatch, NUMBERS) == 0
    output = tmp_path / "processing/output"
    fitted, held = rows(output / "train/part-0.csv"), rows(output / "validation/part-0.csv")
    assert (len(fitted), len(held)) == (8, 2)
    assert ["0.0", "0.0", "0.0"] in [*fitted, *held]
    assert ["6.0", "3.0", ""] in [*fitted, *held]


def test_the_rows_held_out_are_those_of_train(tmp_path: Path, monkeypatch, container, capsys) -> None:
    given = {**NUMBERS, "algorithm": "linear-regression", "seed": "5"}
    base = container({"x.csv": table(50)}, **given)
    assert train.main() == 0
    measured = json.loads((base / "model/model.json").read_text())["training"]["metrics"]
    lay_out(tmp_path, table(50))
    assert run(tmp_path, monkeypatch, given) == 0
    report = json.loads((tmp_path / "processing/output/report/baseline.json").read_text())
    assert report == {name: value for name, value in measured.items() if name.startswith("baseline:")}


def test_the_baseline_of_classes(tmp_path: Path, monkeypatch) -> None:
    lay_out(tmp_path, table(40, [0, 0, 0, 1] * 10))
    assert run(tmp_path, monkeypatch, CLASSES) == 0
    output = tmp_path / "processing/output"
    assert {row[0] for row in rows(output / "train/part-0.csv")} == {"0", "1"}
    report = json.loads((output / "report/baseline.json").read_text())
    assert report["baseline:accuracy"] == 0.75
    assert set(report) == {f"baseline:{name}" for name in ("accuracy", "f1", "roc_auc", "log_loss")}


def test_eleven_classes_keep_their_numbers(tmp_path: Path, monkeypatch) -> None:
    lay_out(tmp_path, table(22, [*range(11)] * 2))
    assert run(tmp_path, monkeypatch, CLASSES) == 0
    assert sorted(int(row[0]) for row in rows(tmp_path / "processing/output/train/part-0.csv")) == [
        *range(11)
    ]


def test_a_file_for_each_instance(tmp_path: Path, monkeypatch) -> None:
    lay_out(tmp_path, table(50))
    assert run(tmp_path, monkeypatch, {**NUMBERS, "parts": "3"}) == 0
    parts = sorted((tmp_path / "processing/output/train").iterdir())
    assert [path.name for path in parts] == ["part-0.csv", "part-1.csv", "part-2.csv"]
    assert np.sum([len(rows(path)) for path in parts]) == 40


@pytest.mark.parametrize(
    ("text", "given", "reason"),
    [
        (
            table(20, ["a", "b"] * 10),
            CLASSES,
            "column 'y' has the classes a, b; allowed for",
        ),
        (table(20, [1, 2] * 10), CLASSES, "has the classes 1, 2; allowed for this algorithm: 0, 1"),
        (
            table(20, ["0.0", "1.0"] * 10),
            CLASSES,
            "has the classes 0.0, 1.0; allowed for",
        ),
        (table(20, [1] * 20), CLASSES, "column 'y' is 1 in every row"),
        (table(20, [1e200, 3e200] * 10), NUMBERS, "the numbers are too large to compute with"),
        (table(4), {**NUMBERS, "parts": "9"}, "3 rows for 9 instances"),
        (table(4), {**NUMBERS, "target": "z"}, "x.csv:1: column 'z': is missing"),
        (table(4), {**NUMBERS, "features": "[]"}, "hyperparameter features: allowed"),
    ],
)
def test_bad_data_ends_with_a_message(
    tmp_path: Path, monkeypatch, text: str, given: dict[str, str], reason: str
) -> None:
    lay_out(tmp_path, text)
    assert run(tmp_path, monkeypatch, given) == 1
    assert reason in (tmp_path / "output/message").read_text()


def test_it_runs_as_a_script_of_its_own(tmp_path: Path) -> None:
    lay_out(tmp_path, table(10))
    command = [sys.executable, prepare.__file__, json.dumps(NUMBERS)]
    done = subprocess.run(
        command, env={"SAGEMAKER_BASE_DIR": str(tmp_path)}, capture_output=True, text=True, cwd=tmp_path
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        done.stdout
        == "x.csv: columns that the model does not use: note\n8 rows to fit on in 1 files, 2 held out\n"
    )


@pytest.mark.parametrize(("labels", "told"), [([0, 1, 2, 3, 4], "3"), ([0, 1], "4"), ([0, 1, 2], "2")])
def test_classes_in_another_number_than_the_algorithm_is_told_are_refused(
    tmp_path: Path, monkeypatch, labels: list[object], told: str
) -> None:
    lay_out(tmp_path, table(8 * len(labels), labels * 8))
    assert run(tmp_path, monkeypatch, {**CLASSES, "classes": told}) == 1
    said = (tmp_path / "output/message").read_text()
    expected = f"column 'y' has {len(labels)} classes; allowed: {told}, as model.yaml says"
    assert said == f"channel train: {expected}"


def test_classes_in_the_number_that_the_algorithm_is_told_are_prepared(tmp_path: Path, monkeypatch) -> None:
    lay_out(tmp_path, table(24, [0, 1, 2] * 8))
    assert run(tmp_path, monkeypatch, {**CLASSES, "classes": "3"}) == 0
