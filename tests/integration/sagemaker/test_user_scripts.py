"""A user's own train.py and inference.py: trained, packed, and served without a network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sagemaker_lifecycle.algorithm_bundle import bundle_bytes
from sagemaker_lifecycle.model_training import SERVING_ENVIRONMENTS
from tests.unit.algorithms.wheels import write_wheel

from .conftest import BUCKET, archive

TRAIN = """
import json, os, pathlib, lifecycle_extra
pathlib.Path(os.environ["SM_MODEL_DIR"], "factor.json").write_text(os.environ["SM_HP_FACTOR"])
"""
MODEL = """
import json, pathlib
def model_fn(folder):
    factor = float(pathlib.Path(folder, "factor.json").read_text())
    class Model:
        def predict(self, rows):
            return rows.sum(axis=1) * factor
    return Model()
"""
HANDLERS = """
import lifecycle_extra
import numpy as np
def input_fn(body, content_type):
    return np.array(json.loads(body)["instances"])
def output_fn(answer, accept):
    return json.dumps({"predictions": (answer + lifecycle_extra.VALUE).tolist()}), accept
"""


def _with_requirements(line: Any, text: str) -> dict[str, Any]:
    parameters = line.training_request()["HyperParameters"]
    files = {"train.py": "import numpy\n", "requirements.txt": text}
    parameters["sagemaker_submit_directory"] = line.put(f"code/{line.name('r')}.tar.gz", archive(files))
    return line.trained(HyperParameters=parameters)


def test_requirements_that_are_met_are_not_installed(line: Any) -> None:
    job = _with_requirements(line, "numpy>=1\n")
    assert job["TrainingJobStatus"] == "Completed", job
    log = line.log("/aws/sagemaker/TrainingJobs", job["TrainingJobName"])
    assert "Requirements in requirements.txt are satisfied already." in log


def test_requirements_that_cannot_be_installed_fail_the_job(line: Any) -> None:
    job = _with_requirements(line, "./no-such-package\n")
    assert job["FailureReason"].startswith("AlgorithmError: InstallRequirementsError:\nExitCode 1")


def test_a_guess_is_measured_before_the_script_whose_own_number_of_it_wins(line: Any, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("print('metric baseline:rmse=7;')\n")
    name = line.name("g")
    parameters = {
        "sagemaker_program": "user_script.py",
        "sagemaker_submit_directory": line.put(f"code/{name}.tar.gz", bundle_bytes(tmp_path)),
        "features": '[{"name": "a"}]',
        "target": "y",
    }
    line.put(f"{name}/x.csv", b"a,y\n" + b"1,1\n" * 9 + b"2,3\n")
    request = line.training_request(HyperParameters=parameters)
    request["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"] = f"s3://{BUCKET}/{name}/"
    request["AlgorithmSpecification"]["MetricDefinitions"] = [
        {"Name": metric, "Regex": f"metric {metric}=([0-9.eE+-]+);"}
        for metric in ("baseline:rmse", "baseline:mae")
    ]
    job = line.trained(**request)
    metrics = {metric["MetricName"]: metric["Value"] for metric in job["FinalMetricDataList"]}
    assert metrics["baseline:rmse"] == 7
    # The mean of seven ones and a three, for two ones.
    assert metrics["baseline:mae"] == pytest.approx(0.25)


def _endpoint(
    line: Any, url: str, environment: dict[str, str], wanted: str = "InService", *, isolated: bool = True
) -> str:
    name = line.name("model")
    line.sagemaker.create_model(
        ModelName=name,
        ExecutionRoleArn=line.role,
        PrimaryContainer=line.container(url) | {"Environment": environment},
        EnableNetworkIsolation=isolated,
    )
    return line.endpoint(line.config({"champion": (name, 1.0)}), wanted)


@pytest.fixture(scope="module")
def trained(line: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A job of such a script, which requires a package that only one folder has."""
    folder: Path = tmp_path_factory.mktemp("model")
    (folder / "train.py").write_text(TRAIN)
    (folder / "inference.py").write_text(MODEL + HANDLERS)
    (folder / "requirements.txt").write_text("lifecycle-extra==1.2\n")
    write_wheel(folder / "index", "lifecycle_extra", "1.2", {"lifecycle_extra.py": "VALUE = 7\n"})
    parameters = {
        "sagemaker_program": "user_script.py",
        "sagemaker_submit_directory": line.put(f"code/{line.name('u')}.tar.gz", bundle_bytes(folder)),
        "factor": "10",
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIP_NO_INDEX", "1")
        patch.setenv("PIP_FIND_LINKS", str(folder / "index"))
        return line.trained(HyperParameters=parameters)


def test_the_endpoint_has_what_requirements_txt_asked_for_and_no_network(
    line: Any, trained: dict[str, Any]
) -> None:
    assert trained["TrainingJobStatus"] == "Completed", trained
    url = trained["ModelArtifacts"]["S3ModelArtifacts"]
    endpoint = _endpoint(line, url, SERVING_ENVIRONMENTS["script"])
    assert line.ask(endpoint, b'{"instances": [[1, 2], [3, 4]]}')["predictions"] == [37, 77]


def test_a_package_without_a_wheel_keeps_an_endpoint_without_network_from_starting(line: Any) -> None:
    build = '[build-system]\nrequires = []\nbuild-backend = "user_wheel"\nbackend-path = ["."]\n'
    wheel = (Path(__file__).parents[3] / "algorithms" / "user_wheel.py").read_text()
    files = {"inference.py": MODEL, "user_wheel.py": wheel, "pyproject.toml": build}
    files["requirements.txt"] = "lifecycle-extra==1.2\n"
    url = line.put(
        f"artefacts/{line.name('h')}.tar.gz",
        archive({"factor.json": "10", **{f"code/{name}": text for name, text in files.items()}}),
    )
    endpoint = _endpoint(line, url, SERVING_ENVIRONMENTS["script"], "Failed")
    log = line.log(f"/aws/sagemaker/Endpoints/{endpoint}")
    assert "ERROR: No matching distribution found for lifecycle-extra==1.2" in log


def test_code_that_wants_a_build_from_the_index_keeps_it_from_starting_too(line: Any) -> None:
    url = line.put(
        f"artefacts/{line.name('h')}.tar.gz", archive({"factor.json": "10", "code/inference.py": MODEL})
    )
    endpoint = _endpoint(line, url, SERVING_ENVIRONMENTS["script"], "Failed")
    log = line.log(f"/aws/sagemaker/Endpoints/{endpoint}")
    assert "InstallModuleError: pip install ended with an error" in log


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "ModuleNotFoundError: No module named 'inference'"),
        ({"code/inference.py": ""}, "Please provide a model_fn implementation."),
        (
            {"code/inference.py": MODEL + HANDLERS.replace("import lifecycle_extra", "transform_fn = print")},
            "Cannot use transform_fn implementation with input_fn, predict_fn, and/or output_fn",
        ),
    ],
)
def test_a_script_that_awss_server_does_not_take_is_told_in_its_words(
    line: Any, files: dict[str, str], said: str
) -> None:
    url = line.put(f"artefacts/{line.name('h')}.tar.gz", archive({"code/a.py": "", **files}))
    endpoint = _endpoint(line, url, SERVING_ENVIRONMENTS["script"], "Failed", isolated=False)
    assert said in "\n".join(line.log(f"/aws/sagemaker/Endpoints/{endpoint}"))


def test_the_code_may_lie_in_s3_where_there_is_a_network(line: Any) -> None:
    source = line.put(f"code/{line.name('s')}.tar.gz", archive({"inference.py": MODEL}))
    url = line.put(f"artefacts/{line.name('h')}.tar.gz", archive({"factor.json": "10"}))
    environment = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": source}
    endpoint = _endpoint(line, url, environment, isolated=False)
    assert _asked(line, endpoint, b"[[1, 2]]") == b"[30.0]"
    refused = _endpoint(line, url, environment, "Failed")
    assert f"{source}: the container has no network" in "\n".join(
        line.log(f"/aws/sagemaker/Endpoints/{refused}")
    )


def _asked(
    line: Any, endpoint: str, body: bytes, kind: str = "application/json", accept: str = "*/*"
) -> bytes:
    answer = line.runtime.invoke_endpoint(EndpointName=endpoint, Body=body, ContentType=kind, Accept=accept)
    return answer["Body"].read()


def test_the_defaults_of_awss_server_answer_where_the_script_has_no_handler(line: Any) -> None:
    url = line.put(
        f"artefacts/{line.name('h')}.tar.gz", archive({"factor.json": "10", "code/inference.py": MODEL})
    )
    endpoint = _endpoint(line, url, SERVING_ENVIRONMENTS["script"], isolated=False)
    assert json.loads(_asked(line, endpoint, b"[[1, 2], [3, 4]]")) == [30, 70]
    assert _asked(line, endpoint, b"1,2\n3,4\n", "text/csv", "text/csv") == b"30.0\n70.0\n"
    for body, kind, accept in (
        (b"x", "image/png", "*/*"),
        (b"1,2\n3,4\n", "text/csv; charset=utf-8", "*/*"),
        (b"[[1]]", "application/json", "image/png"),
        (b"no json", "application/json", "*/*"),
        # One cell has no dimension left.
        (b"5", "text/csv", "*/*"),
    ):
        with pytest.raises(ClientError, match=r"\(500\)"):
            _asked(line, endpoint, body, kind, accept)
