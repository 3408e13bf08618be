"""The example request of a model: models/<name>/example.json, or a row of its own data."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from typing import Any

from cli.session import ROOT, CommandError
from sagemaker_lifecycle.spec import ModelSpec


@dataclass(frozen=True)
class Example:
    """An instance, and the prediction that it should get where that is known, within ``tolerance``."""

    instance: dict[str, Any]
    prediction: float | None = None
    tolerance: float = 0.0

    def agrees(self, prediction: float) -> bool:
        """Whether this prediction is the expected one, or no other is expected."""
        return self.prediction is None or abs(prediction - self.prediction) <= self.tolerance


def of_model(model: ModelSpec) -> Example:
    """Raises CommandError for an example.json that is malformed, and for a model with neither it nor data.

    Also for data whose first row does not have a number for each feature.
    """
    file = ROOT / "models" / model.name / "example.json"
    if file.exists():
        try:
            return Example(**json.loads(file.read_text()))
        except (ValueError, TypeError) as error:
            raise CommandError(
                f'{file}: {error}; allowed is {{"instance": {{...}}, "prediction": 1.0, "tolerance": 0.5}}'
            ) from error
    if model.source.path is None:
        raise CommandError(f"{file} is missing, and {model.name} has no local data to take a row of")
    data = sorted((ROOT / "models" / model.name / model.source.path).glob("*.csv"))
    if not data:
        raise CommandError(f"{file} is missing, and {model.name} has no .csv file to take a row of")
    try:
        with data[0].open(newline="") as handle:
            row = next(csv.DictReader(handle), {})
        return Example({feature.name: float(row[feature.name]) for feature in model.features})
    except (ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{data[0]}: its first row is no example of {model.name}: {error!r}") from error
