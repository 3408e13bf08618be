"""How large the data of a model is: as it is said, counted in the local data, or assumed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from algorithms.csv_table import Column, read_table
from cli.exit_codes import WrongWords
from cli.memory import DataSize
from cli.session import CommandError
from sagemaker_lifecycle.spec import ModelSpec
from sagemaker_lifecycle.spec.features import Feature
from sagemaker_lifecycle.spec.local_data import local_data_files

ASSUMED_CLASSES = 2
ASSUMED_LEVELS = 10
DATE_COLUMNS = 3
"""Of the fitted matrix: the day, its month and its weekday (algorithms/pipeline.py)."""


@dataclass(frozen=True)
class Given:
    """What the user says of the data; None: count or assume. levels: texts of each category."""

    rows: int | None = None
    classes: int | None = None
    levels: int | None = None


def data_size(models_dir: Path, model: ModelSpec, given: Given) -> tuple[DataSize, list[str]]:
    """The size, and what was assumed of it, in words.

    Raises WrongWords where the rows are neither said nor there to be counted and for classes of numbers, and
    CommandError for local data with faults.
    """
    if given.classes and model.task == "regression":
        raise WrongWords(f"{model.name} predicts a number, which has no classes: leave --classes out")
    counted = _counted(models_dir, model)
    rows = given.rows or len(counted.get(model.target, ()))
    if not rows:
        raise WrongWords(f"{model.name} has no local data to count: say --rows")
    assumed: list[str] = []
    width = 0
    for feature in model.features:
        if feature.type == "category":
            levels = given.levels or _levels(feature, counted)
            if levels is None:
                assumed.append(f"assumed: {ASSUMED_LEVELS} texts of {feature.name} (--levels)")
            width += levels or ASSUMED_LEVELS
        else:
            width += DATE_COLUMNS if feature.type == "date" else 1
    classes = None
    if model.task == "classification":
        classes = given.classes or model.classes or len({*counted.get(model.target, ())} - {None})
        if not classes:
            assumed.append(f"assumed: {ASSUMED_CLASSES} classes of {model.target} (--classes)")
            classes = ASSUMED_CLASSES
    return DataSize(rows, len(model.features) + 1, width, classes), assumed


def _levels(feature: Feature, counted: dict[str, Sequence[Any]]) -> int | None:
    """Texts of a category, a gap being one; None where nothing tells."""
    if cells := counted.get(feature.name):
        return len(set(cells))
    return len(feature.values) + feature.optional if feature.values else None


def _counted(models_dir: Path, model: ModelSpec) -> dict[str, Sequence[Any]]:
    """The cells of the target and of the categories in the local data; nothing without any."""
    categories = [feature.name for feature in model.features if feature.type == "category"]
    columns = [Column(name, "category", optional=True) for name in (model.target, *categories)]
    cells: dict[str, list[Any]] = {}
    for file in local_data_files(models_dir, model):
        table = read_table(file, columns)
        if table.faults:
            raise CommandError("\n".join(fault.text(str(file)) for fault in table.faults))
        for column, values in zip(columns, table.columns, strict=True):
            cells.setdefault(column.name, []).extend(values)
    return dict(cells)
