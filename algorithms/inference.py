"""From a request's body to predictions: every fault of the input has a code, a field and a message."""

import csv
import io
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn, cast

import artefact
import numpy as np
from artefact import Array, UnusableArtefactError
from csv_table import parse_number
from predictors import PREDICTORS

Rows = list[list[float]]


class BadInputError(Exception):
    """The request cannot be answered; `field` is where (`instances[0].SquareFeet`), "" for the whole."""

    def __init__(self, code: str, message: str, field: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field


class Model:
    """A loaded artefact: the features it takes, in order, and what it predicts."""

    def __init__(self, description: Mapping[str, Any], parameters: Mapping[str, Array]) -> None:
        algorithm = description.get("algorithm")
        if algorithm not in PREDICTORS:
            raise UnusableArtefactError(f"algorithm {algorithm!r} is unknown; known: {', '.join(PREDICTORS)}")
        self.features = tuple(str(feature["name"]) for feature in description["features"])
        self._predict = PREDICTORS[algorithm]
        self._parameters = parameters

    @classmethod
    def load(cls, folder: Path) -> "Model":
        """The model in `folder`. Raises UnusableArtefactError when there is none that this code can serve."""
        return cls(*artefact.load(folder))

    def predict(self, rows: Rows) -> list[float]:
        """One finite number a row. Raises BadInputError when the numbers are too large to compute with."""
        with np.errstate(over="ignore", invalid="ignore"):
            predictions = self._predict(self._parameters, np.asarray(rows, dtype=np.float64))
        finite = np.isfinite(predictions)
        if not finite.all():
            field = f"instances[{int(np.argmin(finite))}]"
            raise BadInputError("ValueTooLarge", "the numbers are too large to compute with", field)
        return cast(list[float], predictions.tolist())


def parse_json(body: bytes, features: tuple[str, ...]) -> Rows:
    """Rows of `{"instances": [...]}`, each a list in the order of the features or an object by their names.

    Raises BadInputError for anything else, NaN and Infinity included.
    """
    try:
        content = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise BadInputError("InvalidJson", f"the body is no JSON: {str(error)[:200]}") from error
    if not isinstance(content, dict) or "instances" not in content:
        raise BadInputError("InvalidRequest", 'allowed: {"instances": [...]}')
    extra = sorted(key for key in cast(dict[str, Any], content) if key != "instances")
    if extra:
        raise BadInputError("UnknownField", "is unknown; allowed: instances", extra[0][:100])
    instances = content["instances"]
    if not isinstance(instances, list) or not instances:
        raise BadInputError("InvalidRequest", "allowed: a list of at least one instance", "instances")
    return [
        _instance(item, features, f"instances[{index}]")
        for index, item in enumerate(cast(list[Any], instances))
    ]


def parse_csv(body: bytes, features: tuple[str, ...]) -> Rows:
    """Rows of CSV without a header, columns in the order of the features.

    Raises BadInputError for an empty body, another number of cells, and cells that are no finite number.
    """
    try:
        lines = [
            line for line in csv.reader(io.StringIO(body.decode("utf-8"), newline=""), strict=True) if line
        ]
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInputError("InvalidCsv", f"the body is no UTF-8 CSV: {error}") from error
    if not lines:
        raise BadInputError("InvalidCsv", "the body is empty; allowed: at least one row, no header")
    return [_csv_row(cells, features, f"instances[{index}]") for index, cells in enumerate(lines)]


def _csv_row(cells: list[str], features: tuple[str, ...], field: str) -> list[float]:
    _check_count(len(cells), features, field)
    row: list[float] = []
    for name, cell in zip(features, cells, strict=True):
        try:
            row.append(parse_number(cell))
        except ValueError as error:
            raise BadInputError("InvalidFeature", str(error), f"{field}.{name}") from error
    return row


def _instance(item: Any, features: tuple[str, ...], field: str) -> list[float]:
    if isinstance(item, list):
        values = cast(list[Any], item)
        _check_count(len(values), features, field)
        return [_number(value, f"{field}.{name}") for name, value in zip(features, values, strict=True)]
    if not isinstance(item, dict):
        raise BadInputError("InvalidRequest", "allowed: a list of numbers, or an object by feature", field)
    named = cast(dict[str, Any], item)
    unknown = [name for name in named if name not in features]
    if unknown:
        allowed = ", ".join(features)
        raise BadInputError(
            "UnknownFeature", f"is unknown; allowed: {allowed}", f"{field}.{unknown[0][:100]}"
        )
    missing = [name for name in features if name not in named]
    if missing:
        raise BadInputError("MissingFeature", "is missing; allowed: a number", f"{field}.{missing[0]}")
    return [_number(named[name], f"{field}.{name}") for name in features]


def _check_count(count: int, features: tuple[str, ...], field: str) -> None:
    if count != len(features):
        names = ", ".join(features)
        raise BadInputError(
            "WrongFeatureCount", f"has {count} values; allowed: {len(features)} ({names})", field
        )


def _number(value: Any, field: str) -> float:
    # bool is an int to Python, and no number to anyone else.
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadInputError("InvalidFeature", "is no number; allowed: a number", field)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise BadInputError("InvalidFeature", "is too large; allowed: a finite number", field)
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
