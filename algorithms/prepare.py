"""Prepares data for AWS's own algorithms in a processing job: checked, split, no header, target first.

Arguments: the hyperparameters that train.py would get as one JSON object, cut into as many arguments as it
takes (a processing job allows 100 of 256 characters); and in it `parts`, the number of files to train on, one
for each instance, and `classes`, how many the algorithm is told of.
Below SAGEMAKER_BASE_DIR or /opt/ml: reads processing/input/data; writes train/part-N.csv,
validation/part-0.csv and report/baseline.json (`{"baseline:rmse": ...}`) in processing/output.
What a user can mend ends in output/message, which SageMaker shows as the job's ExitMessage, and on stderr.
"""

import csv
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from channel import Data, read_data, require
from faults import TrainingFaultError
from guess import measure_guess, split
from learnable import count_fault, numbers_fault
from pipeline import Values, expand
from settings import DataSettings, read_data_settings

# API reference, DescribeProcessingJob, ExitMessage.
MESSAGE_LIMIT = 1024


def prepare(hyperparameters: Mapping[str, str], source: Path, target: Path) -> None:
    """From the CSV files below `source` to the folders train, validation and report below `target`.

    The rows held out are those that train.py would hold out.
    Raises TrainingFaultError for hyperparameters or data that a user can mend.
    """
    settings = read_data_settings(hyperparameters)
    parts = int(hyperparameters.get("parts", "1"))
    data = read_data(source, settings.features, settings.target_column)
    targets = _numbered(data, settings)
    if data.classes and "classes" in hyperparameters:
        require(settings.target_column, count_fault(len(data.classes), int(hyperparameters["classes"])))
    seen, held = split(settings, data, expand(settings.features, data.columns))
    print(f"{len(seen)} rows to fit on in {parts} files, {len(held)} held out")
    if len(seen) < parts:
        raise TrainingFaultError(f"{len(seen)} rows for {parts} instances; allowed: a row each, or more")
    for part in range(parts):
        _write(target / "train" / f"part-{part}.csv", targets, data.columns, seen[part::parts])
    _write(target / "validation" / "part-0.csv", targets, data.columns, held)
    (target / "report").mkdir(parents=True, exist_ok=True)
    text = json.dumps(measure_guess(data, seen, held), indent=2)
    (target / "report" / "baseline.json").write_text(text + "\n", encoding="utf-8")


def _numbered(data: Data, settings: DataSettings) -> list[float] | list[int]:
    """The target of each row: a number, or the number of its class, which must be 0 to k - 1."""
    if data.classes is None:
        return data.targets.tolist()
    require(settings.target_column, numbers_fault(data.classes))
    return [int(data.classes[int(code)]) for code in data.targets]


def _write(
    path: Path, targets: Sequence[float | int], columns: Sequence[Values], rows: Sequence[int]
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        # csv leaves a cell empty for None.
        csv.writer(stream, lineterminator="\n").writerows(
            [targets[row], *(values[row] for values in columns)] for row in rows
        )


def main(arguments: Sequence[str]) -> int:
    """Exit status: 0, or 1 for what a user can mend; any other exception is raised."""
    base = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
    try:
        folder = base / "processing"
        prepare(json.loads("".join(arguments)), folder / "input" / "data", folder / "output")
    except TrainingFaultError as fault:
        print(fault, file=sys.stderr, flush=True)
        (base / "output").mkdir(parents=True, exist_ok=True)
        (base / "output" / "message").write_text(str(fault)[:MESSAGE_LIMIT], encoding="utf-8")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
