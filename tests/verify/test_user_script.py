"""The shipped script model: trained, installed and served by the toolkits of AWS's own image."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from sagemaker_lifecycle.algorithm_bundle import USER_PROGRAM, write_bundle
from sagemaker_lifecycle.model_specs import load_model

PROJECT = Path(__file__).resolve().parents[2]
IRIS = PROJECT / "models" / "iris"
# What sagemaker_sklearn_container.training.main does, which is not on PyPI.
TRAIN = """from sagemaker_training import entry_point, environment
env = environment.Environment()
entry_point.run(uri=env.module_dir, user_entry_point=env.user_entry_point, args=env.to_cmd_args(),
                env_vars=env.to_env_vars())
"""
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
    """/opt/ml after the toolkit ran the job, with what the script printed as metrics."""
    base = tmp_path_factory.mktemp("ml")
    configuration, channel = base / "input" / "config", base / "input" / "data" / "train"
    configuration.mkdir(parents=True)
    (base / "site").mkdir()
    shutil.copytree(IRIS / "data", channel)
    hyperparameters = {
        **load_model(IRIS).training_hyperparameters(),
        "sagemaker_program": USER_PROGRAM,
        "sagemaker_submit_directory": str(write_bundle(base / "source" / "sourcedir.tar.gz", IRIS)),
    }
    written = {
        "hyperparameters": hyperparameters,
        "resourceconfig": {"current_host": "localhost", "hosts": ["localhost"]},
        "inputdataconfig": {"train": {"TrainingInputMode": "File", "ContentType": "text/csv"}},
    }
    for name, content in written.items():
        (configuration / f"{name}.json").write_text(json.dumps(content))
    environment = {**os.environ, "SAGEMAKER_BASE_DIR": str(base), "PYTHONPATH": ""}
    environment["PATH"] = f"{toolkits.parent}:{os.environ['PATH']}"
    command = [str(toolkits), "-W", "ignore", "-c", TRAIN]
    done = subprocess.run(command, env=environment, cwd=base, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    # What the toolkit brought is not what the endpoint's server finds.
    shutil.rmtree(base / "code")
    lines = [line for line in done.stdout.splitlines() if line.startswith("metric ")]
    return base, dict(line.removeprefix("metric ").rstrip(";").split("=") for line in lines)


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
