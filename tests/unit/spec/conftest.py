"""A valid model in a temporary folder, and what loading says after changes to it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from sagemaker_lifecycle.model_specs import load_models
from sagemaker_lifecycle.spec import SpecError

VALID: dict[str, Any] = {
    "name": "houses",
    "source": {"type": "local", "path": "data"},
    "target": "Price",
    "features": [{"name": "SquareFeet", "type": "number"}],
    "algorithm": "linear-regression",
    "gate": {"metric": "rmse", "threshold": 5000},
    "serving": {"type": "realtime"},
}

# Learnable, as numbers and as classes.
CSV = "SquareFeet,Price\n1,0\n2,0\n3,0\n4,1\n5,1\n6,1\n"
HANDLERS = "def model_fn(folder): ...\ndef input_fn(body, kind): ...\ndef output_fn(answer, accept): ...\n"

Write = Callable[..., Path]
Refusals = Callable[..., list[str]]


@pytest.fixture
def write_model(tmp_path: Path) -> Write:
    """Writes a folder below models/, the valid model with changes (None removes a key); its model.yaml."""

    def write(folder: str = "houses", csv: str | None = CSV, **changes: Any) -> Path:
        content = {key: value for key, value in {**VALID, **changes}.items() if value is not None}
        path = tmp_path / "models" / folder
        (path / "data").mkdir(parents=True, exist_ok=True)
        if csv is not None:
            (path / "data" / "houses.csv").write_text(csv)
        (path / "model.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
        return path / "model.yaml"

    return write


def write_scripts(folder: Path, inference: str = HANDLERS) -> None:
    """A train.py and an inference.py in the model's folder."""
    (folder / "train.py").write_text("")
    (folder / "inference.py").write_text(inference)


@pytest.fixture
def refusals(tmp_path: Path, write_model: Write) -> Refusals:
    """What loading refuses in the valid model with changes: the lines of the error, the folder cut off."""

    def refuse(**changes: Any) -> list[str]:
        write_model(**changes)
        return messages(tmp_path / "models")

    return refuse


def messages(models: Path) -> list[str]:
    with pytest.raises(SpecError) as refused:
        load_models(models)
    return [str(problem).replace(f"{models}/", "") for problem in refused.value.problems]
