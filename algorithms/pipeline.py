"""From typed columns to the matrix that a model computes with: numpy alone, the same in training and serving.

Numbers and booleans are a column each, a date three (days since 2000-01-01, month, weekday from Monday = 0),
then a column of 0 and 1 for each level of each category. An empty category is a level of its own; a level
that was not there in training is 0 everywhere, as with scikit-learn's OneHotEncoder(handle_unknown="ignore").
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from artefact import Array
from csv_table import Column, Value
from numpy.typing import NDArray

Values = Sequence[Value] | Array
Columns = Sequence[Values]
Texts = NDArray[np.object_]

# The level of an empty cell: no cell holds this text.
EMPTY = ""
# 2000-01-01 was a Saturday.
_WEEKDAY_ZERO = 5


@dataclass(frozen=True)
class Expanded:
    """numbers: n x numeric columns, NaN where empty. texts: n x categories, EMPTY where empty."""

    numbers: Array
    texts: Texts

    def __getitem__(self, rows: Sequence[int]) -> "Expanded":
        return Expanded(self.numbers[rows], self.texts[rows])


def expand(features: Sequence[Column], columns: Columns) -> Expanded:
    """`columns` has a sequence of values for each of the `features`, all of the same length."""
    count = len(columns[0])
    parts: list[Array] = []
    texts: list[list[str]] = []
    for feature, values in zip(features, columns, strict=True):
        if feature.type == "category":
            texts.append([EMPTY if value is None else str(value) for value in values])
            continue
        numbers = np.array(values, dtype=np.float64)
        parts += _of_dates(numbers) if feature.type == "date" else [numbers]
    categories = np.empty((count, len(texts)), dtype=object)
    for index, values in enumerate(texts):
        categories[:, index] = values
    return Expanded(np.column_stack(parts) if parts else np.empty((count, 0)), categories)


def _of_dates(days: Array) -> list[Array]:
    known = np.isfinite(days)
    whole = np.where(known, days, 0).astype(np.int64)
    months = (np.datetime64("2000-01-01", "D") + whole).astype("datetime64[M]").astype(np.int64) % 12 + 1
    weekdays = (whole + _WEEKDAY_ZERO) % 7
    return [days, np.where(known, months, np.nan), np.where(known, weekdays, np.nan)]


class Pipeline:
    """The fitted steps.

    levels: of each category in the order of the features, ascending.
    arrays: `fill` replaces an empty number; `center` and `scale` standardise; each a value a numeric column,
    each step left out when its array is.
    """

    def __init__(
        self, features: Sequence[Column], levels: Sequence[Sequence[str]], arrays: Mapping[str, Array]
    ) -> None:
        self._features = features
        # A column of the matrix each, as it is.
        self._plain = all(feature.type in ("number", "boolean") for feature in features)
        self._fill = arrays.get("fill")
        self._center, self._scale = arrays.get("center"), arrays.get("scale")
        self._places = [{level: place for place, level in enumerate(known)} for known in levels]

    @property
    def changes_nothing(self) -> bool:
        """Whether the matrix is the columns as they are."""
        return self._plain and self._fill is None and self._center is None

    def of_columns(self, columns: Columns) -> Array:
        """The matrix of rows whose features are `columns`."""
        if self._plain:
            # numpy makes NaN of None.
            return self.of_numbers(np.array(columns, dtype=np.float64).T)
        return self.matrix(expand(self._features, columns))

    def matrix(self, rows: Expanded) -> Array:
        """n x p of finite numbers, if those of `rows` are finite where they are not NaN."""
        numbers = self.of_numbers(rows.numbers)
        if not self._places:
            return numbers
        return np.hstack([numbers, *map(_one_hot, rows.texts.T, self._places)])

    def of_numbers(self, numbers: Array) -> Array:
        """The matrix's numeric columns, of n x numeric columns, NaN where empty."""
        if self._fill is not None:
            numbers = np.where(np.isnan(numbers), self._fill, numbers)
        if self._center is not None and self._scale is not None:
            numbers = (numbers - self._center) / self._scale
        return numbers


def _one_hot(texts: Texts, places: Mapping[str, int]) -> Array:
    codes = np.array([places.get(text, -1) for text in texts])
    return (codes[:, np.newaxis] == np.arange(len(places))).astype(np.float64)
