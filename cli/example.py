"""The example request of a model: models/<name>/example.json, or a row of its own data."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from algorithms.csv_table import BOOLEANS, Column
from cli.session import CommandError, models_folder
from sagemaker_lifecycle.spec import ModelSpec
from sagemaker_lifecycle.spec.local_data import local_data_files


@dataclass(frozen=True)
class Example:
    """An instance, and the prediction that it should get where that is known: a class, or a number within
    ``tolerance``.
    """

    instance: dict[str, Any]
    prediction: float | str | None = None
    tolerance: float = 0.0

    def agrees(self, prediction: float | str) -> bool:
        """Whether this prediction is the expected one, or no other is expected."""
        if self.prediction is None or isinstance(self.prediction, str) or isinstance(prediction, str):
            return self.prediction in (None, prediction)
        return abs(prediction - self.prediction) <= self.tolerance


def of_model(model: ModelSpec) -> Example:
    """Raises CommandError for an example.json that is malformed, and for a model with neither it nor data.

    Also for data whose first row does not have a value of its type for each feature.
    """
    file = models_folder() / model.name / "example.json"
    if file.exists():
        try:
            return Example(**json.loads(file.read_text()))
        except (ValueError, TypeError) as error:
            raise CommandError(
                f'{file}: {error}; allowed is {{"instance": {{...}}, "prediction": 1.0, "tolerance": 0.5}}'
            ) from error
    if model.source.type != "local":
        raise CommandError(f"{file} is missing, and {model.name} has no local data to take a row of")
    data = local_data_files(models_folder(), model)
    if not data:
        raise CommandError(f"{file} is missing, and {model.name} has no .csv file to take a row of")
    return Example(_first_row(data[0], model))


def _first_row(file: Path, model: ModelSpec) -> dict[str, Any]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as handle:
            row = next(csv.DictReader(handle), {})
        return {
            feature.name: _given(row[feature.name], Column.of(feature.contract)) for feature in model.features
        }
    except (ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{file}: its first row is no example of {model.name}: {error!r}") from error


def _given(cell: str, column: Column) -> Any:
    """The cell as a request has it: null when it is empty, dates and categories as they are written."""
    value = column.parse(cell)
    if value is None:
        return None
    if column.type == "boolean":
        return bool(BOOLEANS[cell.strip().lower()])
    return value if column.type == "number" else cell.strip()
