"""Forests in ONNX: onnxruntime answers what scikit-learn does, all in 64 bits, or nothing does."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx_model
import onnx_predictor
import onnx_runtime
import pytest
import train
import wsgi
from artefact import UnusableArtefactError
from csv_table import Column
from faults import TrainingFaultError
from fitting import transformer_of
from forest_graph import forest_graph
from inference import Model
from onnx_predictor import OnnxForest
from packaging.requirements import Requirement
from pipeline import expand
from predictors import Forest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.pipeline import make_pipeline
from werkzeug.test import Client

from tests.unit.algorithms.tables import cottages
from tests.unit.algorithms.test_fitting import (
    MIXED,
    TOLERANCE,
    difference,
    mixed_columns,
    model_of,
    numbers_of,
)
from tests.unit.algorithms.wheels import write_wheel

REPOSITORY = Path(__file__).parents[3]
FEATURES = [
    {"name": "Size", "type": "number", "optional": True},
    {"name": "Built", "type": "date"},
    {"name": "Town", "type": "category"},
]
PRICES = {
    "features": json.dumps(FEATURES),
    "target": "Price",
    "algorithm": "random-forest",
    "format": "onnx",
    "n_estimators": "10",
}
KINDS = {**PRICES, "target": "Kind", "task": "classification"}
# What is asked of onnxruntime, by a module that answers 7.
STAND_IN = """
import numpy as np
class SessionOptions: pass
class InferenceSession:
    def __init__(self, content, options, providers): pass
    def run(self, outputs, inputs): return [np.full((len(inputs["x"]), 1), 7.0)]
"""
ASK = "import wsgi; print(wsgi.app.model.predict([[100.0], [3000.0], ['Bern']]).values)"


def in_onnx(arrays: Any, columns: int, *, classes: bool = False) -> OnnxForest:
    return OnnxForest(forest_graph(arrays, columns), classes=classes)


def arrays_of(model: Model) -> dict[str, Any]:
    forest: Any = model._predictor
    return {
        "roots": forest._roots,
        "feature": forest._feature,
        "child": forest._child,
        "threshold": forest._threshold,
        "value": forest._value,
        "depth": forest._depth,
    }


def converted(model: Model, columns: int) -> Model:
    """The same model, its forest in ONNX."""
    assert isinstance(model._predictor, Forest)
    model._predictor = in_onnx(arrays_of(model), columns, classes=model.classes is not None)
    return model


@pytest.mark.parametrize("given", [{}, {"max_depth": 4, "min_samples_leaf": 3}])
def test_a_regression_is_scikit_learns(given: dict[str, Any]) -> None:
    data: Any = load_diabetes(scaled=False)
    features, columns = numbers_of(data)
    # Numbers of a size of which 32 bits keep hundredths.
    targets = data.target + 123456.789
    model = converted(model_of("random-forest", features, columns, targets, n_estimators=20, **given), 10)
    theirs = RandomForestRegressor(n_estimators=20, random_state=3, **given).fit(data.data, targets)
    assert difference(model.answer(columns), theirs.predict(data.data)) < 1e-12


@pytest.mark.parametrize("load", [load_breast_cancer, load_wine])
def test_two_classes_and_more_are_scikit_learns(load: Any) -> None:
    data = load()
    features, columns = numbers_of(data)
    classes = tuple(map(str, range(len(data.target_names))))
    fitted = model_of("random-forest", features, columns, data.target.astype(float), classes, n_estimators=20)
    model = converted(fitted, len(features))
    theirs = RandomForestClassifier(n_estimators=20, random_state=3).fit(data.data, data.target)
    assert difference(model.answer(columns), theirs.predict_proba(data.data)) < TOLERANCE
    assert model.predict(columns).values == [str(label) for label in theirs.predict(data.data)]


@pytest.mark.parametrize("classes", [None, ("low", "high"), ("low", "middle", "high")])
def test_features_of_all_types_with_gaps_and_unseen_levels(classes: tuple[str, ...] | None) -> None:
    columns, others = mixed_columns(300, 1), mixed_columns(100, 2)
    pairs = zip(*columns[:2], strict=True)
    numbers = np.array([float(size or 90) * 2 + (city == "Bern") * 40 for size, city in pairs])
    cuts = np.quantile(numbers, np.arange(1, len(classes or ())) / len(classes or "?"))
    targets = numbers if classes is None else np.digitize(numbers, cuts).astype(float)
    transformer, cells = transformer_of(MIXED, expand(MIXED, columns), scaled=False)
    _, other_cells = transformer_of(MIXED, expand(MIXED, others), scaled=False)
    width = transformer.fit_transform(cells).shape[1]
    model = converted(model_of("random-forest", MIXED, columns, targets, classes), width)
    kind: Any = RandomForestRegressor if classes is None else RandomForestClassifier
    theirs = make_pipeline(transformer, kind(random_state=3)).fit(cells, targets)
    expected = theirs.predict(other_cells) if classes is None else theirs.predict_proba(other_cells)
    assert difference(model.answer(others), expected) < TOLERANCE


@pytest.mark.parametrize("classes", [None, ("a", "b"), ("a", "b", "c")])
def test_trees_that_are_a_leaf_alone_among_others(classes: tuple[str, ...] | None) -> None:
    features, columns = (Column("x"),), [list(range(12))]
    # Of 12 draws with replacement, a third miss a row.
    targets = np.array([0.0] * 10 + ([1, 2] if len(classes or "abc") == 3 else [0, 1]))
    model = model_of("random-forest", features, columns, targets, classes, n_estimators=50)
    arrays = arrays_of(model)
    alone = arrays["child"][arrays["roots"]] == arrays["roots"]
    assert alone.any()
    assert not alone.all()
    expected = model.answer(columns)
    assert difference(converted(model, 1).answer(columns), expected) < TOLERANCE


@pytest.mark.parametrize("classes", [("a", "b"), ("a", "b", "c")])
def test_probabilities_stay_between_0_and_1(classes: tuple[str, ...]) -> None:
    features, columns = (Column("x"),), [[float(index // 20) for index in range(20 * len(classes))]]
    targets = np.array(columns[0])
    # 49 times the 49th part of 1 is more than 1 to a computer.
    model = converted(model_of("random-forest", features, columns, targets, classes, n_estimators=49), 1)
    answer = model.answer(columns)
    assert set(answer.ravel()) == {0, 1}


def test_numbers_beyond_the_precision_of_trees_are_no_prediction() -> None:
    data: Any = load_diabetes(scaled=False)
    features, columns = numbers_of(data)
    model = converted(model_of("random-forest", features, columns, data.target, n_estimators=3), 10)
    answer = model.answer(
        [[*values[:2], number] for values, number in zip(columns, [1e39] * 10, strict=True)]
    )
    assert np.isfinite(answer).tolist() == [True, True, False]


def test_features_are_compared_in_the_32_bits_in_which_scikit_learn_compares_them() -> None:
    base = 16_777_216.0
    features, columns = (Column("x"),), [[base, base + 2] * 10]
    model = model_of("random-forest", features, columns, np.array([0.0, 1] * 10), n_estimators=3)
    asked = [[base + 1 + step / 4 for step in range(-4, 5)]]
    expected = model.answer(asked)
    assert difference(converted(model, 1).answer(asked), expected) == 0
    assert set(expected) == {0, 1}


def test_a_forest_too_large_for_the_format_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forest_graph.SIZE_LIMIT_BYTES", 100)
    features, columns = (Column("x"),), [list(range(9))]
    model = model_of("random-forest", features, columns, np.arange(9.0), n_estimators=3)
    with pytest.raises(
        TrainingFaultError, match=r"onnx: the forest takes \d+ bytes; allowed: 100, or format"
    ):
        forest_graph(arrays_of(model), 1)


def test_numbers_are_written_as_protocol_buffers_write_them() -> None:
    numbers = (0, 1, 127, 128, 300, 2**35 - 1)
    expected = b"\x00\x01\x7f\x80\x01\xac\x02\xff\xff\xff\xff\x7f"
    assert onnx_model._varints(numbers) == expected


@pytest.fixture
def runtime_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """That of these tests' own environment, not brought from an index."""
    monkeypatch.setattr(train, "bring", lambda code: None)


def printed(text: str, owner: str) -> dict[str, float]:
    found = re.findall(rf"^metric {owner}:([a-z0-9_]+)=([0-9.eE+-]+);$", text, re.MULTILINE)
    return {name: float(value) for name, value in found}


@pytest.mark.parametrize("given", [PRICES, KINDS])
@pytest.mark.usefixtures("runtime_here")
def test_the_artefact_is_the_same_every_time_and_the_portable_one_is_in_it(container, given: dict) -> None:
    contents: list[dict[str, bytes]] = []
    for form in ("onnx", "onnx", "portable"):
        base = container({"c.csv": cottages()}, **{**given, "format": form})
        assert train.main() == 0
        contents.append({path.name: path.read_bytes() for path in (base / "model").glob("*.*")})
        (base / "model" / "forest.onnx").unlink(missing_ok=True)
    onnx, again, portable = contents
    assert onnx == again
    assert sorted(onnx) == ["forest.onnx", "model.json", "model.npz"]
    assert onnx["model.npz"] == portable["model.npz"]
    described = json.loads(onnx["model.json"])
    assert described.pop("serving_format") == "onnx"
    assert described.keys() == json.loads(portable["model.json"]).keys()


@pytest.mark.usefixtures("runtime_here")
def test_what_is_measured_is_what_onnxruntime_answers(container, capsys, monkeypatch) -> None:
    container({"c.csv": cottages()}, **PRICES)
    monkeypatch.setattr(OnnxForest, "__call__", lambda self, matrix: np.full(len(matrix), 300_000.0))
    assert train.main() == 0
    assert printed(capsys.readouterr().out, "validation")["r2"] < 0


@pytest.mark.usefixtures("runtime_here")
def test_a_champion_in_onnx_is_measured_by_its_numbers_and_none_of_its_code_runs(
    container, capsys, monkeypatch
) -> None:
    base = container({"c.csv": cottages()}, **PRICES)
    assert train.main() == 0
    expected = printed(capsys.readouterr().out, "validation")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.add(base / "model", ".")
    container({"c.csv": cottages()}, packed.getvalue(), **{**PRICES, "format": "portable"})
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert train.main() == 0
    assert printed(capsys.readouterr().out, "champion") == pytest.approx(expected, rel=1e-9)


def spoil(folder: Path, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if how == "no runtime":
        monkeypatch.setitem(sys.modules, "onnxruntime", None)
    elif how == "no file":
        (folder / "forest.onnx").unlink()
    else:
        (folder / "forest.onnx").write_bytes(b"\x00 damaged")


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("no runtime", "onnxruntime cannot load forest.onnx: ModuleNotFoundError: import of onnxruntime"),
        ("no file", "No such file or directory: .*forest.onnx"),
        ("damaged", "onnxruntime cannot load forest.onnx: InvalidProtobuf: "),
    ],
)
@pytest.mark.usefixtures("runtime_here")
def test_a_server_without_onnxruntime_or_its_model_does_not_start(
    container, capfd, monkeypatch, how: str, reason: str
) -> None:
    base = container({"c.csv": cottages()}, **PRICES)
    assert train.main() == 0
    client = Client(wsgi.Application(base / "model"))
    assert client.get("/ping").status_code == 200
    spoil(base / "model", how, monkeypatch)
    answer = Client(wsgi.Application(base / "model")).get("/ping")
    assert (answer.status_code, answer.json["error"]["code"]) == (503, "ModelUnusable")
    assert re.search(f"the model cannot be served: .*{reason}", capfd.readouterr().err)
    with pytest.raises(UnusableArtefactError):
        Model.load(base / "model")


@pytest.mark.usefixtures("runtime_here")
def test_a_training_whose_onnxruntime_does_not_load_says_why(container, monkeypatch) -> None:
    base = container({"c.csv": cottages()}, **PRICES)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert train.main() == 1
    assert (base / "output/failure").read_text().startswith("onnxruntime cannot load forest.onnx: Module")


def run(base: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=base,
        env={**os.environ, "PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def files_of(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def test_the_runtime_is_taken_from_the_index_and_goes_into_the_model(container, monkeypatch) -> None:
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    base = container({"c.csv": cottages()}, **PRICES)
    name, version = onnx_runtime.REQUIREMENT.split("==")
    write_wheel(base / "index", name, version, {f"{name}/__init__.py": STAND_IN, f"{name}/more.py": ""})
    made: list[dict[str, bytes]] = []
    for folder in ("model", "again"):
        links = {"PIP_FIND_LINKS": str(base / "index"), "SM_MODEL_DIR": str(base / folder)}
        done = run(base, train.__file__, **links)
        assert done.returncode == 0, done.stderr
        # Of the stand-in: what is measured is what is brought, not what this environment has.
        assert printed(done.stdout, "validation")["mae"] > 100_000
        made.append(files_of(base / folder))
    assert made[0] == made[1]
    assert {path for path in made[0] if not path.endswith(".py")} == {
        "forest.onnx",
        "model.json",
        "model.npz",
        *(f"code/{name}-{version}.dist-info/{file}" for file in ("INSTALLER", "METADATA", "RECORD", "WHEEL")),
        f"code/{name}-{version}.dist-info/REQUESTED",
    }
    places = {"PYTHONPATH": str(base / "model/code"), "SM_MODEL_DIR": str(base / "model")}
    asked = run(base, "-c", ASK, **places)
    assert (asked.stdout, asked.stderr) == ("[7.0]\n", "")


def test_a_runtime_that_cannot_be_had_ends_the_job_before_it_fits(container) -> None:
    base = container({"c.csv": cottages()}, **PRICES)
    done = run(base, train.__file__, PIP_FIND_LINKS="")
    assert done.returncode == 1
    assert "rows to fit on" not in done.stdout
    assert f"No matching distribution found for {onnx_runtime.REQUIREMENT}" in done.stderr
    assert (base / "output/failure").read_text() == (
        f"serving.format onnx: pip install of {onnx_runtime.REQUIREMENT} ended with exit status 1; "
        "the log says why"
    )


def test_other_algorithms_are_not_in_onnx(container) -> None:
    base = container({"c.csv": cottages()}, **{**PRICES, "algorithm": "svm"})
    assert train.main() == 1
    assert (base / "output/failure").read_text() == (
        "hyperparameter format: onnx is for random-forest only; allowed: portable"
    )


def test_a_portable_model_imports_no_onnxruntime(model_folder: Path) -> None:
    ask = "import sys, wsgi; wsgi.app.model; print('onnxruntime' in sys.modules)"
    places = {"PYTHONPATH": str(Path(onnx_predictor.__file__).parent), "SM_MODEL_DIR": str(model_folder)}
    assert run(model_folder, "-c", ask, **places).stdout == "False\n"


@pytest.mark.parametrize("file", ["requirements-data.txt", "requirements-verify.txt"])
def test_the_tests_have_the_runtime_that_jobs_bring(file: str) -> None:
    lines = (REPOSITORY / file).read_text().splitlines()
    wanted = [Requirement(line) for line in lines if line and not line.startswith("#")]
    assert Requirement(onnx_runtime.REQUIREMENT) in wanted
