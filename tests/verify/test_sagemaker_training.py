"""AWS's training toolkit runs our script for every algorithm; the artefact serves without scikit-learn."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from sagemaker_lifecycle.algorithm_bundle import write_bundle

# What sagemaker_sklearn_container.training.main does, which is not on PyPI.
TRAIN = """from sagemaker_training import entry_point, environment
env = environment.Environment()
entry_point.run(uri=env.module_dir, user_entry_point=env.user_entry_point, args=env.to_cmd_args(),
                env_vars=env.to_env_vars())
"""
SERVE = """import sys
sys.modules["sklearn"] = None
import wsgi
print(len(wsgi.app.model.predict([[100.0, 50.0], ["Bern", None], [9.0, None]]).values))
print(getattr(sys.modules.get("onnxruntime"), "__file__", None))
"""
FEATURES = [
    {"name": "Size", "type": "number"},
    {"name": "Town", "type": "category", "optional": True},
    {"name": "Built", "type": "date", "optional": True},
]
CASES = [
    ("linear-regression", "regression", {}),
    ("random-forest", "regression", {"n_estimators": "10"}),
    ("random-forest", "classification", {"n_estimators": "10"}),
    ("random-forest", "regression", {"n_estimators": "10", "format": "onnx"}),
    ("random-forest", "classification", {"n_estimators": "10", "format": "onnx"}),
    ("svm", "regression", {}),
    ("svm", "classification", {"kernel": "linear"}),
]


def lay_out(base: Path, algorithm: str, task: str, own: dict[str, str]) -> None:
    configuration = base / "input/config"
    (base / "input/data/train").mkdir(parents=True)
    configuration.mkdir(parents=True)
    rows = [
        f"{40 + index},{('Bern', '')[index % 2]},20{index % 24:02}-05-01,{index * 3},{'abb'[index % 3]}"
        for index in range(60)
    ]
    (base / "input/data/train/x.csv").write_text("\n".join(["Size,Town,Built,Price,Kind", *rows]))
    hyperparameters = {
        "sagemaker_program": "train.py",
        "sagemaker_submit_directory": str(write_bundle(base / "source/sourcedir.tar.gz")),
        "algorithm": algorithm,
        "task": task,
        "features": json.dumps(FEATURES),
        "target": "Price" if task == "regression" else "Kind",
        **own,
    }
    written = {
        "hyperparameters": hyperparameters,
        "resourceconfig": {"current_host": "localhost", "hosts": ["localhost"]},
        "inputdataconfig": {"train": {"TrainingInputMode": "File", "ContentType": "text/csv"}},
    }
    for name, content in written.items():
        (configuration / f"{name}.json").write_text(json.dumps(content))


@pytest.mark.parametrize(("algorithm", "task", "own"), CASES)
def test_the_toolkit_trains(
    toolkits: Path, index: dict[str, str], tmp_path: Path, algorithm: str, task: str, own: dict
) -> None:
    lay_out(tmp_path, algorithm, task, own)
    environment = {**os.environ, **index, "SAGEMAKER_BASE_DIR": str(tmp_path), "PYTHONPATH": ""}
    environment["PATH"] = f"{toolkits.parent}:{os.environ['PATH']}"
    command = [str(toolkits), "-W", "ignore", "-c", TRAIN]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    metric = "rmse" if task == "regression" else "accuracy"
    assert f"metric validation:{metric}=" in done.stdout
    assert f"metric baseline:{metric}=" in done.stdout
    model = tmp_path / "model"
    served = subprocess.run(
        [str(toolkits), "-c", SERVE],
        env={"PYTHONPATH": str(model / "code"), "SM_MODEL_DIR": str(model)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    # The toolkits' environment has an onnxruntime of its own, which is not to be the one that serves.
    runtime = model / "code/onnxruntime/__init__.py" if "format" in own else None
    assert (served.returncode, served.stdout.split()) == (0, ["2", str(runtime)]), served.stderr
