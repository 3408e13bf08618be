"""The algorithms that keep checkpoints lose no work when AWS takes their spot instances away."""

from __future__ import annotations

import io
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emulator.sagemaker.training_program import Program
from sagemaker_lifecycle.algorithm_bundle import ALGORITHMS_ROOT, bundle_bytes
from tests.unit.algorithms.tables import cottages

from .conftest import BUCKET, wait_for
from .test_built_ins import HOUSES, XGBOOST

FEATURES = [{"name": "Size", "optional": True}, {"name": "Town", "type": "category"}]
FOREST = {
    "algorithm": "random-forest",
    "features": json.dumps(FEATURES),
    "target": "Price",
    "seed": "3",
    "n_estimators": "40",
}
# Our train.py, telling of the trees that it grows. One that has found no checkpoint waits for its end after
# as many as PAUSE says.
COUNTING = """
import os, pathlib, signal, sys
import forest_arrays, train
grow, grown = forest_arrays._grow, 0
pause = int(os.environ["SM_HP_PAUSE"])
found = any(pathlib.Path(os.environ["SM_MODEL_DIR"]).parent.glob("checkpoints/*.npz"))
def counted(*given):
    global grown
    if pause == grown and not found:
        signal.pause()
    trees = grow(*given)
    grown += len(trees)
    print("grew", len(trees), "trees", flush=True)
    return trees
forest_arrays._grow = counted
sys.exit(train.main())
"""
# The container's program, which waits for its end after the fifth round.
PAUSING = """
import signal, sys
from emulator.builtins import xgboost_training
keep = xgboost_training._Keep.after_iteration
def paused(self, model, epoch, evals_log):
    kept = keep(self, model, epoch, evals_log)
    if model.num_boosted_rounds() == 5:
        signal.pause()
    return kept
xgboost_training._Keep.after_iteration = paused
sys.exit(xgboost_training.main())
"""


def _channel(line: Any, text: str, kind: str) -> dict[str, Any]:
    address = line.put(f"{line.name('rows')}/rows.csv", text.encode())
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": address}}
    return {"ChannelName": "train", "ContentType": kind, "DataSource": source}


def _checkpoints(line: Any, prefix: str) -> dict[str, bytes]:
    listed = line.s3.list_objects_v2(Bucket=BUCKET, Prefix=f"{prefix}/").get("Contents", [])
    keys = [one["Key"] for one in listed]
    return {Path(key).name: line.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys}


def _interrupted(
    line: Any, request: dict[str, Any], is_kept: Callable[[dict[str, bytes]], bool]
) -> tuple[bytes, list[str]]:
    """Artefact and log of the job on spot instances that are taken away once S3 holds the checkpoints."""
    prefix = line.name("checkpoints")
    request = request | {
        "TrainingJobName": line.name("job"),
        "EnableManagedSpotTraining": True,
        "StoppingCondition": {"MaxRuntimeInSeconds": 180, "MaxWaitTimeInSeconds": 300},
        "CheckpointConfig": {"S3Uri": f"s3://{BUCKET}/{prefix}"},
    }
    line.sagemaker.create_training_job(**request)
    wait_for(lambda: _checkpoints(line, prefix), is_kept)
    assert line.disturb(request["TrainingJobName"], "interrupt") == {"hit": 1}
    described = wait_for(
        lambda: line.sagemaker.describe_training_job(TrainingJobName=request["TrainingJobName"]),
        lambda job: job["TrainingJobStatus"] in ("Completed", "Failed", "Stopped"),
    )
    steps = [step["Status"] for step in described["SecondaryStatusTransitions"]]
    assert (steps.count("Interrupted"), steps.count("Training"), steps[-1]) == (1, 2, "Completed")
    return _artefact(line, described), line.log("/aws/sagemaker/TrainingJobs", request["TrainingJobName"])


def _artefact(line: Any, job: dict[str, Any]) -> bytes:
    key = job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix(f"s3://{BUCKET}/")
    return line.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()


def test_an_interrupted_forest_grows_no_tree_again_and_ends_as_the_same_artefact(
    line: Any, tmp_path: Path
) -> None:
    code = shutil.copytree(ALGORITHMS_ROOT, tmp_path / "code", ignore=shutil.ignore_patterns("__pycache__"))
    (code / "counting.py").write_text(COUNTING)
    submitted = line.put(f"code/{line.name('c')}.tar.gz", bundle_bytes(code))
    told = FOREST | {"sagemaker_program": "counting.py", "sagemaker_submit_directory": submitted}
    request = line.training_request(InputDataConfig=[_channel(line, cottages(), "text/csv")])

    def kept_trees(found: dict[str, bytes]) -> int:
        archives = [body for name, body in found.items() if name.endswith(".npz")]
        return sum(len(np.load(io.BytesIO(body))["roots"]) for body in archives)

    artefact, log = _interrupted(
        line, request | {"HyperParameters": told | {"pause": "20"}}, lambda found: kept_trees(found) == 20
    )
    assert [text for text in log if text.startswith("grew")] == ["grew 10 trees"] * 4
    whole = line.trained(**(request | {"HyperParameters": told | {"pause": "-1"}}))
    log = line.log("/aws/sagemaker/TrainingJobs", whole["TrainingJobName"])
    assert [text for text in log if text.startswith("grew")] == ["grew 40 trees"]
    assert artefact == _artefact(line, whole)


def test_an_interrupted_xgboost_boosts_no_round_again_and_ends_as_the_same_artefact(
    line: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = line.training_request(
        AlgorithmSpecification={"TrainingImage": XGBOOST, "TrainingInputMode": "File"},
        HyperParameters={"num_round": "12", "objective": "reg:squarederror"},
        InputDataConfig=[_channel(line, HOUSES, "text/csv")],
    )
    whole = line.trained(**request)
    monkeypatch.setattr(Program, "command", lambda _: [sys.executable, "-c", PAUSING])
    artefact, log = _interrupted(line, request, lambda found: "xgboost-checkpoint.5" in found)
    assert "Checkpoint loaded from xgboost-checkpoint.5: resuming after 5 rounds" in log
    assert len([text for text in log if "train-rmse" in text]) == 12
    assert artefact == _artefact(line, whole)
