"""What something can be learnt from: the rules of training, and of the check before it."""

from collections.abc import Iterable, Mapping, Sequence

# Two rows to fit, one to measure.
MINIMUM_ROWS = 3
# More classes than that are numbers, or texts that are no classes.
CLASSES_LIMIT = 200
# A column of more different texts is an identifier, not a category.
LEVELS_LIMIT = 1000


def rows_fault(rows: int) -> str | None:
    """Why so few rows are too few; None when they are enough."""
    return None if rows >= MINIMUM_ROWS else f"{rows} rows; allowed: {MINIMUM_ROWS} or more"


def empty_fault(values: Iterable[object]) -> str | None:
    """Why a feature that may be empty (None) teaches nothing; None when a cell holds a value."""
    empty = all(value is None for value in values)
    return "is empty in every row; allowed: a value in one row or more" if empty else None


def values_fault(low: object, high: object) -> str | None:
    """Why targets from `low` to `high` teach nothing; None when they may."""
    return f"is {low} in every row: there is nothing to learn" if low == high else None


def classes_fault(counts: Mapping[str, int]) -> str | None:
    """Why classes with so many rows each cannot be told apart; None when they can."""
    names = list(counts)
    constant = values_fault(names[0], names[-1])
    if constant:
        return constant
    if len(names) > CLASSES_LIMIT:
        return f"has {len(names)} classes; allowed: {CLASSES_LIMIT}. Is the task regression?"
    alone = ", ".join(name for name in names if counts[name] < 2)[:800]
    if alone:
        return f"has 1 row of {alone}; allowed: 2 rows or more of each class, one to fit and one to measure"
    return None


def held_out(rows: int, fraction: float, remain: int) -> int:
    """How many of the rows are measured on: round(rows x fraction), at least 1, so that `remain` remain."""
    return min(max(1, round(rows * fraction)), rows - remain)


def folds_fault(counts: Mapping[str, int], fraction: float) -> str | None:
    """Why a support vector machine has no probabilities of classes with so many rows; None when it may.

    fraction: of the rows, what is measured on. The rest of each class is fitted on in two folds or more.
    """
    for name, count in counts.items():
        left = count - held_out(count, fraction, remain=1)
        if left < 2:
            return f"has {count} rows of {name}, {left} to fit on; allowed for svm: 2 or more to fit on"
    return None


def count_fault(count: int, told: int) -> str | None:
    """Why an algorithm of AWS's own that is told of another number of classes does not take so many."""
    return None if count == told else f"has {count} classes; allowed: {told}, as model.yaml says"


def numbers_fault(names: Sequence[str]) -> str | None:
    """Why classes of these names are not the numbers from 0 on, as AWS's own algorithms want them."""
    expected = [str(number) for number in range(len(names))]
    if sorted(names) == sorted(expected):
        return None
    return f"has the classes {', '.join(names[:10])}; allowed for this algorithm: {', '.join(expected[:10])}"
