"""The channel `train`: all its CSV files as one table, and what cannot be learnt from."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import cast

import numpy as np
from artefact import Array
from csv_table import Column, csv_files, read_table
from faults import TrainingFaultError
from learnable import classes_fault, empty_fault, rows_fault, values_fault
from number_table import read_numbers
from pipeline import Values


@dataclass(frozen=True)
class Data:
    """columns: the values of each feature. targets: numbers, or indices into the ascending `classes`."""

    columns: list[Values]
    targets: Array
    classes: tuple[str, ...] | None

    def columns_of(self, rows: Sequence[int]) -> list[Values]:
        """The values of each feature in some of the rows."""
        return [
            values[rows] if isinstance(values, np.ndarray) else [values[row] for row in rows]
            for values in self.columns
        ]


def read_data(channel: Path, features: Sequence[Column], target: Column) -> Data:
    """All rows of the channel's CSV files, in the order of their paths.

    Raises TrainingFaultError with everything that is wrong in them.
    """
    files = csv_files(channel)
    if not files:
        raise TrainingFaultError(f"channel train: {channel} has no CSV file")
    wanted = (*features, target)
    parts: list[Sequence[Values]] = []
    faults: list[str] = []
    for file in files:
        name = str(file.relative_to(channel)) if file != channel else file.name
        table = read_numbers(file, wanted)
        if table is None:
            table = read_table(file, wanted)
            faults += [fault.text(name) for fault in table.faults]
        if table.ignored:
            print(f"{name}: columns that the model does not use: {', '.join(table.ignored)}"[:1000])
        parts.append(table.columns)
    if faults:
        raise TrainingFaultError("\n".join(faults))
    return _learnable([_joined(values) for values in zip(*parts, strict=True)], features, target)


def _joined(parts: Sequence[Values]) -> Values:
    """One column of those of the files."""
    arrays = [part for part in parts if isinstance(part, np.ndarray)]
    if len(arrays) == len(parts):
        return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)
    return [*chain.from_iterable(part.tolist() if isinstance(part, np.ndarray) else part for part in parts)]


def _learnable(columns: list[Values], features: Sequence[Column], target: Column) -> Data:
    *inputs, targets = columns
    if fault := rows_fault(len(targets)):
        raise TrainingFaultError(f"channel train: {fault}")
    for feature, values in zip(features, inputs, strict=True):
        if feature.optional:
            require(feature, empty_fault(values))
    if target.type != "category":
        numbers = np.asarray(targets, dtype=np.float64)
        require(target, values_fault(numbers.min(), numbers.max()))
        return Data(inputs, numbers, None)
    found, codes, counts = np.unique(np.array(targets), return_inverse=True, return_counts=True)
    names = cast(list[str], found.tolist())
    require(target, classes_fault(dict(zip(names, counts.tolist(), strict=True))))
    return Data(inputs, codes.astype(np.float64), tuple(names))


def require(column: Column, fault: str | None) -> None:
    """Raises TrainingFaultError where something is wrong with the column."""
    if fault:
        raise TrainingFaultError(f"channel train: column {column.name!r} {fault}")
