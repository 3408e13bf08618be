"""From a request's body to columns of values: every fault of the input has a code, a field and a message."""

import csv
import io
import json
import math
from collections.abc import Callable, Sequence
from itertools import chain
from operator import ge, le
from typing import Any, NoReturn, cast

import numpy as np
import plain_numbers
from artefact import Array
from csv_table import Column, Value, parse_date

Columns = Sequence[Sequence[Value]]
Features = tuple[Column, ...]

# Up to as many, Python is done before numpy has begun.
FEW_ROWS = 8


class BadInputError(Exception):
    """The request cannot be answered; `field` is where (`instances[0].SquareFeet`), "" for the whole."""

    def __init__(self, code: str, message: str, field: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field


class Reader:
    """Reads requests' bodies for a model's features: each method answers a column of values a feature,
    or for many rows of numbers alone n x features.
    """

    def __init__(self, features: Features) -> None:
        self._features = features
        self._names = [feature.name for feature in features]
        self._numeric = all(feature.type == "number" for feature in features)
        self._lows = [-math.inf if feature.minimum is None else feature.minimum for feature in features]
        self._highs = [math.inf if feature.maximum is None else feature.maximum for feature in features]
        self._bounded = any(map(math.isfinite, [*self._lows, *self._highs]))

    def json(self, body: bytes) -> Columns | Array:
        """Of `{"instances": [...]}`, each a list in the features' order or an object by their names.

        Raises BadInputError for anything else, NaN and Infinity included.
        """
        if (matrix := self._plain(body, plain_numbers.from_json)) is not None:
            return matrix
        try:
            content = _DECODER.decode(body.decode("utf-8"))
        except (ValueError, RecursionError) as error:
            raise BadInputError("InvalidJson", f"the body is no JSON: {str(error)[:200]}") from error
        if not isinstance(content, dict) or "instances" not in content:
            raise BadInputError("InvalidRequest", 'allowed: {"instances": [...]}')
        if len(cast(dict[str, Any], content)) > 1:
            extra = min(key for key in cast(dict[str, Any], content) if key != "instances")
            raise BadInputError("UnknownField", "is unknown; allowed: instances", extra[:100])
        instances = content["instances"]
        if not isinstance(instances, list) or not instances:
            raise BadInputError("InvalidRequest", "allowed: a list of at least one instance", "instances")
        items = cast(list[Any], instances)
        if self._numeric and len(items) > FEW_ROWS and (matrix := self._matrix(body, items)) is not None:
            return matrix
        if set(map(type, items)) != _LISTS or set(map(len, items)) != {len(self._features)}:
            items = [self._row(item, index) for index, item in enumerate(items)]
        return self._columns(items, value_of)

    def csv(self, body: bytes) -> Columns | Array:
        """Of CSV without a header, in the order of the features.

        Raises BadInputError for an empty body, another number of cells, and cells that a feature does not
        allow.
        """
        if (matrix := self._plain(body, plain_numbers.from_csv)) is not None:
            return matrix
        try:
            text = io.StringIO(body.decode("utf-8-sig"), newline="")
            lines = [line for line in csv.reader(text, strict=True) if line]
        except (UnicodeDecodeError, csv.Error) as error:
            raise BadInputError("InvalidCsv", f"the body is no UTF-8 CSV: {error}") from error
        if not lines:
            raise BadInputError("InvalidCsv", "the body is empty; allowed: at least one row, no header")
        return self._columns([self._row(cells, index) for index, cells in enumerate(lines)], Column.parse)

    def _plain(self, body: bytes, read: Callable[[bytes, int], Array | None]) -> Array | None:
        """The rows when they are plain numbers that the features allow, else None."""
        if not self._numeric or len(body) < plain_numbers.LONG_TEXT_BYTES:
            return None
        matrix = read(body, len(self._features))
        return None if matrix is None or not self._allows(matrix) else matrix

    def _matrix(self, body: bytes, rows: list[Any]) -> Array | None:
        """The rows when they are numbers that the features allow, else None."""
        if body.translate(None, _OF_NUMBERS) != _WITHOUT_NUMBERS:
            return None
        try:
            matrix = np.array(rows, dtype=np.float64)
        except (ValueError, OverflowError):
            return None
        if matrix.shape != (len(rows), len(self._names)) or not np.isfinite(matrix).all():
            return None
        return matrix if self._allows(matrix) else None

    def _allows(self, matrix: Array) -> bool:
        return not self._bounded or bool((matrix >= self._lows).all() and (matrix <= self._highs).all())

    def _row(self, item: Any, index: int) -> list[Any]:
        field = f"instances[{index}]"
        if isinstance(item, list):
            values = cast(list[Any], item)
            if len(values) == len(self._names):
                return values
            message = f"has {len(values)} values; allowed: {len(self._names)} ({', '.join(self._names)})"
            raise BadInputError("WrongFeatureCount", message, field)
        if not isinstance(item, dict):
            raise BadInputError("InvalidRequest", "allowed: a list of values, or an object by feature", field)
        named = cast(dict[str, Any], item)
        if unknown := [name for name in named if name not in self._names]:
            message = f"is unknown; allowed: {', '.join(self._names)}"
            raise BadInputError("UnknownFeature", message, f"{field}.{unknown[0][:100]}")
        if missing := [feature for feature in self._features if feature.name not in named]:
            message = f"is missing; allowed: {missing[0].allowed}"
            raise BadInputError("MissingFeature", message, f"{field}.{missing[0].name}")
        return [named[name] for name in self._names]

    def _columns(self, rows: list[list[Any]], parse: Callable[[Column, Any], Value]) -> Columns:
        """BadInputError names the first value that is wrong, feature by feature."""
        by_feature = list(zip(*rows, strict=True))
        if self._numeric and _all_finite_numbers(rows) and self._within_bounds(by_feature):
            return by_feature
        columns: list[list[Value]] = []
        for feature, values in zip(self._features, by_feature, strict=True):
            parsed: list[Value] = []
            for value in values:
                try:
                    parsed.append(parse(feature, value))
                except ValueError as error:
                    field = f"instances[{len(parsed)}].{feature.name}"
                    raise BadInputError("InvalidFeature", str(error), field) from error
            columns.append(parsed)
        return columns

    def _within_bounds(self, numbers: Sequence[Sequence[float]]) -> bool:
        return all(map(le, self._lows, map(min, numbers))) and all(map(ge, self._highs, map(max, numbers)))


def value_of(feature: Column, value: Any) -> Value:
    """What a JSON value is to a feature; ValueError, saying what is wrong, for one that it does not allow."""
    if value is None:
        if feature.optional:
            return None
        raise ValueError(f"is null; allowed: {feature.allowed}")
    return feature.check(_JSON[feature.type](value))


def _number(value: Any) -> float:
    # bool is an int to Python, and no number to anyone else.
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("is no number; allowed: a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError("is too large; allowed: a finite number")
    return number


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("is no text; allowed: text")
    if not value.strip():
        raise ValueError("is empty; allowed: text, or null where the feature is optional")
    return value.strip()


def _boolean(value: Any) -> float:
    # As the prediction API has it: 1.0 is no less 1.
    if not isinstance(value, bool | int | float) or value not in (0, 1):
        raise ValueError("is no boolean; allowed: true or false")
    return float(value)


def _date(value: Any) -> float:
    if not isinstance(value, str):
        raise ValueError('is no date; allowed: a date such as "2024-01-31"')
    return parse_date(value.strip())


_JSON: dict[str, Callable[[Any], float | str]] = {
    "number": _number,
    "category": _text,
    "boolean": _boolean,
    "date": _date,
}


def _all_finite_numbers(rows: list[list[Any]]) -> bool:
    """Whether that is all there is, which is common, and found out for all at once."""
    cells = list(chain.from_iterable(rows))
    kinds = set(map(type, cells))
    try:
        # fsum() also finds an int that is no float, where sum() may add up several to one that is.
        return kinds <= {int, float} and math.isfinite(math.fsum(cells) if int in kinds else sum(cells))
    except (OverflowError, ValueError):
        return False


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


# What lists of numbers are written with, and what a body of nothing else is without it: every other value has
# a letter or a quotation mark.
_OF_NUMBERS = b"0123456789+-.eE,[] \t\r\n"
_WITHOUT_NUMBERS = b'{"instances":}'.translate(None, _OF_NUMBERS)
# Of a list of lists.
_LISTS = {list}
_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
