"""What targets something can be learnt from: the rules of training, and of the check before it."""

from collections.abc import Mapping, Sequence

# Two rows to fit, one to measure.
MINIMUM_ROWS = 3
# More classes than that are numbers, or texts that are no classes.
CLASSES_LIMIT = 200


def rows_fault(rows: int) -> str | None:
    """Why so few rows are too few; None when they are enough."""
    return None if rows >= MINIMUM_ROWS else f"{rows} rows; allowed: {MINIMUM_ROWS} or more"


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


def folds_fault(counts: Mapping[str, int]) -> str | None:
    """Why a support vector machine has no probabilities of classes with so many rows; None when it may.

    Each class has two rows or more to fit on, in two folds, and one to measure.
    """
    few = next((name for name, count in counts.items() if count < MINIMUM_ROWS), None)
    if few is None:
        return None
    return f"has {counts[few]} rows of {few}; allowed for svm: {MINIMUM_ROWS} rows or more of each class"


def numbers_fault(names: Sequence[str]) -> str | None:
    """Why classes of these names are not the numbers from 0 on, as AWS's own algorithms want them."""
    expected = [str(number) for number in range(len(names))]
    if sorted(names) == sorted(expected):
        return None
    return f"has the classes {', '.join(names[:10])}; allowed for this algorithm: {', '.join(expected[:10])}"
