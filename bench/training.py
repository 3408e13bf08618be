"""Training: our script as a whole process against the script that a user writes who knows scikit-learn.

Both read the same CSV file, fit the same model on four fifths of it, measure it on the rest and leave it on
disk. Ours checks the data besides, and splits by what the rows hold.

`python -m bench.training` prints the table. Needs the environment of `make verify`, which has pandas.
"""

import json
import os
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

PROJECT = Path(__file__).resolve().parents[1]
PYTHON = PROJECT / ".venv-verify" / "bin" / "python"
COLUMNS = 20
ROUNDS = 5
TARGET = 1.15
PLAIN = """import joblib
import pandas
from sklearn.metrics import {measures}
from sklearn.model_selection import train_test_split
{imports}

table = pandas.read_csv("data.csv")
fitted, held = train_test_split(table, test_size=0.2, random_state=0)
model = {estimator}
model.fit(fitted.drop(columns="y"), fitted["y"])
answer = model.predict(held.drop(columns="y"))
for measure in ({measures}):
    print(measure.__name__, measure(held["y"], answer))
joblib.dump(model, "model.joblib")
"""


@dataclass(frozen=True)
class Job:
    """What is fitted: our hyperparameters, and the same in scikit-learn's words."""

    name: str
    rows: int
    hyperparameters: Mapping[str, str]
    imports: str
    estimator: str

    @property
    def classification(self) -> bool:
        """Whether the target is one of two classes."""
        return self.hyperparameters.get("task") == "classification"

    @property
    def plain(self) -> str:
        """The user's script."""
        measures = ["accuracy_score", "f1_score"] if self.classification else ["root_mean_squared_error"]
        measures += [] if self.classification else ["mean_absolute_error", "r2_score"]
        return PLAIN.format(measures=", ".join(measures), imports=self.imports, estimator=self.estimator)


JOBS = (
    Job(
        "linear-regression",
        100_000,
        {"algorithm": "linear-regression"},
        "from sklearn.linear_model import LinearRegression",
        "LinearRegression()",
    ),
    Job(
        "random-forest, 10 trees",
        100_000,
        {"algorithm": "random-forest", "n_estimators": "10"},
        "from sklearn.ensemble import RandomForestRegressor",
        "RandomForestRegressor(n_estimators=10, n_jobs=-1)",
    ),
    Job(
        "svm, linear",
        100_000,
        {"algorithm": "svm", "kernel": "linear"},
        "from sklearn.compose import TransformedTargetRegressor\n"
        "from sklearn.pipeline import make_pipeline\n"
        "from sklearn.preprocessing import StandardScaler\n"
        "from sklearn.svm import LinearSVR",
        "make_pipeline(StandardScaler(), TransformedTargetRegressor("
        "LinearSVR(epsilon=0.1, dual='auto', max_iter=20_000), transformer=StandardScaler()))",
    ),
    Job(
        "svm, rbf",
        5_000,
        {"algorithm": "svm", "task": "classification"},
        "from sklearn.calibration import CalibratedClassifierCV\n"
        "from sklearn.pipeline import make_pipeline\n"
        "from sklearn.preprocessing import StandardScaler\n"
        "from sklearn.svm import SVC",
        "make_pipeline(StandardScaler(), CalibratedClassifierCV(SVC(), ensemble=False))",
    ),
)


@dataclass(frozen=True)
class Result:
    """Seconds of whole processes: rounds of ours and theirs in turn."""

    job: Job
    rounds: Sequence[tuple[float, float]]

    @property
    def ratio(self) -> float:
        """The median of the rounds' own: what slows the machine down slows both sides of a round."""
        return statistics.median(ours / theirs for ours, theirs in self.rounds)


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
    (folder / "data" / "plain.py").write_text(job.plain)
    environment = {
        "SM_INPUT_CONFIG_DIR": str(folder / "config"),
        "SM_CHANNEL_TRAIN": str(folder / "data"),
        "SM_MODEL_DIR": str(folder / "model"),
        "SM_OUTPUT_DIR": str(folder / "output"),
    }
    ours, theirs = str(PROJECT / "algorithms" / "train.py"), "plain.py"
    # Each once before, so that its bytecode is there.
    for script in (ours, theirs):
        _seconds(script, folder / "data", environment)
    return Result(
        job,
        [
            (_seconds(ours, folder / "data", environment), _seconds(theirs, folder / "data", environment))
            for _ in range(ROUNDS)
        ],
    )


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
    for result in results:
        ours, theirs = (statistics.median(side) for side in zip(*result.rounds, strict=True))
        reached = "reached" if result.ratio <= TARGET else "missed"
        lines.append(
            f"| {result.job.name} | {result.job.rows} x {COLUMNS} | {theirs:.2f} | {ours:.2f} "
            f"| {result.ratio:.2f} (<= {TARGET}: {reached}) |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(measure()))
