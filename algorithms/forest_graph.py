"""A forest as an ONNX model, from the arrays of predictors.Forest: all in 64 bits, as scikit-learn computes.

The operator TreeEnsemble of ai.onnx.ml 5 takes doubles; its mode 0 goes to the true side up to the threshold,
as predictors.Forest does (https://onnx.ai/onnx/operators/onnx_aionnxml_TreeEnsemble.html). A leaf adds to one
number only. So trees of more than two classes answer with the numbers of their leaves, and the shares of the
classes there are looked up after it: a copy of each tree for each class would be as many times as large, and
as slow.
"""

from collections.abc import Mapping

import numpy as np
import onnx_model
from artefact import Array
from faults import TrainingFaultError

# Protocol buffers end there: https://protobuf.dev/programming-guides/proto-limits/.
SIZE_LIMIT_BYTES = 2**31 - 1
# Values of aggregate_function.
_AVERAGE, _SUM = 0, 1


def forest_graph(arrays: Mapping[str, Array], columns: int) -> bytes:
    """The model from n x `columns` doubles that are rounded to 32 bits, as scikit-learn compares them.

    It answers n x 1, the number of a regression or the probability of the second of two classes; for more
    classes n x classes.
    Raises TrainingFaultError when it is too large to be one.
    """
    leaf = arrays["child"] == np.arange(len(arrays["child"]))
    value = arrays["value"][leaf]
    if value.ndim == 2 and value.shape[1] > 2:
        content = _of_classes(arrays, leaf, value, columns)
    else:
        said = np.ascontiguousarray(value if value.ndim == 1 else value[:, 1])
        same = np.zeros(len(said), dtype=np.int64)
        content = onnx_model.model([_trees(arrays, leaf, said, same, "y")], {}, columns, 1)
    if len(content) > SIZE_LIMIT_BYTES:
        message = f"the forest takes {len(content)} bytes; allowed: {SIZE_LIMIT_BYTES}, or format portable"
        raise TrainingFaultError(f"serving.format onnx: {message}")
    return content


def _of_classes(arrays: Mapping[str, Array], leaf: Array, value: Array, columns: int) -> bytes:
    """Each tree gives the number of its leaf; the mean of what these say."""
    tree = np.searchsorted(arrays["roots"], np.flatnonzero(leaf), side="right") - 1
    steps = [
        _trees(arrays, leaf, np.arange(len(value), dtype=np.float64), tree.astype(np.int64), "leaves"),
        onnx_model.node("Cast", ("leaves",), "places", to=onnx_model.DATA_TYPES["int64"]),
        onnx_model.node("Gather", ("value", "places"), "shares", axis=0),
        onnx_model.node("ReduceMean", ("shares", "trees"), "y", keepdims=0),
    ]
    constants = {"value": value, "trees": np.array([1], dtype=np.int64)}
    return onnx_model.model(steps, constants, columns, value.shape[1])


def _trees(arrays: Mapping[str, Array], leaf: Array, weights: Array, targets: Array, output: str) -> bytes:
    """The operator. weights: of each leaf, in the order of the nodes. targets: the place of the answer to
    which it is added; where there is one place, the answer is the mean over the trees.

    Inner nodes and leaves are counted apart. A tree that is a leaf alone gets a node with it on either side.
    """
    child, roots = arrays["child"].astype(np.int64), arrays["roots"]
    place = np.where(leaf, np.cumsum(leaf), np.cumsum(~leaf)) - 1
    inner, alone = np.flatnonzero(~leaf), roots[leaf[roots]]
    nodes = np.concatenate([inner, alone])
    true = np.concatenate([child[inner], alone])
    false = np.concatenate([child[inner] + 1, alone])
    starts = place[roots]
    starts[leaf[roots]] = len(inner) + np.arange(len(alone))
    count = int(targets.max()) + 1
    return onnx_model.node(
        "TreeEnsemble",
        ("x",),
        output,
        "ai.onnx.ml",
        aggregate_function=_SUM if count > 1 else _AVERAGE,
        post_transform=0,
        n_targets=count,
        tree_roots=starts,
        nodes_featureids=arrays["feature"][nodes].astype(np.int64),
        nodes_splits=arrays["threshold"][nodes],
        nodes_modes=np.zeros(len(nodes), dtype=np.uint8),
        nodes_truenodeids=place[true],
        nodes_trueleafs=leaf[true].astype(np.int64),
        nodes_falsenodeids=place[false],
        nodes_falseleafs=leaf[false].astype(np.int64),
        leaf_targetids=targets,
        leaf_weights=weights,
    )
