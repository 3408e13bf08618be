"""Random forests: grown batch by batch, so that an interrupted training can go on, and laid out flat."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from artefact import Array
from checkpoints import Checkpoints
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

# Trees between two checkpoints; without checkpoints all are grown at once.
BATCH_TREES = 10
# The draws by which scikit-learn seeds a tree (sklearn/ensemble/_base.py, _set_random_states).
_SEED_LIMIT = np.iinfo(np.int32).max


def fit_forest(
    matrix: Array,
    targets: Array,
    *,
    classes: bool,
    seed: int,
    own: Mapping[str, Any],
    kept: Checkpoints,
) -> dict[str, Array]:
    """The arrays of predictors.Forest: the same trees whether or not the training was interrupted.

    scikit-learn draws the seed of one tree after the other from the generator that it is given, so that
    batches that share a generator are the trees that one fit would grow.
    """
    total: int = own["n_estimators"]
    done = kept.load()
    generator = np.random.RandomState(seed)
    grown = len(done["roots"]) if done else 0
    generator.randint(_SEED_LIMIT, size=grown)
    size = BATCH_TREES if kept.enabled else total
    while grown < total:
        trees = _grow(matrix, targets, min(size, total - grown), classes, generator, own)
        parts = [done] if done else []
        while trees:
            # scikit-learn's own are several times as large: each is let go as soon as it is laid out flat.
            parts.append(_tree(trees.pop(0), classes))
        done = _joined(parts)
        grown = len(done["roots"])
        kept.save(done)
    assert done is not None
    return done


def _grow(
    matrix: Array,
    targets: Array,
    trees: int,
    classes: bool,
    generator: np.random.RandomState,
    own: Mapping[str, Any],
) -> list[Any]:
    kind: Any = RandomForestClassifier if classes else RandomForestRegressor
    forest = kind(
        n_estimators=trees,
        max_depth=own["max_depth"],
        min_samples_leaf=own["min_samples_leaf"],
        # scikit-learn's own defaults.
        max_features=own["max_features"] or ("sqrt" if classes else 1.0),
        random_state=generator,
        n_jobs=-1,
    )
    return [tree.tree_ for tree in forest.fit(matrix, targets).estimators_]


def _joined(parts: Sequence[Mapping[str, Array]]) -> dict[str, Array]:
    """One forest of several: every part's nodes after those of the one before it."""
    starts = np.cumsum([0, *(len(part["feature"]) for part in parts[:-1])])
    joined = {
        name: np.concatenate([part[name] for part in parts]) for name in ("feature", "threshold", "value")
    }
    for name in ("roots", "child"):
        shifted = [part[name] + start for part, start in zip(parts, starts, strict=True)]
        joined[name] = np.concatenate(shifted).astype(np.int32)
    return {**joined, "depth": np.max([part["depth"] for part in parts])}


def _tree(tree: Any, classes: bool) -> dict[str, Array]:
    """One tree, numbered anew so that the two children of a node are neighbours."""
    left: NDArray[np.intp] = tree.children_left
    inner = np.flatnonzero(left >= 0)
    number = np.zeros(tree.node_count, dtype=np.int32)
    number[left[inner]] = 2 * np.arange(len(inner)) + 1
    number[tree.children_right[inner]] = 2 * np.arange(len(inner)) + 2
    feature = np.zeros(tree.node_count, dtype=np.int32)
    threshold = np.full(tree.node_count, np.inf)
    child = np.arange(tree.node_count, dtype=np.int32)
    feature[number[inner]] = tree.feature[inner]
    threshold[number[inner]] = tree.threshold[inner]
    child[number[inner]] = number[left[inner]]
    said = tree.value[:, 0, :] if classes else tree.value[:, 0, 0]
    value = np.empty_like(said)
    value[number] = said
    arrays: dict[str, Any] = {
        "roots": np.zeros(1, dtype=np.int32),
        "depth": np.array(tree.max_depth, dtype=np.int32),
        "feature": feature,
        "threshold": threshold,
        "child": child,
        "value": value,
    }
    return arrays
