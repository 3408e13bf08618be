"""Imports algorithms/ as the container does: its files are top-level modules."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

ALGORITHMS = Path(__file__).parents[3] / "algorithms"
sys.path.insert(0, str(ALGORITHMS))

HYPERPARAMETERS = {
    "sagemaker_program": "train.py",
    "algorithm": "linear-regression",
    "task": "regression",
    "features": '[{"name": "SquareFeet", "type": "number"}]',
    "target": "Price",
    "seed": "0",
    "validation-fraction": "0.2",
}


@pytest.fixture
def container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Lays out /opt/ml below a temporary base, points the SM_* variables there and returns the base."""

    def lay_out(csv: dict[str, str], champion: bytes | None = None, **hyperparameters: str | None) -> Path:
        named = {key.replace("validation_", "validation-"): value for key, value in hyperparameters.items()}
        given = {key: value for key, value in {**HYPERPARAMETERS, **named}.items() if value is not None}
        for folder in ("input/config", "input/data/train", "model", "output"):
            (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / "input/config/hyperparameters.json").write_text(json.dumps(given))
        for name, text in csv.items():
            path = tmp_path / "input/data/train" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        if champion is not None:
            (tmp_path / "input/data/champion").mkdir(exist_ok=True)
            (tmp_path / "input/data/champion/model.tar.gz").write_bytes(champion)
            monkeypatch.setenv("SM_CHANNEL_CHAMPION", str(tmp_path / "input/data/champion"))
        monkeypatch.setenv("SM_INPUT_CONFIG_DIR", str(tmp_path / "input/config"))
        monkeypatch.setenv("SM_CHANNEL_TRAIN", str(tmp_path / "input/data/train"))
        monkeypatch.setenv("SM_MODEL_DIR", str(tmp_path / "model"))
        monkeypatch.setenv("SM_OUTPUT_DIR", str(tmp_path / "output"))
        return tmp_path

    return lay_out


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An artefact of two features, a and b: 2a + 3b + 1."""
    import artefact

    folder = tmp_path_factory.mktemp("model")
    description = {
        "algorithm": "linear-regression",
        "task": "regression",
        "features": [{"name": "a"}, {"name": "b"}],
        "levels": [],
        "target": "y",
        "classes": None,
    }
    arrays = {"coefficients": np.array([2.0, 3.0]), "intercept": np.array(1.0)}
    artefact.save(folder, description, arrays)
    return folder
