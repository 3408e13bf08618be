"""A random forest in ONNX: trained, packed with onnxruntime, and served by that without a network."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_wine

from sagemaker_lifecycle.algorithm_bundle import ALGORITHMS_ROOT, bundle_bytes
from sagemaker_lifecycle.model_training import SERVING_ENVIRONMENTS
from tests.unit.algorithms.wheels import wheel_of_installed

from .conftest import BUCKET, wait_for

WINE: Any = load_wine()
# What the numbers in the artefact come to with numpy alone.
PORTABLE = """
import json, sys
from pathlib import Path
import artefact, inference
model = inference.Model(*artefact.load(Path(sys.argv[1])))
print(json.dumps(model.answer(json.load(sys.stdin)).tolist()))
"""


def _trained(line: Any, **pip: str) -> dict[str, Any]:
    """A job of algorithms/train.py on wines, where pip has no index but what its settings say."""
    names = [f"x{index}" for index in range(WINE.data.shape[1])]
    rows = [[*row, kind] for row, kind in zip(WINE.data.tolist(), WINE.target.tolist(), strict=True)]
    table = "\n".join(",".join(map(str, row)) for row in [[*names, "y"], *rows])
    parameters = {
        "sagemaker_program": "train.py",
        "sagemaker_submit_directory": line.put(f"code/{line.name('onnx')}.tar.gz", bundle_bytes()),
        "algorithm": "random-forest",
        "task": "classification",
        "features": json.dumps([{"name": name} for name in names]),
        "target": "y",
        "n_estimators": "20",
        "format": "onnx",
    }
    source = {"S3DataType": "S3Prefix", "S3Uri": line.put(f"{line.name('wine')}/w.csv", table.encode())}
    channels = [{"ChannelName": "train", "DataSource": {"S3DataSource": source}}]
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, **pip}.items():
            patch.setenv(name, value)
        return line.trained(HyperParameters=parameters, InputDataConfig=channels)


@pytest.fixture(scope="module")
def artefact(line: Any, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of what the job left."""
    index: Path = tmp_path_factory.mktemp("index")
    wheel_of_installed(index, "onnxruntime")
    job = _trained(line, PIP_FIND_LINKS=str(index))
    assert job["TrainingJobStatus"] == "Completed", job
    return job["ModelArtifacts"]["S3ModelArtifacts"]


def _endpoint(line: Any, url: str) -> str:
    name = line.name("model")
    line.sagemaker.create_model(
        ModelName=name,
        ExecutionRoleArn=line.role,
        PrimaryContainer=line.container(url) | {"Environment": SERVING_ENVIRONMENTS["ours"]},
        EnableNetworkIsolation=True,
    )
    return line.endpoint(line.config({"champion": (name, 1.0)}))


def _unpacked(line: Any, url: str, folder: Path) -> Path:
    body = line.s3.get_object(Bucket=BUCKET, Key=url.removeprefix(f"s3://{BUCKET}/"))["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body), mode="r:gz") as archive:
        archive.extractall(folder, filter="data")
    return folder


def _packed(line: Any, files: Path) -> str:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz", compresslevel=1) as archive:
        archive.add(files, ".")
    return line.put(f"artefacts/{line.name('onnx')}.tar.gz", content.getvalue())


def test_the_endpoint_answers_by_its_own_onnxruntime_what_the_numbers_beside_it_say(
    line: Any, artefact: str, tmp_path: Path
) -> None:
    files = _unpacked(line, artefact, tmp_path)
    assert {path.name for path in files.iterdir()} == {"forest.onnx", "model.json", "model.npz", "code"}
    expected = subprocess.run(
        [sys.executable, "-c", PORTABLE, str(files)],
        env={**os.environ, "PYTHONPATH": str(ALGORITHMS_ROOT)},
        input=json.dumps(WINE.data.T.tolist()),
        capture_output=True,
        text=True,
        check=True,
    )
    # This environment has an onnxruntime of its own, which is not to be the one that serves.
    with (files / "code" / "onnxruntime" / "__init__.py").open("a") as module:
        module.write("\nprint('loaded', __file__.partition('/model/')[2], flush=True)\n")
    endpoint = _endpoint(line, _packed(line, files))
    answer = line.ask(endpoint, json.dumps({"instances": WINE.data.tolist()}).encode())
    probabilities = [[*row.values()] for row in answer["probabilities"]]
    np.testing.assert_allclose(probabilities, json.loads(expected.stdout), atol=1e-9)
    assert np.mean(np.array(answer["predictions"]) == WINE.target.astype(str)) > 0.95
    group, said = f"/aws/sagemaker/Endpoints/{endpoint}", "loaded code/onnxruntime/__init__.py"
    wait_for(lambda: line.log(group), lambda messages: said in messages)


def test_a_job_without_an_index_fails_and_says_what_it_wanted(line: Any) -> None:
    job = _trained(line, PIP_FIND_LINKS="")
    assert job["TrainingJobStatus"] == "Failed"
    assert "serving.format onnx: pip install of onnxruntime==1.32.0 ended with" in job["FailureReason"]
