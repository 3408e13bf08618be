"""What `lifecycle init` writes trains on the data that it was written from, and passes its gate."""

from __future__ import annotations

import csv
import importlib
import json
import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from cli.new_model import create
from sagemaker_lifecycle.algorithm_bundle import ALGORITHMS_ROOT
from sagemaker_lifecycle.model_specs import load_model
from sagemaker_lifecycle.spec import ModelSpec

Rows = list[Sequence[object]]
Train = Callable[[ModelSpec, Path], dict[str, float]]


def flats(dice: random.Random) -> Rows:
    """Every type, gaps in each, an identifier, cells that training refuses, a line break, umlauts."""
    rows: Rows = [
        ["Nummer", "Größe in m²", "Zimmer", "Heizung", "Lift", "gebaut am", "Kaution", "Miete"],
    ]
    for number in range(120):
        size = dice.randint(30, 150)
        rows.append(
            [
                number,
                size if number % 9 else "",
                dice.choice([1, 2, 3, 4.5]),
                dice.choice(["Öl", "Gas, Fernwärme", "Holz\nund Gas", ""]),
                dice.choice(["true", "false", ""]),
                f"20{dice.randint(10, 24)}-03-{dice.randint(1, 28):02}" if number % 7 else "",
                f"{size},5",
                f"{size * 20 + dice.gauss(0, 50):.2f}",
            ]
        )
    return rows


def customers(dice: random.Random) -> Rows:
    """Sixty columns, a column of gaps and one value, and a class that is true or false."""
    rows: Rows = [["", "seen", "yes", *(f"no. {n}" for n in range(60)), "left"]]
    for number in range(80):
        measures = [round(dice.random(), 3) for _ in range(60)]
        left = "true" if measures[0] > 0.5 else "False"
        rows.append([number, dice.choice(["yes", ""]), dice.choice(["NA", "a", "b"]), *measures, left])
    return rows


def few(_: random.Random) -> Rows:
    """Twelve rows that the only other column numbers."""
    return [["week", "sold"], *([week, week * 3 + 0.5] for week in range(12))]


@pytest.fixture
def train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Train:
    """The training script on a folder of data; the metrics that it prints of the held-out rows."""
    monkeypatch.syspath_prepend(ALGORITHMS_ROOT)
    script = importlib.import_module("train")

    def trained(model: ModelSpec, channel: Path) -> dict[str, float]:
        (tmp_path / "hyperparameters.json").write_text(json.dumps(model.training_hyperparameters()))
        monkeypatch.setenv("SM_INPUT_CONFIG_DIR", str(tmp_path))
        monkeypatch.setenv("SM_CHANNEL_TRAIN", str(channel))
        monkeypatch.setenv("SM_MODEL_DIR", str(tmp_path / "model"))
        monkeypatch.setenv("SM_OUTPUT_DIR", str(tmp_path / "output"))
        assert script.main() == 0
        printed = re.findall(r"metric validation:(\w+)=(\S+);", capsys.readouterr().out)
        return {name: float(value) for name, value in printed}

    return trained


@pytest.mark.parametrize(
    ("rows_of", "target", "features"),
    [(flats, "Miete", 5), (customers, "left", 62), (few, "sold", 1)],
)
@pytest.mark.parametrize(("start", "end"), [("", "\n"), ("\ufeff", "\r\n")], ids=["unix", "spreadsheet"])
def test_a_model_of_init_trains_and_passes_its_gate(
    train: Train,
    tmp_path: Path,
    rows_of: Callable[[random.Random], Rows],
    target: str,
    features: int,
    start: str,
    end: str,
) -> None:
    file = tmp_path / "data.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        stream.write(start)
        csv.writer(stream, lineterminator=end).writerows(rows_of(random.Random(1)))
    folder = create(tmp_path / "models", file, target).folder
    model = load_model(folder)
    assert len(model.features) == features
    value = train(model, folder / "data")[model.gate.metric]
    threshold = model.gate.threshold
    assert value <= threshold if model.gate.metric == "rmse" else value >= threshold
