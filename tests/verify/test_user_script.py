"""The shipped script model: trained as in a job, installed and served by the toolkit of AWS's own image."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
IRIS = PROJECT / "models" / "iris"
# What the server does first (_server.py, start), with the image's own patch of the package for its Python.
INSTALL = """import collections, collections.abc
collections.Mapping = collections.abc.Mapping
from sagemaker_containers import _env, _modules
environment = _env.ServingEnv()
_modules.import_module(environment.module_dir, environment.module_name)
"""
ASK = """import aws_flask
client = aws_flask.app.test_client()
body = '{"instances": [[5.1, 3.5, 1.4, 0.2]]}'
answer = client.post("/invocations", data=body, content_type="application/json")
print(answer.status_code, answer.get_data(as_text=True))
"""


@pytest.fixture(scope="module")
def trained(toolkits: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """/opt/ml after the job, with what the job printed as metrics."""
    base = tmp_path_factory.mktemp("ml")
    shutil.copytree(IRIS, base / "source", ignore=shutil.ignore_patterns("data", "__pycache__"))
    for name in ("user_script.py", "user_wheel.py"):
        shutil.copy(PROJECT / "algorithms" / name, base / "source")
    names = ("sepal_length", "sepal_width", "petal_length", "petal_width")
    hyperparameters = {"target": "species", "features": [{"name": name} for name in names]}
    for folder in ("model", "site"):
        (base / folder).mkdir()
    environment = {
        **os.environ,
        "SM_HPS": json.dumps(hyperparameters),
        "SM_CHANNEL_TRAIN": str(IRIS / "data"),
        "SM_MODEL_DIR": str(base / "model"),
    }
    command = [str(toolkits), str(base / "source" / "user_script.py"), "--C", "1.0"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return base, dict(line[7:-1].split("=") for line in done.stdout.splitlines())


def test_the_script_reaches_its_gate(trained: tuple[Path, dict[str, str]]) -> None:
    _, metrics = trained
    assert float(metrics["validation:accuracy"]) > 0.85 > float(metrics["baseline:accuracy"])


def test_awss_toolkit_installs_the_code_without_a_network_and_its_server_serves_it(
    toolkits: Path, trained: tuple[Path, dict[str, str]]
) -> None:
    base, _ = trained
    environment = {
        **os.environ,
        "SAGEMAKER_BASE_DIR": str(base),
        "SAGEMAKER_PROGRAM": "inference.py",
        "SAGEMAKER_SUBMIT_DIRECTORY": str(base / "model" / "code"),
        "PYTHONPATH": f"{base / 'site'}:{PROJECT / 'bench'}",
        "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": "python",
        "PIP_TARGET": str(base / "site"),
        "PIP_NO_INDEX": "1",
        "PIP_CONFIG_FILE": os.devnull,
    }
    for words in (INSTALL, ASK):
        command = [str(toolkits), "-W", "ignore", "-c", words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=base)
        assert done.returncode == 0, done.stderr
    assert (base / "site" / "inference.py").exists()
    status, _, body = done.stdout.strip().splitlines()[-1].partition(" ")
    assert status == "200"
    assert json.loads(body)["predictions"] == ["setosa"]
