"""A stand-in for Linear Learner: its contract, with an exact solver in the place of its stochastic search."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from emulator.builtins.contract import Job, Matrix, UserError, csv_matrix
from emulator.builtins.linear_parameters import Parameters, validated

MODEL_FILE = "model_algo-1"
CUSTOMER_ERROR = 2
"""Exit status of AWS's own algorithms for what the customer can mend."""


def train(job: Job) -> None:
    """Fit on channel ``train``, print the metrics of ``validation``, leave ``model_algo-1``."""
    parameters = validated(job.hyperparameters)
    print("This is the embedded AWS's stand-in for Linear Learner: the same problem, solved exactly.")
    if parameters.ignored:
        print(f"Not used by the stand-in: {', '.join(parameters.ignored)}")
    if not job.is_first:
        print("The rows of this instance are read by the first one.", flush=True)
        return
    rows = _rows(job, "train", _peers(job))
    _check(parameters, rows)
    weights = fit(parameters, rows[:, 1:], rows[:, 0])
    _tell("train", parameters, weights, rows, whole=False)
    if "validation" in job.channels:
        _tell("validation", parameters, weights, _rows(job, "validation", [job.base]), whole=True)
    description: dict[str, Any] = {
        "predictor_type": parameters.predictor_type,
        "loss": parameters.loss,
        "weights": weights.tolist(),
    }
    (job.model / MODEL_FILE).write_text(json.dumps(description))


def _peers(job: Job) -> list[Path]:
    """Bases of the instances whose rows are this one's too: all where the objects were shared out."""
    sharded = job.channels["train"].get("S3DistributionType") == "ShardedByS3Key"
    return job.bases if sharded else [job.base]


def _rows(job: Job, channel: str, bases: list[Path]) -> Matrix:
    if channel not in job.channels:
        raise UserError(f"channel {channel} is required")
    kind = job.content_type(channel, "application/x-recordio-protobuf")
    if kind != "text/csv":
        raise UserError(
            f"Unable to read data channel '{channel}'. Requested content-type is '{kind}'. Please verify the "
            "data matches the requested content-type. (The embedded AWS's stand-in reads text/csv.)"
        )
    files = [
        path
        for base in bases
        for path in sorted((base / "input/data" / channel).rglob("*"))
        if path.is_file()
    ]
    tables = [csv_matrix(path.read_text(), path.name) for path in files]
    rows = np.vstack([table for table in tables if table.size])
    if not np.isfinite(rows).all():
        raise UserError(f"channel {channel} has a cell that is empty or no finite number")
    return rows


def _check(parameters: Parameters, rows: Matrix) -> None:
    width, labels = rows.shape[1] - 1, rows[:, 0]
    if parameters.feature_dim not in (None, width):
        raise UserError(f"feature_dim is {parameters.feature_dim}, the data has {width} features")
    if len(rows) < parameters.mini_batch_size:
        raise UserError(
            f"The number of samples ({len(rows)}) must be at least the mini_batch_size "
            f"({parameters.mini_batch_size})"
        )
    if parameters.predictor_type != "regressor":
        count = 2 if parameters.predictor_type == "binary_classifier" else parameters.classes
        wrong = [value for value in np.unique(labels).tolist() if value not in range(count)]
        if wrong:
            raise UserError(f"label {wrong[0]:g} is not one of 0 to {count - 1}")
        if len(np.unique(labels)) < 2:
            raise UserError("all labels are the same")


def fit(parameters: Parameters, features: Matrix, labels: Matrix) -> Matrix:
    """Weights, the bias last: one row for a regressor and two classes, else a row a class."""
    center, scale = features.mean(axis=0), features.std(axis=0)
    scale[scale == 0] = 1.0
    scaled = (features - center) / scale
    if parameters.predictor_type == "regressor":
        offset = labels.mean()
        gram = scaled.T @ scaled + parameters.wd * len(labels) * np.eye(scaled.shape[1])
        raw = np.atleast_2d(np.linalg.lstsq(gram, scaled.T @ (labels - offset), rcond=None)[0])
        bias = np.array([offset])
    else:
        raw, bias = _classifier(parameters, scaled, labels)
    weights = raw / scale
    return np.hstack([weights, (bias - weights @ center)[:, None]])


def _classifier(parameters: Parameters, scaled: Matrix, labels: Matrix) -> tuple[Matrix, Matrix]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import LinearSVC

    strength = 1.0 / (parameters.wd * len(labels)) if parameters.wd else 1e4
    if parameters.loss == "hinge_loss":
        model: Any = LinearSVC(C=strength, loss="hinge", random_state=0, max_iter=100_000)
    else:
        model = LogisticRegression(C=strength, max_iter=5000)
    model.fit(scaled, labels)
    raw, bias = np.atleast_2d(model.coef_), np.atleast_1d(model.intercept_)
    if parameters.predictor_type == "binary_classifier":
        return raw, bias
    all_raw = np.zeros((parameters.classes, raw.shape[1]))
    all_bias = np.full(parameters.classes, -1e3)  # of a class without rows: never the likeliest
    seen = model.classes_.astype(int)
    if len(raw) == 1:
        raw, bias = np.vstack([-raw / 2, raw / 2]), np.array([-bias[0] / 2, bias[0] / 2])
    all_raw[seen], all_bias[seen] = raw, bias
    return all_raw, all_bias


def scores(predictor_type: str, loss: str, weights: Matrix, features: Matrix) -> Matrix:
    """A number a row (regressor; probability, or margin with hinge loss, of class 1), or one a class."""
    raw = features @ weights[:, :-1].T + weights[:, -1]
    if predictor_type == "multiclass_classifier":
        raised = np.exp(raw - raw.max(axis=1, keepdims=True))
        return raised / raised.sum(axis=1, keepdims=True)
    if predictor_type == "binary_classifier" and loss != "hinge_loss":
        return 1.0 / (1.0 + np.exp(-np.clip(raw[:, 0], -700, 700)))
    return raw[:, 0]


def labels_of(predictor_type: str, loss: str, scored: Matrix) -> Matrix:
    """The class of each row."""
    if predictor_type == "multiclass_classifier":
        return scored.argmax(axis=1)
    return (scored >= (0.0 if loss == "hinge_loss" else 0.5)).astype(int)


def _tell(channel: str, parameters: Parameters, weights: Matrix, rows: Matrix, whole: bool) -> None:
    kind, loss, labels = parameters.predictor_type, parameters.loss, rows[:, 0]
    scored = scores(kind, loss, weights, rows[:, 1:])
    objective = _objective(kind, loss, scored, labels)
    measured = {"objective_loss <loss>": objective}
    if whole and kind == "regressor":
        error = scored - labels
        measured |= {
            "mse <loss>": float(np.mean(error**2)),
            "rmse <loss>": float(np.sqrt(np.mean(error**2))),
            "absolute_loss <loss>": float(np.mean(abs(error))),
        }
    elif whole:
        name = "binary_classification_accuracy" if kind == "binary_classifier" else "multiclass_accuracy"
        measured[f"{name} <score>"] = float(np.mean(labels_of(kind, loss, scored) == labels))
        if kind == "binary_classifier" and len(np.unique(labels)) == 2:
            from sklearn.metrics import roc_auc_score

            measured["roc_auc_score <score>"] = float(roc_auc_score(labels, scored))
    for name, value in measured.items():
        print(f"#quality_metric: host=algo-1, {channel} {name}={value!r}", flush=True)


def _objective(kind: str, loss: str, scored: Matrix, labels: Matrix) -> float:
    if kind == "regressor":
        return float(np.mean((scored - labels) ** 2))
    if loss == "hinge_loss":
        return float(np.mean(np.maximum(0.0, 1.0 - (2 * labels - 1) * scored)))
    if kind == "binary_classifier":
        chosen = np.where(labels == 1, scored, 1 - scored)
    else:
        chosen = scored[np.arange(len(labels)), labels.astype(int)]
    return float(-np.mean(np.log(np.clip(chosen, 1e-15, 1))))


def main() -> int:
    """Exit status: 2 for what the customer can mend."""
    job = Job()
    try:
        train(job)
    except UserError as error:
        print(error, file=sys.stderr, flush=True)
        job.fail(str(error))
        return CUSTOMER_ERROR
    return 0


if __name__ == "__main__":
    sys.exit(main())
