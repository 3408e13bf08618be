"""The shipped script model: trained, installed and served by the toolkits of AWS's own image."""

import json
import os
import shutil
import subprocess
import urllib.request
from pathlib import Path

import pytest

from bench.aws_serving import served
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


def test_awss_server_installs_the_code_without_a_network_and_serves_it(
    toolkits: Path, trained: tuple[Path, dict[str, str]]
) -> None:
    base, _ = trained
    environment = {
        "SAGEMAKER_BASE_DIR": str(base),
        "SAGEMAKER_PROGRAM": "inference.py",
        "SAGEMAKER_SUBMIT_DIRECTORY": str(base / "model" / "code"),
        "HANDLERS_MODULE": "inference",
        "PYTHONPATH": f"{base / 'site'}:{PROJECT / 'bench'}",
        "PIP_TARGET": str(base / "site"),
        "PIP_NO_INDEX": "1",
        "PIP_CONFIG_FILE": os.devnull,
    }
    with served("aws_flask:app", environment, base / "serving.log") as server:
        request = urllib.request.Request(
            f"http://127.0.0.1:{server.port}/invocations",
            b'{"instances": [[5.1, 3.5, 1.4, 0.2]]}',
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert json.load(answer)["predictions"] == ["setosa"]
    assert (base / "site" / "inference.py").exists()
