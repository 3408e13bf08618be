"""The channel `train`: all its CSV files as one table, and what cannot be learnt from."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from artefact import Array
from csv_table import Column, Value, csv_files, read_table
from evaluation import MINIMUM_ROWS
from faults import TrainingFaultError

# More classes than that are numbers, or texts that are no classes.
CLASSES_LIMIT = 200


@dataclass(frozen=True)
class Data:
    """columns: the values of each feature. targets: numbers, or indices into the ascending `classes`."""

    columns: list[list[Value]]
    targets: Array
    classes: tuple[str, ...] | None


def read_data(channel: Path, features: Sequence[Column], target: Column) -> Data:
    """All rows of the channel's CSV files, in the order of their paths.

    Raises TrainingFaultError with everything that is wrong in them.
    """
    files = csv_files(channel)
    if not files:
        raise TrainingFaultError(f"channel train: {channel} has no CSV file")
    columns: list[list[Value]] = [[] for _ in (*features, target)]
    faults: list[str] = []
    for file in files:
        table = read_table(file, (*features, target))
        name = str(file.relative_to(channel)) if file != channel else file.name
        faults += [fault.text(name) for fault in table.faults]
        if table.ignored:
            print(f"{name}: columns that the model does not use: {', '.join(table.ignored)}"[:1000])
        for values, more in zip(columns, table.columns, strict=True):
            values += more
    if faults:
        raise TrainingFaultError("\n".join(faults))
    return _learnable(columns, features, target)


def _learnable(columns: list[list[Value]], features: Sequence[Column], target: Column) -> Data:
    *inputs, targets = columns
    if len(targets) < MINIMUM_ROWS:
        raise TrainingFaultError(f"channel train: {len(targets)} rows; allowed: {MINIMUM_ROWS} or more")
    for feature, values in zip(features, inputs, strict=True):
        if feature.optional and all(value is None for value in values):
            raise TrainingFaultError(f"channel train: column {feature.name!r} is empty in every row")
    place = f"channel train: column {target.name!r}"
    if len(set(targets)) == 1:
        raise TrainingFaultError(f"{place} is {targets[0]} in every row: there is nothing to learn")
    if target.type != "category":
        return Data(inputs, np.array(targets, dtype=np.float64), None)
    names, codes, counts = np.unique(np.array(targets), return_inverse=True, return_counts=True)
    if len(names) > CLASSES_LIMIT:
        message = f"{len(names)} classes; allowed: {CLASSES_LIMIT}. Is the task regression?"
        raise TrainingFaultError(f"{place}: {message}")
    alone = [str(name) for name in names[counts < 2]]
    if alone:
        message = "allowed: 2 rows or more of each class, one to fit and one to measure"
        raise TrainingFaultError(f"{place}: 1 row of {', '.join(alone)}"[:800] + f"; {message}")
    return Data(inputs, codes.astype(np.float64), tuple(cast(list[str], names.tolist())))
