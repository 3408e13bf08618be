"""What a fitted model computes, by algorithm: numpy alone, so that serving needs no scikit-learn.

Each answers a matrix of n rows: with n numbers for a regression, with n x classes probabilities for a
classification. A row that it cannot compute with is answered NaN.
"""

from collections.abc import Callable, Iterable, Mapping
from operator import mul

import numpy as np
from artefact import Array

Predictor = Callable[[Array], Array]

# Elements of the arrays that a step works on at a time: they stay in a processor's cache.
BLOCK_ELEMENTS = 1 << 16
# Of an exponent, by |x|^2 + |v|^2 - 2xv, which is much faster than the squares of differences.
MOST_CANCELLED = 1e-11


class LinearRegression:
    """`coefficients` (p) and `intercept` (a number)."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self._coefficients, self._intercept = arrays["coefficients"], float(arrays["intercept"])
        self._terms: list[float] = self._coefficients.tolist()

    def __call__(self, matrix: Array) -> Array:
        """The rows times the coefficients, plus the intercept."""
        return matrix @ self._coefficients + self._intercept

    def one(self, row: Iterable[float]) -> float:
        """The same of one row, without numpy, whose calls cost more than so short a sum."""
        return sum(map(mul, row, self._terms)) + self._intercept


class Forest:
    """Trees side by side in flat arrays: `roots` (a node a tree), and for each node `feature`, `threshold`,
    `child`, and `value` (nodes, or nodes x classes).

    From a node one goes to `child`, or to the node after it when the feature is above the threshold. A leaf
    is its own child and has the threshold infinity, so that to go on is to stay; `depth` steps always do.
    """

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        # The type that numpy indexes with: any other would be converted at every step.
        self._roots, self._feature, self._child = (
            arrays[name].astype(np.intp) for name in ("roots", "feature", "child")
        )
        self._threshold, self._value = arrays["threshold"], arrays["value"]
        self._depth = int(arrays["depth"])

    def __call__(self, matrix: Array) -> Array:
        """The mean of what the trees say."""
        # scikit-learn's trees compare numbers of this precision.
        rows = np.ascontiguousarray(matrix, dtype=np.float32)
        size = max(1, BLOCK_ELEMENTS // len(self._roots))
        if len(rows) <= size:
            answer = self._block(rows)
        else:
            blocks = [self._block(rows[start : start + size]) for start in range(0, len(rows), size)]
            answer = np.concatenate(blocks)
        finite = np.isfinite(rows)
        if not finite.all():
            answer[~finite.all(axis=1)] = np.nan
        return answer

    def _block(self, rows: Array) -> Array:
        count, width = rows.shape
        cells = rows.ravel()
        first = np.arange(0, count * width, width)[:, np.newaxis]
        nodes = np.repeat(self._roots[np.newaxis], count, axis=0)
        for _ in range(self._depth):
            place = self._feature.take(nodes)
            place += first
            above = cells.take(place) > self._threshold.take(nodes)
            nodes = self._child.take(nodes)
            nodes += above
        return self._value.take(nodes, axis=0).sum(axis=1) / len(self._roots)


class _Decision:
    """A support vector machine's decision: `coefficients` (p x d) of the linear kernel, or `support_vectors`
    (s x p), `weights` (s x d) and `gamma` of the RBF kernel; `intercept` (d)."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self._intercept = arrays["intercept"]
        self._coefficients = arrays.get("coefficients")
        if self._coefficients is None:
            self._vectors, self._weights = arrays["support_vectors"].T.copy(), arrays["weights"]
            self._gamma = float(arrays["gamma"])
            self._squares = np.sum(self._vectors**2, axis=0)
            largest = float(self._squares.max(initial=0))
            self._cancels = self._gamma * largest * np.finfo(np.float64).eps > MOST_CANCELLED

    def __call__(self, matrix: Array) -> Array:
        """n x d."""
        if self._coefficients is not None:
            return matrix @ self._coefficients + self._intercept
        # A machine whose targets are all within epsilon keeps no vector: it answers its intercept.
        size = max(1, BLOCK_ELEMENTS // max(1, len(self._squares)))
        blocks = [self._rbf(matrix[start : start + size]) for start in range(0, len(matrix), size)]
        return np.concatenate(blocks) + self._intercept

    def _rbf(self, rows: Array) -> Array:
        if self._cancels:
            distances = np.zeros((len(rows), len(self._squares)))
            for cells, places in zip(rows.T, self._vectors, strict=True):
                distances += (cells[:, np.newaxis] - places) ** 2
        else:
            distances = rows @ self._vectors
            distances *= -2
            distances += self._squares
            distances += np.sum(rows**2, axis=1)[:, np.newaxis]
            np.maximum(distances, 0, out=distances)
        distances *= -self._gamma
        return np.exp(distances, out=distances) @ self._weights


class SvmRegression:
    """A decision of one number; `target_center` and `target_scale` undo the standardising of the target."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self._decision = _Decision(arrays)
        self._center, self._scale = float(arrays["target_center"]), float(arrays["target_scale"])

    def __call__(self, matrix: Array) -> Array:
        """The decision in the target's own unit."""
        return self._decision(matrix)[:, 0] * self._scale + self._center


class SvmClassification:
    """Probabilities from decisions by `slope` and `offset` of a sigmoid a class, one for two classes.

    `pairs` (d x classes) is there when a decision is between two classes: 1 for the first, -1 for the second.
    """

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self._decision = _Decision(arrays)
        self._slope, self._offset = arrays["slope"], arrays["offset"]
        self._pairs = arrays.get("pairs")

    def __call__(self, matrix: Array) -> Array:
        """n x classes, each row's sum 1."""
        decision = self._decision(matrix)
        if self._pairs is not None:
            decision = self._by_class(decision, self._pairs)
        with np.errstate(over="ignore"):
            likely = 1 / (1 + np.exp(self._slope * decision + self._offset))
        if likely.shape[1] == 1:
            return np.hstack([1 - likely, likely])
        total = likely.sum(axis=1, keepdims=True)
        even = np.full_like(likely, 1 / likely.shape[1])
        return np.divide(likely, total, out=even, where=total != 0)

    @staticmethod
    def _by_class(decision: Array, pairs: Array) -> Array:
        """Votes, and less than a vote for how sure they were: decision_function_shape="ovr" of SVC."""
        first, second = np.maximum(pairs, 0), np.maximum(-pairs, 0)
        # A decision of NaN stays one: it must not count as a vote.
        votes = (decision >= 0) @ first + (decision < 0) @ second
        sure = decision @ pairs
        return votes + sure / (3 * (np.abs(sure) + 1))


PREDICTORS: dict[tuple[str, str], Callable[[Mapping[str, Array]], Predictor]] = {
    ("linear-regression", "regression"): LinearRegression,
    ("random-forest", "regression"): Forest,
    ("random-forest", "classification"): Forest,
    ("svm", "regression"): SvmRegression,
    ("svm", "classification"): SvmClassification,
}
