"""An artefact that another scikit-learn and numpy trained is served by ours, and the other way round."""

import csv
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sagemaker_lifecycle.model_specs import load_model

PROJECT = Path(__file__).resolve().parents[2]
MODELS = ("auto-mpg", "breast-cancer", "diabetes", "diabetes-svm", "house-prices", "wine")
CASES = [*((name, "portable") for name in MODELS), ("diabetes", "onnx"), ("wine", "onnx")]
ASK = """
import io, sys
from wsgi import app
body = sys.stdin.buffer.read()
environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/invocations", "CONTENT_TYPE": "text/csv",
           "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}
answer = b"".join(app(environ, lambda status, headers: print(status, file=sys.stderr)))
print(answer.decode())
"""
OURS = Path(sys.executable)


@dataclass(frozen=True)
class Trained:
    """One model's artefacts by the environment that trained them, and its rows as a request."""

    by: dict[str, Path]
    rows: bytes


@pytest.fixture(scope="session")
def others() -> Path:
    """The Python of an environment with another scikit-learn, which `make verify` installs."""
    python = PROJECT / ".venv-verify-skew" / "bin" / "python"
    assert python.exists(), f"{python} is missing: `make verify` installs it"
    return python


def run(python: Path, words: list[str], rows: bytes = b"", **environment: str) -> str:
    done = subprocess.run(
        [str(python), *words], input=rows, env={**os.environ, **environment}, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def trained(python: Path, name: str, form: str, base: Path, index: dict[str, str]) -> Path:
    """The folder of the model that algorithms/train.py leaves when that Python runs it."""
    for folder in ("config", "model", "output"):
        (base / folder).mkdir(parents=True)
    told = load_model(PROJECT / "models" / name).training_hyperparameters() | {"format": form}
    (base / "config" / "hyperparameters.json").write_text(json.dumps(told))
    run(
        python,
        [str(PROJECT / "algorithms" / "train.py")],
        SM_INPUT_CONFIG_DIR=str(base / "config"),
        SM_CHANNEL_TRAIN=str(PROJECT / "models" / name / "data"),
        SM_MODEL_DIR=str(base / "model"),
        SM_OUTPUT_DIR=str(base / "output"),
        **index,
    )
    assert (base / "model" / "forest.onnx").exists() == (form == "onnx")
    return base / "model"


def rows_of(name: str) -> bytes:
    """All rows of the model's data without the target, as a CSV without a header."""
    [file] = (PROJECT / "models" / name / "data").glob("*.csv")
    lines = io.StringIO()
    with file.open(newline="") as stream:
        names = load_model(PROJECT / "models" / name).feature_names
        csv.writer(lines).writerows([row[key] for key in names] for row in csv.DictReader(stream))
    return lines.getvalue().encode()


@pytest.fixture(scope="module", params=CASES, ids="-".join)
def model(
    request: pytest.FixtureRequest,
    others: Path,
    index: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Trained:
    name, form = request.param
    base = tmp_path_factory.mktemp(name)
    by = {
        who: trained(python, name, form, base / who, index)
        for who, python in (("ours", OURS), ("others", others))
    }
    return Trained(by, rows_of(name))


def predictions(python: Path, model: Path, rows: bytes) -> Any:
    """What the application in the artefact answers under that Python."""
    places = {"PYTHONPATH": str(model / "code"), "SM_MODEL_DIR": str(model)}
    return json.loads(run(python, ["-c", ASK], rows, **places))


def numbers(prediction: Any) -> Any:
    """What was predicted, classes by their probabilities."""
    classes = prediction.get("probabilities")
    return np.array([[*row.values()] for row in classes] if classes else prediction["predictions"])


def test_the_two_are_not_the_same_version(others: Path) -> None:
    ask = ["-c", "import numpy, sklearn; print(sklearn.__version__, numpy.__version__)"]
    ours, theirs = run(OURS, ask).split(), run(others, ask).split()
    assert ours[0].split(".")[:2] != theirs[0].split(".")[:2]
    assert ours[1].split(".")[0] != theirs[1].split(".")[0]


@pytest.mark.parametrize("trainer", ["ours", "others"])
def test_an_artefact_predicts_the_same_whoever_trained_it_and_whoever_serves_it(
    model: Trained, others: Path, trainer: str
) -> None:
    artefact = model.by[trainer]
    ours, theirs = (predictions(python, artefact, model.rows) for python in (OURS, others))
    assert len(numbers(ours)) == len(model.rows.splitlines())
    np.testing.assert_allclose(numbers(theirs), numbers(ours), rtol=1e-9, atol=1e-12)
    if "probabilities" in ours:
        assert theirs["predictions"] == ours["predictions"]


def test_both_write_the_same_form(model: Trained) -> None:
    forms = []
    for folder in model.by.values():
        description = json.loads((folder / "model.json").read_text())
        del description["training"]
        with np.load(folder / "model.npz", allow_pickle=False) as archive:
            arrays = {name: (archive[name].dtype.str, archive[name].ndim) for name in archive.files}
        forms.append((description, arrays))
    assert forms[0] == forms[1]


def test_what_both_trained_predicts_the_same(model: Trained) -> None:
    """The same data, seed and algorithm; scikit-learn fits forests, lines and machines as it did."""
    ours, theirs = (numbers(predictions(OURS, folder, model.rows)) for folder in model.by.values())
    np.testing.assert_allclose(theirs, ours, rtol=1e-6)
