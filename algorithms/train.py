"""Training script under the contract of AWS's scikit-learn image: from the channel `train` to the model.

Hyperparameters (strings): `algorithm`, `features` (JSON list of column names), `target`, `seed`,
`validation-fraction`, and the algorithm's own. Others, which the platform may add, are ignored.
A part of the rows is held out to measure the model; then it is fitted anew on all of them.
What a user can mend ends in output/failure and on stderr, naming file, column and line, with exit status 1.
"""

import json
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import artefact
import numpy as np
from artefact import Array
from csv_table import csv_files, read_table
from estimators import ESTIMATORS
from evaluation import MINIMUM_ROWS, hold_out, measure
from predictors import PREDICTORS

SERVING_FILES = ("wsgi.py", "inference.py", "artefact.py", "predictors.py", "csv_table.py")
# SageMaker keeps the first 1024 characters: API reference, DescribeTrainingJob, FailureReason.
FAILURE_LIMIT = 1024


class TrainingFaultError(Exception):
    """Something in data or settings that a user can mend; the message says what."""


@dataclass(frozen=True)
class Folders:
    """Where the container's contract puts things; the defaults are those of SageMaker."""

    configuration: Path
    channel: Path
    model: Path
    output: Path

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Folders":
        """The folders that the SM_* variables name."""
        return cls(
            configuration=Path(environment.get("SM_INPUT_CONFIG_DIR", "/opt/ml/input/config")),
            channel=Path(environment.get("SM_CHANNEL_TRAIN", "/opt/ml/input/data/train")),
            model=Path(environment.get("SM_MODEL_DIR", "/opt/ml/model")),
            output=Path(environment.get("SM_OUTPUT_DIR", "/opt/ml/output")),
        )


@dataclass(frozen=True)
class Settings:
    """The hyperparameters, checked; `own` are those that only the algorithm knows."""

    algorithm: str
    features: tuple[str, ...]
    target: str
    seed: int
    validation_fraction: float
    own: Mapping[str, str]


def read_settings(hyperparameters: Mapping[str, str]) -> Settings:
    """Raises TrainingFaultError naming the hyperparameter that is missing or wrong."""
    known = dict(hyperparameters)
    algorithm = known.pop("algorithm", "")
    if algorithm not in ESTIMATORS:
        raise TrainingFaultError(
            f"hyperparameter algorithm: {algorithm!r} is unknown; allowed: {', '.join(ESTIMATORS)}"
        )
    try:
        features = json.loads(known.pop("features", ""))
    except ValueError:
        features = None
    if not isinstance(features, list) or not features or not all(isinstance(name, str) for name in features):
        raise TrainingFaultError("hyperparameter features: allowed: a JSON list of column names")
    target = known.pop("target", "")
    if not target:
        raise TrainingFaultError("hyperparameter target: is missing; allowed: a column name")
    try:
        seed = int(known.pop("seed", "0"))
        fraction = float(known.pop("validation-fraction", "0.2"))
    except ValueError as error:
        raise TrainingFaultError(f"hyperparameters seed and validation-fraction: {error}") from error
    if not 0 < fraction < 1:
        raise TrainingFaultError(
            f"hyperparameter validation-fraction: {fraction} is out of range; allowed: above 0, below 1"
        )
    return Settings(algorithm, tuple(features), target, seed, fraction, known)


def read_data(channel: Path, settings: Settings) -> tuple[Array, Array]:
    """Features (rows x features) and targets of all CSV files of the channel, in the order of their paths.

    Raises TrainingFaultError with everything that is wrong in them.
    """
    files = csv_files(channel)
    if not files:
        raise TrainingFaultError(f"channel train: {channel} has no CSV file")
    faults: list[str] = []
    rows: list[list[float]] = []
    for file in files:
        table = read_table(file, (*settings.features, settings.target))
        name = str(file.relative_to(channel)) if file != channel else file.name
        faults += [fault.text(name) for fault in table.faults]
        rows += table.rows
    if faults:
        raise TrainingFaultError("\n".join(faults))
    if len(rows) < MINIMUM_ROWS:
        raise TrainingFaultError(f"channel train: {len(rows)} rows; allowed: {MINIMUM_ROWS} or more")
    data = np.asarray(rows, dtype=np.float64)
    return data[:, :-1], data[:, -1]


def fit_and_measure(
    settings: Settings, rows: Array, targets: Array
) -> tuple[dict[str, Array], dict[str, float]]:
    """Parameters fitted on all rows, and the metrics of a candidate that did not see the held-out ones.

    Raises TrainingFaultError when the numbers cannot be computed with.
    """
    fit, predict = ESTIMATORS[settings.algorithm], PREDICTORS[settings.algorithm]
    fitted, held = hold_out(len(targets), settings.validation_fraction, settings.seed)
    print(f"{settings.algorithm}: {len(fitted)} rows fitted, {len(held)} held out, then all {len(targets)}")
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            candidate = fit(rows[fitted], targets[fitted], settings.own)
            measured = measure(targets[fitted], targets[held], predict(candidate, rows[held]))
            parameters = fit(rows, targets, settings.own)
    except ValueError as error:
        raise TrainingFaultError(f"channel train: scikit-learn cannot fit the data: {error}") from error
    numbers = (*measured.values(), *(value for array in parameters.values() for value in array.flat))
    if not np.all(np.isfinite(numbers)):
        raise TrainingFaultError("channel train: the numbers are too large to compute with")
    return parameters, measured


def train(folders: Folders) -> None:
    """Fit, measure, print the metrics, write the artefact and the code that serves it."""
    settings = read_settings(json.loads((folders.configuration / "hyperparameters.json").read_text()))
    rows, targets = read_data(folders.channel, settings)
    parameters, measured = fit_and_measure(settings, rows, targets)
    for name, value in measured.items():
        print(f"metric {name}={value!r};")
    description = {
        "algorithm": settings.algorithm,
        "features": [{"name": name, "type": "number"} for name in settings.features],
        "target": settings.target,
        "training": {"rows": len(targets), "seed": settings.seed, "metrics": measured},
    }
    folders.model.mkdir(parents=True, exist_ok=True)
    artefact.save(folders.model, description, parameters)
    copy_serving_code(folders.model / "code")


def copy_serving_code(target: Path) -> None:
    """Put beside the model what serves it, so that the endpoint needs nothing else and no network."""
    target.mkdir(parents=True, exist_ok=True)
    for name in SERVING_FILES:
        shutil.copyfile(Path(__file__).resolve().with_name(name), target / name)


def write_failure(output: Path, reason: str) -> None:
    """Leave the reason where SageMaker looks for it, and on stderr, which ends in the log."""
    print(reason, file=sys.stderr, flush=True)
    output.mkdir(parents=True, exist_ok=True)
    (output / "failure").write_text(reason[:FAILURE_LIMIT], encoding="utf-8")


def main() -> int:
    """Exit status: 0, or 1 for what a user can mend; any other exception is reported and raised."""
    folders = Folders.of(os.environ)
    try:
        train(folders)
    except TrainingFaultError as fault:
        write_failure(folders.output, str(fault))
        return 1
    except Exception as error:
        write_failure(folders.output, f"{type(error).__name__}: {error}")
        raise
    return 0


if __name__ == "__main__":
    sys.exit(main())
