"""Measures what a transform job had a model of AWS's own algorithms answer to the rows held out.

Arguments: `{"algorithm", "task"}` as one JSON object, cut into as many arguments as it takes. Below
SAGEMAKER_BASE_DIR or /opt/ml: reads processing/input/validation, the rows as prepare.py wrote them, target
first, and processing/input/answers, a file `<name>.out` for each of those with a line a row; writes
processing/output/report/champion.json (`{"champion:rmse": ...}`, metrics by this project's names).
What keeps it from measuring ends in output/message, which SageMaker shows as the job's ExitMessage.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from artefact import Array
from evaluation import class_metrics, metrics

# API reference, DescribeProcessingJob, ExitMessage.
MESSAGE_LIMIT = 1024


class NotMeasurableError(Exception):
    """The answers are none of a model that can be compared; the message says why."""


def evaluate(algorithm: str, task: str, rows: Path, answers: Path) -> dict[str, float]:
    """The metrics of the answers, by our names. Raises NotMeasurableError."""
    files = sorted(path for path in rows.rglob("*") if path.is_file())
    actual = [_label(line) for file in files for line in _lines(file)]
    answered = [_answer(line) for file in files for line in _lines(_answers_of(file, rows, answers))]
    if len(actual) != len(answered) or not actual:
        raise NotMeasurableError(f"there are {len(answered)} answers to {len(actual)} rows")
    scores = _array([answer["score"] for answer in answered])
    if not np.isfinite(scores).all():
        raise NotMeasurableError("some answers are no finite number")
    targets = _array(actual)
    if task == "regression":
        if scores.ndim != 1:
            raise NotMeasurableError("an answer is not one number")
        return metrics(targets, scores)
    if algorithm == "linear-learner":
        return _of_labels(targets, scores, _array([answer.get("predicted_label") for answer in answered]))
    probabilities = scores if scores.ndim == 2 else np.column_stack([1 - scores, scores])
    _require_classes(targets, probabilities.shape[1])
    return metrics(targets, probabilities)


def _of_labels(targets: Array, scores: Array, labels: Array) -> dict[str, float]:
    """Of labels that the model chose itself, at a threshold of its own, and of the order of its scores.

    Linear Learner's scores are no probabilities under each of its losses: what needs those is left out.
    """
    count = scores.shape[1] if scores.ndim == 2 else 2
    _require_classes(targets, count)
    if labels.ndim != 1 or not np.isin(labels, np.arange(count)).all():
        raise NotMeasurableError("an answer has no label of a class")
    chosen = class_metrics(targets, np.eye(count)[labels.astype(int)])
    measured = {name: chosen[name] for name in ("accuracy", "f1")}
    if count == 2:
        _, order = np.unique(scores if scores.ndim == 1 else scores[:, 1], return_inverse=True)
        ranks = order / len(order)
        measured["roc_auc"] = class_metrics(targets, np.column_stack([1 - ranks, ranks]))["roc_auc"]
    return measured


def _require_classes(targets: Array, count: int) -> None:
    if not np.array_equal(np.unique(targets), np.arange(count)):
        raise NotMeasurableError(f"the rows are of other classes than the {count} that are answered")


def _answers_of(file: Path, rows: Path, answers: Path) -> Path:
    path = answers / f"{file.relative_to(rows)}.out"
    if not path.is_file():
        raise NotMeasurableError(f"there are no answers to {file.relative_to(rows)}")
    return path


def _lines(path: Path) -> Iterator[str]:
    """Each may have an end of its own, and one of the job's."""
    with path.open(encoding="utf-8") as stream:
        yield from (line for line in stream if line.strip())


def _label(line: str) -> float:
    return float(line.partition(",")[0])


def _answer(line: str) -> Mapping[str, Any]:
    """XGBoost answers a number or a list of them, Linear Learner an object with a score."""
    try:
        answer: Any = json.loads(line)
    except ValueError:
        answer = None
    answer = answer if isinstance(answer, dict) else {"score": answer}
    if not isinstance(answer.get("score"), int | float | list):
        raise NotMeasurableError(f"an answer is {line.strip()[:40]!r}, which is no score")
    return answer


def _array(values: Sequence[Any]) -> Array:
    try:
        return np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise NotMeasurableError(f"the answers are not alike: {error}") from error


def main(arguments: Sequence[str]) -> int:
    """Exit status: 0, or 1 for answers that cannot be measured; any other exception is raised."""
    base = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
    told, folder = json.loads("".join(arguments)), base / "processing"
    try:
        measured = evaluate(
            told["algorithm"], told["task"], folder / "input" / "validation", folder / "input" / "answers"
        )
    except NotMeasurableError as reason:
        print(reason, file=sys.stderr, flush=True)
        (base / "output").mkdir(parents=True, exist_ok=True)
        (base / "output" / "message").write_text(str(reason)[:MESSAGE_LIMIT], encoding="utf-8")
        return 1
    report = {f"champion:{name}": value for name, value in measured.items()}
    (folder / "output" / "report").mkdir(parents=True, exist_ok=True)
    text = json.dumps(report, indent=2) + "\n"
    (folder / "output" / "report" / "champion.json").write_text(text, encoding="utf-8")
    print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
