"""The memory that cli/memory.py says a training and a loaded model take at most, held against real ones.

In processes of their own: a part of what they take is no memory of Python's.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from csv_table import Column
from pipeline import expand

from cli import memory
from cli.data_size import DATE_COLUMNS
from cli.memory import GIB, DataSize
from sagemaker_lifecycle.spec import ModelSpec
from tests.unit.algorithms.conftest import ALGORITHMS

Container = Callable[..., Path]

# The peak of this process's own memory, from when the work begins.
MEASURED = """
import sys
from pathlib import Path
sys.path.insert(0, {algorithms!r})
def peak():
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024
{before}
Path("/proc/self/clear_refs").write_text("5")
begin = peak()
{work}
print(peak() - begin)
"""
TREES = 40
NUMBERS = ["a", "b", "c"]

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="Linux tells a process's own peak"
)


def taken(before: str, work: str) -> int:
    code = MEASURED.format(algorithms=str(ALGORITHMS), before=before, work=work)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return int(done.stdout.splitlines()[-1])


def model_of(classes: int | None, **changes: Any) -> ModelSpec:
    task = ("regression", "rmse") if classes is None else ("classification", "accuracy")
    return ModelSpec.model_validate(
        {
            "name": "m",
            "source": {"type": "s3", "bucket": "a-bucket", "prefix": "p/"},
            "target": "y",
            "features": {"number": NUMBERS},
            "task": task[0],
            "algorithm": "random-forest",
            "hyperparameters": {"n_estimators": TREES},
            "gate": {"metric": task[1], "threshold": 0.5},
            "serving": {"type": "realtime"},
            **changes,
        }
    )


def noise(rows: int, classes: int | None) -> str:
    """Nothing to learn, so that the trees grow as large as they can."""
    draw = np.random.default_rng(0)
    inputs = draw.normal(size=(rows, len(NUMBERS)))
    targets = draw.normal(size=rows) if classes is None else draw.integers(classes, size=rows)
    lines = [",".join(map(repr, row)) for row in np.column_stack([inputs, targets]).tolist()]
    return "\n".join([",".join([*NUMBERS, "y"]), *lines, ""])


@pytest.mark.parametrize(
    ("classes", "form"),
    [(None, "portable"), (None, "onnx"), (2, "portable"), (10, "portable")],
)
def test_a_forest_takes_less_than_is_said_and_not_much_less(
    container: Container, classes: int | None, form: str
) -> None:
    rows = 8_000
    model = model_of(classes, serving={"type": "realtime", "format": form})
    data = DataSize(rows, len(NUMBERS) + 1, len(NUMBERS), classes)
    base = container({"x.csv": noise(rows, classes)}, **model.training_hyperparameters())
    runtime = "import onnxruntime" if form == "onnx" else ""
    imported = f"{runtime}\nimport sklearn.ensemble, train, fitting, forest_arrays"
    fitted = taken(imported, "assert train.main() == 0")
    said = sum(part.gib for part in memory.of_training(model, data)) * GIB
    assert said / 3 < fitted < said
    folder = str(base / "model")
    loaded = taken(f"{runtime}\nfrom inference import Model", f"model = Model.load(Path({folder!r}))")
    said = memory.of_a_loaded_model(model, data).gib * GIB
    assert said / 3 < loaded < said


@pytest.mark.parametrize(("algorithm", "rows"), [("linear-regression", 20_000), ("svm", 2_500)])
def test_categories_take_less_than_is_said_and_not_much_less(
    container: Container, algorithm: str, rows: int
) -> None:
    levels = 100
    features = {"number": ["a"], "category": ["b", "c"]}
    model = model_of(None, algorithm=algorithm, features=features, hyperparameters={})
    draw = np.random.default_rng(0)
    cells = zip(*draw.integers(levels, size=(4, rows)).tolist(), strict=True)
    lines = [f"{a},b{b},c{c},{y}" for a, b, c, y in cells]
    container({"x.csv": "\n".join(["a,b,c,y", *lines, ""])}, **model.training_hyperparameters())
    imported = "import sklearn.linear_model, sklearn.svm, train, fitting, svm_arrays"
    fitted = taken(imported, "assert train.main() == 0")
    parts = memory.of_training(model, DataSize(rows, 4, 1 + 2 * levels))
    said = sum(part.gib for part in parts) * GIB
    # The kernel's cache is for five folds of more rows.
    said -= memory.SVM_CACHE_BYTES if algorithm == "svm" else 0
    assert said / 3 < fitted < said


def test_a_date_takes_the_columns_that_the_pipeline_makes_of_it() -> None:
    assert expand([Column("built", "date")], [[0.0, 1.0]]).numbers.shape == (2, DATE_COLUMNS)
