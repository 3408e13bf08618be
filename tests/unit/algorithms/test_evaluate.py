"""What a champion's answers come to, whatever form its algorithm gives them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import evaluate
import numpy as np
import pytest
from evaluation import class_metrics, regression_metrics

TARGETS = [3.0, 1.0, 2.5, 7.0]
CLASSES = [0, 1, 1, 0, 1, 0]
SCORES = [0.2, 0.9, 0.4, 0.1, 0.7, 0.6]


def lay_out(base: Path, files: dict[str, tuple[list[Any], list[Any]]]) -> None:
    """Rows (a target each) and answers (a line each) by the names of files."""
    for name, (targets, answers) in files.items():
        for folder, end, lines in (
            ("validation", "", [f"{target},1.5," for target in targets]),
            ("answers", ".out", [one if isinstance(one, str) else json.dumps(one) for one in answers]),
        ):
            path = base / "processing/input" / folder / f"{name}{end}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(f"{line}\n" for line in lines))


def run(base: Path, monkeypatch: pytest.MonkeyPatch, algorithm: str, task: str) -> int:
    monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(base))
    text = json.dumps({"algorithm": algorithm, "task": task})
    return evaluate.main([text[start : start + 7] for start in range(0, len(text), 7)])


def measured(
    base: Path,
    monkeypatch: pytest.MonkeyPatch,
    algorithm: str,
    task: str,
    targets: list[Any],
    answers: list[Any],
) -> dict[str, float]:
    lay_out(base, {"part-0.csv": (targets, answers)})
    assert run(base, monkeypatch, algorithm, task) == 0
    report = json.loads((base / "processing/output/report/champion.json").read_text())
    assert all(name.startswith("champion:") for name in report)
    return {name.removeprefix("champion:"): value for name, value in report.items()}


@pytest.mark.parametrize("algorithm", ["xgboost", "linear-learner"])
def test_numbers_are_measured_as_those_of_any_model(tmp_path: Path, monkeypatch, algorithm: str) -> None:
    answers = [2.0, 1.5, 2.5, 9.0]
    given = [{"score": one} for one in answers] if algorithm == "linear-learner" else answers
    got = measured(tmp_path, monkeypatch, algorithm, "regression", TARGETS, given)
    assert got == pytest.approx(regression_metrics(np.array(TARGETS), np.array(answers)))


def test_xgboosts_probabilities_are_of_class_one(tmp_path: Path, monkeypatch) -> None:
    got = measured(tmp_path, monkeypatch, "xgboost", "classification", CLASSES, SCORES)
    scores = np.array(SCORES)
    assert got == pytest.approx(class_metrics(np.array(CLASSES), np.column_stack([1 - scores, scores])))


def test_xgboosts_probabilities_of_many_classes_are_lists(tmp_path: Path, monkeypatch) -> None:
    answers = [[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.2, 0.5, 0.3]]
    got = measured(tmp_path, monkeypatch, "xgboost", "classification", [0, 1, 2], answers)
    assert got == pytest.approx(class_metrics(np.array([0, 1, 2]), np.array(answers)))


@pytest.mark.parametrize("stretch", [1.0, 40.0])
def test_linear_learners_labels_count_at_its_own_threshold(
    tmp_path: Path, monkeypatch, stretch: float
) -> None:
    labels = [0, 1, 1, 0, 1, 0]
    answers = [
        {"score": (score - 0.5) * stretch, "predicted_label": label}
        for score, label in zip(SCORES, labels, strict=True)
    ]
    got = measured(tmp_path, monkeypatch, "linear-learner", "classification", CLASSES, answers)
    ranked = class_metrics(np.array(CLASSES), np.column_stack([1 - np.array(SCORES), SCORES]))
    assert got == {"accuracy": 1.0, "f1": 1.0, "roc_auc": pytest.approx(ranked["roc_auc"])}


def test_linear_learners_equal_scores_are_ties(tmp_path: Path, monkeypatch) -> None:
    answers = [{"score": 0.5, "predicted_label": 1.0} for _ in CLASSES]
    got = measured(tmp_path, monkeypatch, "linear-learner", "classification", CLASSES, answers)
    assert got["roc_auc"] == 0.5
    assert got["accuracy"] == 0.5


def test_linear_learners_many_classes(tmp_path: Path, monkeypatch) -> None:
    answers = [{"score": [0.5, 0.3, 0.2], "predicted_label": label} for label in (0, 2, 2)]
    got = measured(tmp_path, monkeypatch, "linear-learner", "classification", [0, 1, 2], answers)
    assert got == pytest.approx({"accuracy": 2 / 3, "f1": (1 + 0 + 2 / 3) / 3})


def test_answers_belong_to_the_rows_of_their_own_file(tmp_path: Path, monkeypatch) -> None:
    lay_out(tmp_path, {"a.csv": ([1, 2], ["1", "", "2"]), "deep/b.csv": ([9], ["9"])})
    assert run(tmp_path, monkeypatch, "xgboost", "regression") == 0
    report = json.loads((tmp_path / "processing/output/report/champion.json").read_text())
    assert report["champion:rmse"] == 0


@pytest.mark.parametrize(
    ("algorithm", "task", "targets", "answers", "said"),
    [
        ("xgboost", "regression", [1, 2], ["1"], "1 answers to 2 rows"),
        ("xgboost", "regression", [], [], "0 answers to 0 rows"),
        ("xgboost", "regression", [1], ["nan"], "'nan', which is no score"),
        ("xgboost", "regression", [1], ["NaN"], "no finite number"),
        ("xgboost", "regression", [1], ["<html>"], "which is no score"),
        ("xgboost", "regression", [1], [{"predicted_label": 1}], "which is no score"),
        ("xgboost", "regression", [1], [[1, 2]], "not one number"),
        ("xgboost", "regression", [1, 2], ["1", "[1, 2]"], "not alike"),
        ("xgboost", "classification", [0, 2], ["0.1", "0.9"], "other classes than the 2"),
        ("linear-learner", "classification", [0, 1], [{"score": 0.1}, {"score": 1}], "no label of a class"),
        (
            "linear-learner",
            "classification",
            [0, 1],
            [{"score": 0.1, "predicted_label": 0}, {"score": 0.1, "predicted_label": 2}],
            "no label of a class",
        ),
    ],
)
def test_what_cannot_be_measured_says_why(
    tmp_path: Path, monkeypatch, algorithm: str, task: str, targets: list[Any], answers: list[Any], said: str
) -> None:
    lay_out(tmp_path, {"part-0.csv": (targets, answers)})
    assert run(tmp_path, monkeypatch, algorithm, task) == 1
    assert said in (tmp_path / "output/message").read_text()
    assert not (tmp_path / "processing/output").exists()


def test_a_file_without_answers_is_named(tmp_path: Path, monkeypatch) -> None:
    lay_out(tmp_path, {"part-0.csv": ([1], ["1"]), "part-1.csv": ([1], ["1"])})
    (tmp_path / "processing/input/answers/part-1.csv.out").unlink()
    assert run(tmp_path, monkeypatch, "xgboost", "regression") == 1
    assert "no answers to part-1.csv" in (tmp_path / "output/message").read_text()


def test_it_runs_as_the_processing_job_runs_it(tmp_path: Path) -> None:
    lay_out(tmp_path, {"part-0.csv": ([1, 2], ["1", "2"])})
    program = Path(evaluate.__file__)
    told = json.dumps({"algorithm": "xgboost", "task": "regression"})
    done = subprocess.run(
        [sys.executable, program.name, told],
        cwd=program.parent,
        env={"SAGEMAKER_BASE_DIR": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
    )
    assert done.returncode == 0
    assert (tmp_path / "processing/output/report/champion.json").is_file()
