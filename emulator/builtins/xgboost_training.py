"""The XGBoost container's algorithm mode: the real library behind its contract.

Run with ``python -m``. Sources: aws/sagemaker-xgboost-container, and the developer guide's pages on XGBoost.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

from emulator.builtins.contract import Job, Matrix, UserError, csv_matrix
from emulator.builtins.xgboost_hosts import together
from emulator.builtins.xgboost_library import EarlyStopping, TrainingCallback, xgb
from emulator.builtins.xgboost_metrics import CUSTOM, measure
from emulator.builtins.xgboost_parameters import validated

MODEL_FILE = "xgboost-model"
_CHECKPOINT = "xgboost-checkpoint"
_NOT_FOR_THE_LIBRARY = (
    "num_round",
    "csv_weights",
    "early_stopping_rounds",
    "_tuning_objective_metric",
    "save_model_on_termination",
    # Dropped from the library since; the container still takes them.
    "predictor",
    "sketch_eps",
    "dsplit",
)


def train(job: Job) -> None:
    """Fit on channel ``train``, measure on ``validation`` if there is one, leave ``xgboost-model``."""
    given = validated(job.hyperparameters)
    if "train" not in job.channels:
        raise UserError("Missing required channel: train")
    weighted = bool(given.get("csv_weights"))
    watched = [
        (_matrix(job, name, weighted), name) for name in ("train", "validation") if name in job.channels
    ]
    patience = given.get("early_stopping_rounds")
    if patience and len(watched) < 2:
        raise UserError("Require 'validation' channel for parameter 'early_stopping_rounds'")
    checkpoints = job.base / "checkpoints"
    callbacks: list[Any] = [_Lines(job.host)]
    if patience:
        callbacks.append(EarlyStopping(patience))
    done, started_from = _resume(checkpoints)
    if checkpoints.is_dir():
        callbacks.append(_Keep(checkpoints))
    parameters = _library_parameters(given)
    named = parameters.pop("eval_metric", [])
    own = [name for name in named if name in CUSTOM]
    known = [name for name in named if name not in CUSTOM]
    booster = xgb.train(
        {**parameters, **({"eval_metric": known} if known else {})},
        watched[0][0],
        num_boost_round=max(0, given["num_round"] - done),
        evals=watched,
        callbacks=callbacks,
        custom_metric=measure(own) if own else None,
        verbose_eval=False,
        xgb_model=started_from,
    )
    if job.is_first:
        booster.save_model(job.model / MODEL_FILE)


def _library_parameters(given: dict[str, Any]) -> dict[str, Any]:
    parameters = {name: value for name, value in given.items() if name not in _NOT_FOR_THE_LIBRARY}
    if parameters.get("objective") == "reg:linear":
        print("objective reg:linear is reg:squarederror now")
        parameters["objective"] = "reg:squarederror"
    objective = given.get("_tuning_objective_metric", "").partition(":")[2]
    metrics: list[str] = list(parameters.get("eval_metric", ()))
    if objective and objective not in metrics:
        metrics.append(objective)
    if metrics:
        parameters["eval_metric"] = metrics
    return {"verbosity": 1, "nthread": int(os.environ.get("OMP_NUM_THREADS", "1")), **parameters}


def _matrix(job: Job, channel: str, weighted: bool) -> xgb.DMatrix:
    kind = job.content_type(channel, "text/libsvm")
    files = job.files(channel)
    if not files:
        raise UserError(f"No data in channel {channel}")
    if kind in ("text/csv", "csv"):
        return _from_csv(np.vstack([csv_matrix(path.read_text(), path.name) for path in files]), weighted)
    if kind in ("text/libsvm", "text/x-libsvm", "libsvm"):
        return _from_libsvm(files)
    raise UserError(f"{kind} is not an accepted ContentType: csv, libsvm (parquet and recordio not here).")


def _from_csv(table: Matrix, weighted: bool) -> xgb.DMatrix:
    """Label first, then a weight with csv_weights; no header."""
    first = 2 if weighted else 1
    if table.shape[1] <= first:
        raise UserError("CSV data needs a label and at least one feature")
    return xgb.DMatrix(table[:, first:], label=table[:, 0], weight=table[:, 1] if weighted else None)


def _from_libsvm(files: list[Path]) -> xgb.DMatrix:
    from emulator.builtins.libsvm import parse

    labels, features = parse("\n".join(path.read_text() for path in files))
    return xgb.DMatrix(features, label=labels)


class _Lines(TrainingCallback):
    """A line a round as CloudWatch shows the container's: a tab is #011 there."""

    def __init__(self, host: str) -> None:
        self._host = host

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        """Print the round's line; training goes on."""
        words = [
            f"{channel}-{metric}:{(values[-1][0] if isinstance(values[-1], tuple) else values[-1]):.5f}"
            for channel, metrics in evals_log.items()
            for metric, values in metrics.items()
        ]
        print(f"[{epoch}]#011" + "#011".join(words), flush=True)
        return False


class _Keep(TrainingCallback):
    """A checkpoint a round, the newest alone kept; written whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        """Keep the round's model; training goes on."""
        rounds = model.num_boosted_rounds()
        partial = self._folder / f".{_CHECKPOINT}.ubj"
        model.save_model(partial)
        partial.rename(self._folder / f"{_CHECKPOINT}.{rounds}")
        (self._folder / f"{_CHECKPOINT}.{rounds - 1}").unlink(missing_ok=True)
        return False


def _resume(folder: Path) -> tuple[int, xgb.Booster | None]:
    """(rounds done, the model so far) of the newest checkpoint."""
    found = sorted((int(path.suffix[1:]), path) for path in folder.glob(f"{_CHECKPOINT}.*"))
    if not found:
        return 0, None
    rounds, path = found[-1]
    booster = xgb.Booster()
    booster.load_model(path)
    print(f"Checkpoint loaded from {path.name}: resuming after {rounds} rounds", flush=True)
    return rounds, booster


def main() -> int:
    """Exit status; the container's framework reports any exception in these words."""
    job = Job()
    try:
        with together(job):
            train(job)
    except (UserError, xgb.core.XGBoostError) as error:
        kind = "sagemaker_algorithm_toolkit.exceptions.UserError"
        if not isinstance(error, UserError):
            kind = (
                "sagemaker_algorithm_toolkit.exceptions.AlgorithmError: XGB train call failed with exception"
            )
        print(error, file=sys.stderr, flush=True)
        job.fail(f"framework error: \n{kind}: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
