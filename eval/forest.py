"""Grows the conflict alarm's forest (app.alarms.forest) out of rows of features."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.alarms.forest import Forest

# More trees than these change nothing in the third place. Of the features a node tries so large a part.
_TREES, _LEAST_IN_LEAF, _TRIED = 100, 2, 0.3


def grow(rows: NDArray[np.float64], labels: NDArray[np.float64], importance: NDArray[np.float64]) -> Forest:
    """rows: shape (n, features). labels: 1 where it contradicts. importance: how much each row counts."""
    from sklearn.ensemble import ExtraTreesClassifier  # a second to import, and only a fit needs it

    made = ExtraTreesClassifier(
        _TREES, min_samples_leaf=_LEAST_IN_LEAF, max_features=_TRIED, n_jobs=-1, random_state=0
    ).fit(rows, labels, sample_weight=importance)
    trees = [_in_a_row(tree.tree_) for tree in made.estimators_]
    roots = np.cumsum([0, *(len(tree["feature"]) for tree in trees[:-1])])
    for root, tree in zip(roots, trees, strict=True):
        tree["left"] = tree["left"] + root
    arrays = {name: np.concatenate([tree[name] for tree in trees]) for name in trees[0]}
    return Forest(
        roots.astype(np.int32),
        arrays["feature"].astype(np.int16),
        _below(arrays["least"]),
        arrays["left"].astype(np.int32),
        arrays["share"].astype(np.float16).astype(np.float32),
    )


def _below(least: NDArray[np.float64]) -> NDArray[np.float32]:
    """In single precision, as features are read: never above, so that a feature just over it stays over it."""
    near = least.astype(np.float32)
    return np.where(near > least, np.nextafter(near, np.float32("-inf")), near).astype(np.float32)


def _in_a_row(tree: Any) -> dict[str, NDArray[Any]]:
    """The nodes level by level, so that both ways from a node lie side by side."""
    order, at = [0], 0
    left = np.zeros(tree.node_count, int)
    while at < len(order):
        node = order[at]
        if tree.children_left[node] >= 0:
            left[at] = len(order)
            order += [tree.children_left[node], tree.children_right[node]]
        at += 1
    inner = tree.children_left[order] >= 0
    return {
        "feature": np.where(inner, tree.feature[order], -1),
        "least": np.where(inner, tree.threshold[order], 0.0),
        "left": left,
        "share": np.where(inner, 0.0, tree.value[order, 0, 1]),
    }
