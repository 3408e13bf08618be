"""From a request's body to columns of values: every fault of the input has a code, a field and a message."""

import csv
import io
import json
import math
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, NoReturn, cast

from csv_table import Column, Value, parse_date

Columns = list[Sequence[Value]]
Features = tuple[Column, ...]


class BadInputError(Exception):
    """The request cannot be answered; `field` is where (`instances[0].SquareFeet`), "" for the whole."""

    def __init__(self, code: str, message: str, field: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field


def parse_json(body: bytes, features: Features) -> Columns:
    """Columns of `{"instances": [...]}`, each a list in the features' order or an object by their names.

    Raises BadInputError for anything else, NaN and Infinity included.
    """
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
    width = len(features)
    if not all(type(item) is list and len(item) == width for item in items):
        items = [_row(item, features, index) for index, item in enumerate(items)]
    return _columns(items, features, value_of)


def parse_csv(body: bytes, features: Features) -> Columns:
    """Columns of CSV without a header, in the order of the features.

    Raises BadInputError for an empty body, another number of cells, and cells that a feature does not allow.
    """
    try:
        lines = [
            line for line in csv.reader(io.StringIO(body.decode("utf-8"), newline=""), strict=True) if line
        ]
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInputError("InvalidCsv", f"the body is no UTF-8 CSV: {error}") from error
    if not lines:
        raise BadInputError("InvalidCsv", "the body is empty; allowed: at least one row, no header")
    rows = [_row(cells, features, index) for index, cells in enumerate(lines)]
    return _columns(rows, features, Column.parse)


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
    if not isinstance(value, bool | int) or value not in (0, 1):
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


def _row(item: Any, features: Features, index: int) -> list[Any]:
    if isinstance(item, list):
        values = cast(list[Any], item)
        if len(values) == len(features):
            return values
        names = ", ".join(feature.name for feature in features)
        message = f"has {len(values)} values; allowed: {len(features)} ({names})"
        raise BadInputError("WrongFeatureCount", message, f"instances[{index}]")
    field = f"instances[{index}]"
    if not isinstance(item, dict):
        raise BadInputError("InvalidRequest", "allowed: a list of values, or an object by feature", field)
    named = cast(dict[str, Any], item)
    names = [feature.name for feature in features]
    if unknown := [name for name in named if name not in names]:
        message = f"is unknown; allowed: {', '.join(names)}"
        raise BadInputError("UnknownFeature", message, f"{field}.{unknown[0][:100]}")
    if missing := [feature for feature in features if feature.name not in named]:
        message = f"is missing; allowed: {missing[0].allowed}"
        raise BadInputError("MissingFeature", message, f"{field}.{missing[0].name}")
    return [named[name] for name in names]


def _columns(rows: list[list[Any]], features: Features, parse: Callable[[Column, Any], Value]) -> Columns:
    """A column a feature; BadInputError naming the first value that is wrong, feature by feature."""
    columns: Columns = []
    numbers = _all_finite_numbers(rows)
    for feature, values in zip(features, zip(*rows, strict=True), strict=True):
        if numbers and _plain(feature, values):
            columns.append(values)
            continue
        parsed: list[Value] = []
        for value in values:
            try:
                parsed.append(parse(feature, value))
            except ValueError as error:
                field = f"instances[{len(parsed)}].{feature.name}"
                raise BadInputError("InvalidFeature", str(error), field) from error
        columns.append(parsed)
    return columns


def _all_finite_numbers(rows: list[list[Any]]) -> bool:
    """Whether that is all there is, which is common, and found out for all at once."""
    cells = list(chain.from_iterable(rows))
    kinds = set(map(type, cells))
    try:
        # fsum() also finds an int that is no float, where sum() may add up several to one that is.
        return kinds <= {int, float} and math.isfinite(math.fsum(cells) if int in kinds else sum(cells))
    except (OverflowError, ValueError):
        return False


def _plain(feature: Column, numbers: Sequence[float]) -> bool:
    """Whether the feature takes all of these finite numbers as they are."""
    if feature.type != "number":
        return False
    low = feature.minimum is None or min(numbers) >= feature.minimum
    return low and (feature.maximum is None or max(numbers) <= feature.maximum)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
