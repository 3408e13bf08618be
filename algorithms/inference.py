"""A loaded artefact: from columns of values to predictions."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import artefact
import numpy as np
from artefact import Array, UnusableArtefactError
from csv_table import Column
from instances import FEW_ROWS, BadInputError
from onnx_predictor import FOREST_FILE, OnnxForest
from pipeline import Columns, Pipeline
from predictors import PREDICTORS, LinearRegression, Predictor


@dataclass(frozen=True)
class Predictions:
    """values: a number or a class a row. probabilities: of each class, for a classification only."""

    values: list[float] | list[str]
    probabilities: list[dict[str, float]] | None = None


class Model:
    """The features that it takes, in order, and what it predicts.

    predictor: what computes with the matrix; default: what the arrays say, with numpy alone.

    Attributes: features, task, target, classes (ascending, None for a regression).
    """

    def __init__(
        self, description: Mapping[str, Any], arrays: Mapping[str, Array], predictor: Predictor | None = None
    ) -> None:
        kind = (str(description.get("algorithm")), str(description.get("task")))
        if kind not in PREDICTORS:
            known = ", ".join(" ".join(pair) for pair in PREDICTORS)
            raise UnusableArtefactError(f"algorithm {' '.join(kind)!r} is unknown; known: {known}")
        try:
            self.features = tuple(map(Column.of, description["features"]))
            self.task, self.target = kind[1], str(description["target"])
            classes = description["classes"]
            self.classes: tuple[str, ...] | None = None if classes is None else tuple(classes)
            self._pipeline = Pipeline(self.features, description["levels"], arrays)
            self._predictor = predictor or PREDICTORS[kind](arrays)
            self._one: Callable[[Iterable[float]], float] | None = None
            if isinstance(self._predictor, LinearRegression) and self._pipeline.changes_nothing:
                self._one = self._predictor.one
        except (KeyError, TypeError) as error:
            raise UnusableArtefactError(f"lacks or misdescribes {error}") from error

    @classmethod
    def load(cls, folder: Path) -> "Model":
        """The model in `folder`, in the form that it is to be served in.

        Raises UnusableArtefactError when there is none that this code can serve.
        """
        description, arrays = artefact.load(folder)
        if description.get("serving_format") != "onnx":
            return cls(description, arrays)
        try:
            content = (folder / FOREST_FILE).read_bytes()
        except OSError as error:
            raise UnusableArtefactError(f"{folder}: {error}") from error
        return cls(description, arrays, OnnxForest(content, classes=description.get("classes") is not None))

    def answer(self, values: Columns | Array) -> Array:
        """n numbers, or n x classes probabilities, of n values a feature; NaN where it cannot compute.

        values: a column a feature, or n x features where all are numbers.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            if isinstance(values, np.ndarray):
                return self._predictor(self._pipeline.of_numbers(values))
            return self._predictor(self._pipeline.of_columns(values))

    def predict(self, values: Columns | Array) -> Predictions:
        """A prediction a row. Raises BadInputError when the numbers are too large to compute with."""
        if self._one is not None and not isinstance(values, np.ndarray) and len(values[0]) <= FEW_ROWS:
            numbers: Any = values
            return Predictions(_finite(list(map(self._one, zip(*numbers, strict=True)))))
        answer = self.answer(values)
        rows: list[Any] = answer.tolist()
        if self.classes is None:
            return Predictions(_finite(rows))
        _finite([row[0] for row in rows])
        names = [self.classes[index] for index in np.argmax(answer, axis=1)]
        return Predictions(names, [dict(zip(self.classes, row, strict=True)) for row in rows])


def _finite(numbers: list[float]) -> list[float]:
    """The numbers, a row each; BadInputError naming the first row whose number is none."""
    if not all(map(math.isfinite, numbers)):
        row = next(index for index, number in enumerate(numbers) if not math.isfinite(number))
        message = "the numbers are too large to compute with"
        raise BadInputError("ValueTooLarge", message, f"instances[{row}]")
    return numbers
