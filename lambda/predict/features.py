"""What a value of each type of feature must be. Pure; the same rules as the training data's."""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

# Not `int | float`, which makes a new type at every check.
_NUMBER = (int, float)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Values of a category that a refusal lists.
SHOWN_VALUES = 20


@dataclass(frozen=True)
class Feature:
    """One input of a model.

    minimum, maximum: inclusive bounds of a number, None where it has none. values: of a category, all when
    empty. optional: whether null is taken, or nothing at all.
    """

    name: str
    type: str = "number"
    minimum: float | None = None
    maximum: float | None = None
    values: frozenset[str] = frozenset()
    optional: bool = False
    check: Callable[[object, "Feature"], str | None] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        # Looked up once, at the import, not at every value. ValueError for a type that is not served.
        if self.type not in _CHECKS:
            raise ValueError(f"feature {self.name}: type {self.type!r} is not served")
        object.__setattr__(self, "check", _CHECKS[self.type])

    def wrong(self, value: object) -> str | None:
        """What is wrong with a value, None when nothing is."""
        if value is None and self.optional:
            return None
        return self.check(value, self)


def is_finite(value: object) -> bool:
    """Whether the value is a number (no boolean) that a double can hold."""
    if isinstance(value, bool) or not isinstance(value, _NUMBER):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number of more than 308 digits
        return False


def _number(value: object, feature: Feature) -> str | None:
    if isinstance(value, bool) or not isinstance(value, _NUMBER):
        return f"must be a number{_or_null(feature)}, is {_shown(value)}"
    if not is_finite(value):
        return "must be a finite number"
    if feature.minimum is not None and value < feature.minimum:
        return f"must be at least {feature.minimum:.15g}, is {value:.15g}"
    if feature.maximum is not None and value > feature.maximum:
        return f"must be at most {feature.maximum:.15g}, is {value:.15g}"
    return None


def _category(value: object, feature: Feature) -> str | None:
    if not isinstance(value, str) or not value.strip():
        return f"must be a text that is not empty{_or_null(feature)}, is {_shown(value)}"
    if feature.values and value not in feature.values:
        listed = sorted(feature.values)
        more = ", ..." if len(listed) > SHOWN_VALUES else ""
        return f"must be one of {', '.join(listed[:SHOWN_VALUES])}{more}, is {_shown(value)}"
    return None


def _boolean(value: object, feature: Feature) -> str | None:
    # 1 and 0 too, as in a CSV; True == 1, and 1.0 is no less 1.
    if isinstance(value, _NUMBER) and value in (0, 1):
        return None
    return f"must be true or false{_or_null(feature)}, is {_shown(value)}"


def _date(value: object, feature: Feature) -> str | None:
    # fromisoformat() also takes 20240131 and 2024-W05-3.
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            date.fromisoformat(value)
        except ValueError as error:
            return f"must be a date like 2024-01-31{_or_null(feature)}, is {_shown(value)}: {error}"
        return None
    return f"must be a date like 2024-01-31{_or_null(feature)}, is {_shown(value)}"


_CHECKS: dict[str, Callable[[object, Feature], str | None]] = {
    "number": _number,
    "category": _category,
    "boolean": _boolean,
    "date": _date,
}


def _or_null(feature: Feature) -> str:
    return ", or null" if feature.optional else ""


def _shown(value: object) -> str:
    return json.dumps(value)[:40]
