"""The forests that we write in ONNX, judged by onnx's own checker."""

import json
import os
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
CHECK = """
import sys
import numpy as np
import onnx
from checkpoints import Checkpoints
from forest_arrays import fit_forest
from forest_graph import forest_graph

classes = int(sys.argv[1])
rows = np.random.default_rng(0).normal(size=(200, 4))
targets = rows[:, 0] if not classes else np.arange(200.0) % classes
own = {"n_estimators": 5, "max_depth": None, "min_samples_leaf": 3, "max_features": None}
arrays = fit_forest(rows, targets, classes=classes > 0, seed=0, own=own, kept=Checkpoints())
model = onnx.load_model_from_string(forest_graph(arrays, 4))
onnx.checker.check_model(model, full_check=True)
print([node.op_type for node in model.graph.node])
"""


@pytest.mark.parametrize(
    ("classes", "steps"),
    [
        (0, ["TreeEnsemble"]),
        (2, ["TreeEnsemble"]),
        (3, ["TreeEnsemble", "Cast", "Gather", "ReduceMean"]),
    ],
)
def test_onnx_takes_the_file(toolkits: Path, classes: int, steps: list[str]) -> None:
    done = subprocess.run(
        [str(toolkits), "-c", CHECK, str(classes)],
        env={**os.environ, "PYTHONPATH": str(PROJECT / "algorithms")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.replace("'", '"')) == steps
