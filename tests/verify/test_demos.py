"""The demo of every model that the project brings, and of data that it has never seen."""

from __future__ import annotations

import csv
import os
import random
import re
import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
MODELS = sorted(path.parent.name for path in (PROJECT / "models").glob("*/model.yaml"))
LIFECYCLE = "from cli.main import run; run()"
# Of AWS's own algorithms on real data: the metric, and what others reach by models/DATA.md, on one split.
# 15 % of an error on 88 rows are two of its standard deviations; two more of the 36 wines may be wrong.
REACHED_BY_OTHERS = {
    "diabetes-linear": ("rmse", 54.6 * 0.85, 54.6 * 1.15),
    "wine-xgboost": ("accuracy", 0.97 - 2 / 36, 1.0),
}
LINES = 15
"""As many a newcomer's model.yaml has at most."""


def _run(project: Path, *words: str) -> str:
    """What a command of the project says; its own folders come before those of the installed one."""
    roots = os.pathsep.join(str(project / root) for root in (".", "constructs", "lambda"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    ended = subprocess.run(
        [sys.executable, *words],
        cwd=project,
        env=environment | {"PYTHONPATH": roots},
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-3000:]
    return ended.stdout


@pytest.mark.parametrize("model", MODELS)
def test_every_model_has_its_whole_life(model: str) -> None:
    said = _run(PROJECT, "-m", "cli.demo", model)
    assert "all of it held" in said
    if model in REACHED_BY_OTHERS:
        metric, lowest, highest = REACHED_BY_OTHERS[model]
        reached = re.findall(rf"validation:{metric} = (\S+)", said)
        assert reached
        assert all(lowest <= float(number) <= highest for number in reached), reached


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project for models of one's own, with what is installed in the first."""
    copy = tmp_path / "project"
    installed = (".venv", "node_modules")
    made = (".git", ".local", "cdk.out", "__pycache__", ".*_cache", ".venv-*")
    shutil.copytree(PROJECT, copy, ignore=shutil.ignore_patterns(*installed, *made))
    for folder in installed:
        (copy / folder).symlink_to(PROJECT / folder)
    return copy


def _rows(draw: random.Random, *, classes: bool) -> list[dict[str, object]]:
    """300 rows x 50 features: numbers, texts, truths and dates, some of them missing; and the target."""
    rows: list[dict[str, object]] = []
    for _ in range(300):
        row: dict[str, object] = {f"size {index}": round(draw.gauss(0, 1), 3) for index in range(44)}
        row |= {"town": draw.choice(["Ålesund", "Bern", "Cork"]), "kind": draw.choice("abcd")}
        row |= {"new": draw.choice(["true", "false"]), "floor": draw.randint(0, 9)}
        row["since"] = (date(2020, 1, 1) + timedelta(days=draw.randint(0, 999))).isoformat()
        row["until"] = (date(2024, 1, 1) + timedelta(days=draw.randint(0, 999))).isoformat()
        score = 3 * float(str(row["size 0"])) + 2 * (row["town"] == "Bern") + draw.gauss(0, 0.3)
        for name in ("size 1", "kind", "until"):
            row[name] = row[name] if draw.random() > 0.1 else ""
        row["target"] = ("high" if score > 0.5 else "low") if classes else round(score, 3)
        rows.append(row)
    return rows


@pytest.mark.parametrize("classes", [False, True], ids=["regression", "classification"])
def test_data_that_the_project_has_never_seen_has_its_whole_life(project: Path, classes: bool) -> None:
    rows = _rows(random.Random(7), classes=classes)
    table = project.parent / "unseen.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    _run(project, "-c", LIFECYCLE, "init", str(table), "--target", "target")
    model = project / "models" / "unseen" / "model.yaml"
    written = [line for line in model.read_text().splitlines() if line.strip() and not line.startswith("#")]
    assert len(written) <= LINES, model.read_text()
    assert "all of it held" in _run(project, "-m", "cli.demo", "unseen")
