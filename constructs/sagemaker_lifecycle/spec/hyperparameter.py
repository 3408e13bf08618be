"""Hyperparameters: which values one may have, as a fixed value or as a range for tuning."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from sagemaker_lifecycle.spec.problems import near_miss

Scalar = bool | int | float | str
RangeKind = Literal["integer", "continuous", "categorical"]

SCALES = {
    "auto": "Auto",
    "linear": "Linear",
    "logarithmic": "Logarithmic",
    "reverse_logarithmic": "ReverseLogarithmic",
}
RANGE_KEYS = ("min", "max", "scale")
# Most values of a list: SageMaker API reference, CategoricalParameterRange.
CATEGORIES_LIMIT = 30
# And the longest of them: API reference, ParameterValue.
CATEGORY_TEXT_LIMIT = 256


@dataclass(frozen=True)
class Range:
    """Values that tuning may try: `minimum` to `maximum` on a scale, or one of `values`."""

    name: str
    kind: RangeKind
    minimum: float | None = None
    maximum: float | None = None
    scale: str = "auto"
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hyperparameter:
    """One hyperparameter of an algorithm.

    default: as the reference shows it. numbers: "whole", "any", or "" when it is no number.
    minimum, maximum: bounds of the number, inclusive unless `above` (minimum excluded).
    words: texts that it may be. flag: whether it may be true or false. tunable: whether it may be a range.
    task: the only one that it belongs to, "" for both.
    """

    description: str
    default: str
    numbers: Literal["whole", "any", ""] = ""
    minimum: float | None = None
    maximum: float | None = None
    above: bool = False
    words: tuple[str, ...] = ()
    flag: bool = False
    tunable: bool = True
    task: Literal["regression", "classification", ""] = ""

    @property
    def allowed(self) -> str:
        """What it may be, in words."""
        kinds: list[str] = []
        if self.numbers:
            kind = "a whole number" if self.numbers == "whole" else "a number"
            low = "" if self.minimum is None else f" {'above' if self.above else 'from'} {self.minimum:.15g}"
            high = "" if self.maximum is None else f" up to {self.maximum:.15g}"
            kinds.append(f"{kind}{low}{high}")
        kinds += self.words
        if self.flag:
            kinds.append("true or false")
        return " or ".join(kinds)

    def fault(self, value: object) -> str:
        """What is wrong with a fixed value; "" when nothing is."""
        if isinstance(value, bool):
            good = self.flag
        elif isinstance(value, int | float):
            good = self._takes(value)
        else:
            good = isinstance(value, str) and value in self.words
        hint = near_miss(value, self.words) if isinstance(value, str) else ""
        return "" if good else f"{_shown(value)} is not allowed; allowed: {self.allowed}{hint}"

    def meant(self, value: Any) -> Any:
        """A good fixed value as the algorithm reads it: AWS's own do not read 6.0 as a whole number."""
        return int(value) if self.numbers == "whole" and isinstance(value, float) else value

    def _takes(self, number: float) -> bool:
        if not self.numbers or not _is_finite(number) or (self.numbers == "whole" and number % 1):
            return False
        low = self.minimum is None or (number > self.minimum if self.above else number >= self.minimum)
        return low and (self.maximum is None or number <= self.maximum)


# What a script or a container takes is its own matter.
ANY = Hyperparameter("whatever the code makes of it", "none", "any", words=("text",), flag=True)
TEXT_LIMIT = 2500


def is_range(value: object) -> bool:
    """Whether a value of a model.yaml means a range: a mapping or a list."""
    return isinstance(value, Mapping | list | tuple)


def fixed_fault(value: object, known: Hyperparameter) -> str:
    """What is wrong with a fixed value; "" when nothing is."""
    if known is ANY and isinstance(value, str):
        # SageMaker API reference, HyperParameterValue: `.*`, at most 2500 characters.
        good = len(value) <= TEXT_LIMIT and value.isprintable()
        return (
            ""
            if good
            else f"{_shown(value)} is too long or has line breaks; allowed: {TEXT_LIMIT} characters"
        )
    return known.fault(value)


def range_fault(value: object, known: Hyperparameter) -> str:
    """What is wrong with a range; "" when nothing is."""
    if not known.tunable:
        return f"cannot be tuned; allowed: one fixed value, {known.allowed}"
    if isinstance(value, Mapping):
        return _interval_fault(cast(Mapping[Any, Any], value), known)
    values = cast(Sequence[object], value)
    if not 2 <= len(values) <= CATEGORIES_LIMIT:
        return f"a list to choose from has {len(values)} values; allowed: 2 to {CATEGORIES_LIMIT}"
    if fault := next((fault for item in values if (fault := fixed_fault(item, known))), ""):
        return fault
    good = cast(Sequence[Scalar], values)
    if len(set(map(as_text, good))) < len(values) or _equal_numbers(good):
        return "names a value twice"
    long = next((item for item in map(as_text, good) if len(item) > CATEGORY_TEXT_LIMIT), "")
    return f"{_shown(long)} is too long; allowed in a list: {CATEGORY_TEXT_LIMIT} characters" if long else ""


def range_of(name: str, value: object, known: Hyperparameter) -> Range:
    """The range that a value of a model.yaml means; the value must have no fault."""
    if not isinstance(value, Mapping):
        values = cast(Sequence[Scalar], value)
        return Range(name, "categorical", values=tuple(as_text(known.meant(item)) for item in values))
    given = cast(Mapping[str, Any], value)
    low, high = known.meant(given["min"]), known.meant(given["max"])
    whole = known.numbers == "whole" or (known is ANY and isinstance(low, int) and isinstance(high, int))
    return Range(name, "integer" if whole else "continuous", low, high, given.get("scale", "auto"))


def as_text(value: Scalar) -> str:
    """The value as a training job gets it: JSON, but texts without quotes."""
    return value if isinstance(value, str) else json.dumps(value)


def _interval_fault(given: Mapping[Any, Any], known: Hyperparameter) -> str:
    allowed = "allowed: {min: ..., max: ..., scale: ...} or a list"
    unknown = [str(key) for key in given if key not in RANGE_KEYS]
    if unknown or "min" not in given or "max" not in given:
        what = f"has the unknown key {unknown[0]!r}" if unknown else "lacks min or max"
        return f"{what}; {allowed}"
    low, high, scale = given["min"], given["max"], given.get("scale", "auto")
    if not known.numbers:
        return f"is no number; allowed: a list of {known.allowed}"
    for key, end in (("min", low), ("max", high)):
        if isinstance(end, bool) or not isinstance(end, int | float):
            return f"{key} {_shown(end)} is no number"
        if fault := known.fault(end):
            return f"{key} {fault}"
    if low >= high:
        return f"min {low:.15g} is not below max {high:.15g}"
    if not isinstance(scale, str) or scale not in SCALES:
        return (
            f"scale {_shown(scale)} is unknown; allowed: {', '.join(SCALES)}{near_miss(str(scale), SCALES)}"
        )
    # SageMaker API reference, IntegerParameterRange and ContinuousParameterRange, ScalingType.
    if scale == "logarithmic" and low <= 0:
        return f"min {low:.15g} is too small for a logarithmic scale; allowed: above 0"
    if scale == "reverse_logarithmic" and (known.numbers == "whole" or low < 0 or high >= 1):
        return "a reverse logarithmic scale takes numbers from 0 and below 1 only"
    return ""


def _is_finite(number: float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:  # a whole number of more than 308 digits
        return False


def _equal_numbers(values: Sequence[Scalar]) -> bool:
    """Whether two are one number, such as 1 and 1.0."""
    numbers = [float(value) for value in values if isinstance(value, int | float)]
    return len(set(numbers)) < len(numbers)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 70 else f"{text[:67]}..."
