"""Training script under the contract of AWS's scikit-learn image: from the channel `train` to the model.

Hyperparameters: see settings.py. A part of the rows is held out; the model is fitted on the others, measured
on these, and that very model is what is released: a model that had seen them could not be compared fairly
with the next one. A channel `champion` with the archive of the live model has that one measured, too.
What a user can mend ends in output/failure and on stderr, naming file, column and line, with exit status 1.
"""

import gc

if __name__ == "__main__":
    # What a job makes it needs until it ends: looking for garbage among modules and rows only costs time.
    gc.disable()

import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import artefact
import numpy as np
from artefact import Array, UnusableArtefactError
from champion import NotComparableError, measure_champion
from channel import Data, read_data, require
from checkpoints import Checkpoints, work_name
from evaluation import TOO_LARGE, metrics, print_metrics
from faults import TrainingFaultError
from fitting import SCALED, Job, fit, fit_pipeline
from folders import Folders
from forest_graph import forest_graph
from guess import measure_guess, split
from inference import Model
from learnable import folds_fault
from onnx_predictor import FOREST_FILE, OnnxForest
from onnx_runtime import bring
from pipeline import expand
from settings import Settings, read_settings

SERVING_FILES = (
    "wsgi.py",
    "instances.py",
    "plain_numbers.py",
    "inference.py",
    "artefact.py",
    "pipeline.py",
    "predictors.py",
    "onnx_predictor.py",
    "csv_table.py",
)
# Forests hold numbers in single precision, and its square is far from overflowing in double.
LARGEST_NUMBER = 1e38
# SageMaker keeps the first 1024 characters: API reference, DescribeTrainingJob, FailureReason.
FAILURE_LIMIT = 1024


@dataclass(frozen=True)
class Fitted:
    """An artefact's content, with the rows that it has not seen and their metrics.

    forest: the model in ONNX, which was measured and is to be served; None when the arrays are.
    """

    description: dict[str, Any]
    arrays: dict[str, Array]
    forest: bytes | None
    held: list[int]
    measured: dict[str, float]


def fit_and_measure(settings: Settings, data: Data, checkpoints: Path | None) -> Fitted:
    """A model fitted on a part of the rows, measured on the rest as it is to be served, beside the baseline.

    Raises TrainingFaultError when the data cannot be fitted or computed with, UnusableArtefactError when
    onnxruntime does not load.
    """
    rows = expand(settings.features, data.columns)
    if data.classes and settings.algorithm == "svm":
        counts = np.bincount(data.targets.astype(int)).tolist()
        named = dict(zip(data.classes, counts, strict=True))
        require(settings.target_column, folds_fault(named, settings.validation_fraction))
    seen, held = split(settings, data, rows)
    print(f"{settings.algorithm}: {len(seen)} rows to fit on, {len(held)} held out")
    targets, actual = data.targets[seen], data.targets[held]
    scaled = settings.algorithm in SCALED
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            matrix, levels, steps = fit_pipeline(settings.features, rows[seen], scaled=scaled)
            kept = Checkpoints()
            if checkpoints is not None:
                parts = [repr(settings).encode(), matrix.tobytes(), targets.tobytes()]
                kept = Checkpoints(checkpoints, work_name(parts))
            job = Job(settings.algorithm, settings.task, settings.seed, settings.own, kept)
            arrays = {**steps, **fit(job, matrix, targets)}
    except ValueError as error:
        # What overflowed scikit-learn calls infinite, or NaN.
        reason = _too_large(settings, data) or f"channel train: scikit-learn cannot fit the data: {error}"
        raise TrainingFaultError(reason) from error
    description = {
        "algorithm": settings.algorithm,
        "task": settings.task,
        "features": list(settings.feature_objects),
        "levels": levels,
        "target": settings.target,
        "classes": data.classes,
    }
    forest, predictor = None, None
    if settings.format == "onnx":
        description["serving_format"] = settings.format
        forest = forest_graph(arrays, matrix.shape[1])
        predictor = OnnxForest(forest, classes=settings.classification)
    answer = Model(description, arrays, predictor).answer(data.columns_of(held))
    if not np.isfinite(answer).all():
        raise TrainingFaultError(TOO_LARGE)
    ours = metrics(actual, answer)
    measured = {f"validation:{name}": value for name, value in ours.items()}
    measured |= measure_guess(data, seen, held)
    return Fitted(description, arrays, forest, held, measured)


def _too_large(settings: Settings, data: Data) -> str | None:
    """The first column with a number that may overflow in a fit; None when there is none."""
    columns = zip((*settings.features, settings.target_column), (*data.columns, data.targets), strict=True)
    for column, values in columns:
        if column.type == "number":
            largest = float(np.nanmax(np.abs(np.array(values, dtype=np.float64))))
            if largest > LARGEST_NUMBER:
                where = f"channel train: column {column.name!r} holds {largest:g} or its negative"
                return f"{where}, too large to compute with; allowed: up to {LARGEST_NUMBER:g}"
    return None


def train(folders: Folders) -> None:
    """Fit, measure, print the metrics, write the artefact and the code that serves it."""
    settings = read_settings(json.loads(folders.hyperparameters.read_text()))
    data = read_data(folders.channel, settings.features, settings.target_column)
    code = folders.model / "code"
    if settings.format == "onnx":
        bring(code)
    fitted = fit_and_measure(settings, data, folders.checkpoints if folders.checkpoints.is_dir() else None)
    print_metrics(fitted.measured)
    if folders.champion is not None:
        try:
            champion = measure_champion(folders.champion, settings, data, fitted.held)
            print_metrics({f"champion:{name}": value for name, value in champion.items()})
        except NotComparableError as reason:
            print(f"the champion is not measured: {reason}")
    training = {
        "rows": len(data.targets),
        "held_out": len(fitted.held),
        "seed": settings.seed,
        "hyperparameters": dict(settings.own),
        "metrics": fitted.measured,
    }
    folders.model.mkdir(parents=True, exist_ok=True)
    artefact.save(folders.model, {**fitted.description, "training": training}, fitted.arrays)
    if fitted.forest is not None:
        (folders.model / FOREST_FILE).write_bytes(fitted.forest)
    copy_serving_code(code)


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
    except (TrainingFaultError, UnusableArtefactError) as fault:
        write_failure(folders.output, str(fault))
        return 1
    except Exception as error:
        write_failure(folders.output, f"{type(error).__name__}: {error}")
        raise
    return 0


if __name__ == "__main__":
    status = main()
    # Python collects once more when it ends, also when that is disabled.
    gc.freeze()
    sys.exit(status)
