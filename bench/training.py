"""Training: our script as a whole process against a plain scikit-learn script, on the same CSV file.

`python -m bench.training` prints the table. Needs the environment of `make verify`, which has pandas.
"""

import json
import os
import statistics
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

PROJECT = Path(__file__).resolve().parents[1]
PYTHON = PROJECT / ".venv-verify" / "bin" / "python"
COLUMNS = 20
ROUNDS = 3
TARGET = 1.15
PLAIN = """import sys
import joblib
import pandas
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVR

table = pandas.read_csv("data.csv")
model = {estimator}
model.fit(table.drop(columns="y").to_numpy(), table["y"].to_numpy())
joblib.dump(model, "model.joblib")
"""


@dataclass(frozen=True)
class Job:
    """What is fitted: our hyperparameters, and the same in scikit-learn's words."""

    name: str
    rows: int
    hyperparameters: Mapping[str, str]
    estimator: str

    @property
    def classification(self) -> bool:
        """Whether the target is one of two classes."""
        return self.hyperparameters.get("task") == "classification"


JOBS = (
    Job("linear-regression", 100_000, {"algorithm": "linear-regression"}, "LinearRegression()"),
    Job(
        "random-forest, 10 trees",
        100_000,
        {"algorithm": "random-forest", "n_estimators": "10"},
        "RandomForestRegressor(n_estimators=10, n_jobs=-1)",
    ),
    Job(
        "svm, linear",
        100_000,
        {"algorithm": "svm", "kernel": "linear"},
        "make_pipeline(StandardScaler(), LinearSVR(epsilon=0.1, dual='auto'))",
    ),
    Job(
        "svm, rbf",
        5_000,
        {"algorithm": "svm", "task": "classification"},
        "make_pipeline(StandardScaler(), CalibratedClassifierCV(SVC(), ensemble=False))",
    ),
)


@dataclass(frozen=True)
class Result:
    """Seconds of a whole process, medians of rounds in turn."""

    job: Job
    ours: float
    theirs: float


def measure() -> list[Result]:
    """All jobs."""
    if not PYTHON.exists():
        raise FileNotFoundError(f"{PYTHON} is missing: `make bench` installs it")
    with TemporaryDirectory() as folder:
        return [_compare(job, Path(folder) / str(index)) for index, job in enumerate(JOBS)]


def _compare(job: Job, folder: Path) -> Result:
    (folder / "config").mkdir(parents=True)
    (folder / "data").mkdir()
    _write_data(job, folder / "data" / "data.csv")
    features = [{"name": f"x{index}", "type": "number"} for index in range(COLUMNS)]
    hyperparameters = {**job.hyperparameters, "features": json.dumps(features), "target": "y"}
    (folder / "config" / "hyperparameters.json").write_text(json.dumps(hyperparameters))
    (folder / "data" / "plain.py").write_text(PLAIN.format(estimator=job.estimator))
    environment = {
        "SM_INPUT_CONFIG_DIR": str(folder / "config"),
        "SM_CHANNEL_TRAIN": str(folder / "data"),
        "SM_MODEL_DIR": str(folder / "model"),
        "SM_OUTPUT_DIR": str(folder / "output"),
    }
    ours, theirs = str(PROJECT / "algorithms" / "train.py"), "plain.py"
    rounds = [
        [_seconds(script, folder / "data", environment) for script in (ours, theirs)] for _ in range(ROUNDS)
    ]
    return Result(job, *(statistics.median(side) for side in zip(*rounds, strict=True)))


def _write_data(job: Job, path: Path) -> None:
    draw = np.random.default_rng(0)
    table = draw.normal(size=(job.rows, COLUMNS))
    # A line, a bend and noise: nothing that one of the algorithms would be done with at once.
    targets = table[:, :5].sum(axis=1) + table[:, 5] ** 2 + draw.normal(size=job.rows)
    if job.classification:
        targets = (targets > np.median(targets)).astype(float)
    header = ",".join([*(f"x{index}" for index in range(COLUMNS)), "y"])
    np.savetxt(path, np.column_stack([table, targets]), delimiter=",", header=header, comments="", fmt="%.6g")


def _seconds(script: str, folder: Path, environment: Mapping[str, str]) -> float:
    begin = time.perf_counter()
    command = [str(PYTHON), script]
    subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, check=True, stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - begin


def table(results: list[Result]) -> str:
    """The figures, each beside its target."""
    lines = ["| algorithm | rows x columns | plain, s | ours, s | ratio (target) |", "|---|---|---|---|---|"]
    lines += [
        f"| {result.job.name} | {result.job.rows} x {COLUMNS} | {result.theirs:.2f} | {result.ours:.2f} "
        f"| {result.ours / result.theirs:.2f} (<= {TARGET}) |"
        for result in results
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(measure()))
