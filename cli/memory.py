"""How much memory a training and a loaded model take at most, from the size of the data.

Bounds on what train.py and a served model were measured at, on forests of 1 to 40 numbers a node, up to
300,000 rows and 100 texts of a category; tests/unit/algorithms/test_memory_bounds.py measures small ones.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from sagemaker_lifecycle.spec import ModelSpec

GIB = 2**30

BYTES_A_CELL = 120
"""A cell while it is read: its text, its Python value, and the number in the fitted matrix."""
BYTES_A_NUMBER = 8
"""A number of 64 bits."""
FIT_COPIES = 3
"""Of the matrix: its parts, the whole, and scikit-learn's own."""
SVM_COPIES = 8
"""The same of support vectors: five folds may be fitted at a time, each on its own rows."""
SVM_CACHE_BYTES = 5 * 200 * 2**20
"""Of the kernel, for each of the five folds: scikit-learn's default of cache_size."""
NODES_A_ROW = 1.28
"""Two nodes for each row of a tree's own: 63 % of all rows are, for they are drawn with replacement."""
_UNKNOWN_TO_SERVE = ("xgboost", "script", "container")
_UNKNOWN_TO_FIT = ("script", "container")


@dataclass(frozen=True)
class DataSize:
    """rows; columns of the data, the target's too; width: columns of the fitted matrix, in which a category
    takes one a text and a date three; classes: of the target, None for numbers."""

    rows: int
    columns: int
    width: int
    classes: int | None = None

    @property
    def cells(self) -> int:
        """Of the data."""
        return self.rows * self.columns


@dataclass(frozen=True)
class Memory:
    """gib that something takes at most, and what it is, in words."""

    gib: float
    words: str


def of_training(model: ModelSpec, data: DataSize) -> list[Memory]:
    """What takes memory while the model is trained, besides the image."""
    cells = f"{data.rows} rows x {data.columns} columns take"
    parts = [_memory(data.cells * BYTES_A_CELL, f"{cells} {{}} or so while they are read")]
    if model.algorithm in _UNKNOWN_TO_FIT:
        return [*parts, Memory(0, f"what the code itself takes is not estimated for {model.algorithm}")]
    if model.algorithm == "svm":
        taken = SVM_CACHE_BYTES + data.rows * data.width * BYTES_A_NUMBER * SVM_COPIES
        return [*parts, _memory(taken, "folds that are fitted at a time take at most {}")]
    if (added := data.width - data.columns) > 0:
        taken = data.rows * added * BYTES_A_NUMBER * FIT_COPIES
        parts.append(_memory(taken, f"{data.width} columns of categories and dates spread out take {{}}"))
    if trees := _trees(model):
        taken = trees * _nodes(model, data) * _fitted_node_bytes(model, data)
        parts.append(_forest(trees, data, taken, "while it is fitted"))
    return parts


def of_a_loaded_model(model: ModelSpec, data: DataSize) -> Memory:
    """What the model takes in one process that serves it."""
    if trees := _trees(model):
        taken = trees * _nodes(model, data) * _served_node_bytes(model, data)
        return _forest(trees, data, taken, "while it is loaded")
    if model.algorithm == "svm" and _given(model, "kernel") != "linear":
        # The vectors and their weights twice while they are loaded.
        taken = 2 * data.rows * (data.width + _decisions(data)) * BYTES_A_NUMBER
        return _memory(taken, f"a machine that keeps all of {data.rows} rows takes at most {{}}")
    if model.algorithm in _UNKNOWN_TO_SERVE:
        return Memory(0, f"what the model itself takes is not estimated for {model.algorithm}")
    return Memory(0, "the model itself takes a few kB")


def _size(gib: float) -> str:
    """GiB, or MiB where that reads better."""
    return f"{gib:.1f} GiB" if gib >= 1 else f"{max(1, math.ceil(gib * 1024))} MiB"


def _memory(taken: float, words: str) -> Memory:
    return Memory(taken / GIB, words.format(_size(taken / GIB)))


def _forest(trees: int, data: DataSize, taken: float, when: str) -> Memory:
    smaller = " (max_depth and min_samples_leaf make it smaller)" if taken >= GIB else ""
    return _memory(taken, f"a forest of {trees} trees on {data.rows} rows takes at most {{}} {when}{smaller}")


def _fitted_node_bytes(model: ModelSpec, data: DataSize) -> int:
    """scikit-learn's node of 64 bytes and its numbers; that node laid out flat, of 16 bytes and its numbers
    (algorithms/forest_arrays.py); and the same once more while the trees are joined. The sum: as each tree is
    let go when it is laid out, two thirds of it are what was measured."""
    return 96 + 3 * BYTES_A_NUMBER * _numbers(data) + _onnx_node_bytes(model, data)


def _served_node_bytes(model: ModelSpec, data: DataSize) -> int:
    """The 16 bytes of feature, child and threshold and the numbers, 16 for places of numpy's own width
    (algorithms/predictors.py), and 8 while these are made."""
    return 40 + BYTES_A_NUMBER * _numbers(data) + _onnx_node_bytes(model, data)


def _onnx_node_bytes(model: ModelSpec, data: DataSize) -> int:
    """What onnxruntime makes of a node, with the file that it reads."""
    return 380 + 2 * BYTES_A_NUMBER * _numbers(data) if model.serving.format == "onnx" else 0


def _numbers(data: DataSize) -> int:
    """Of a node."""
    return data.classes or 1


def _decisions(data: DataSize) -> int:
    """Of a support vector machine: one between every two classes."""
    classes = data.classes or 2
    return classes * (classes - 1) // 2


def _nodes(model: ModelSpec, data: DataSize) -> float:
    """Of a tree, at most: each leaf has rows enough, and no path is too long."""
    fitted = data.rows * (1 - model.training.validation_fraction)
    by_rows = NODES_A_ROW * fitted / _number(_given(model, "min_samples_leaf"))
    depth = _given(model, "max_depth")
    return by_rows if depth == "none" else min(by_rows, 2.0 ** (_number(depth) + 1))


def _trees(model: ModelSpec) -> int:
    """Trees of the largest forest that may be trained, 0 for what is no forest."""
    if model.algorithm != "random-forest":
        return 0
    searched = next((r for r in model.ranges if r.name == "n_estimators"), None)
    if searched is None:
        return _number(_given(model, "n_estimators"))
    return int(searched.maximum or max(map(_number, searched.values)))


def _number(text: str) -> int:
    """A whole number, which model.yaml may write as 10.0."""
    return int(float(text))


def _given(model: ModelSpec, name: str) -> str:
    """The hyperparameter as model.yaml has it, else its default; where it is searched, the default, too."""
    known = model.algorithm_facts.hyperparameter(name)
    return str(model.hyperparameters.get(name, known.default if known else ""))
