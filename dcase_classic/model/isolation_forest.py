"""Random trees that set rows apart: rows that few splits isolate are anomalous.

(Liu, Ting and Zhou, Isolation forest, ICDM 2008.) scikit-learn grows the trees; their nodes are
kept as plain arrays, so that a model holds nothing of scikit-learn and scores without it.
"""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcase_classic.config.setting import check_setting
from dcase_classic.model.check_rows import check_rows
from dcase_classic.model.detector import Detector
from dcase_classic.model.plain import ANY, Field, Numbers, Real, Sizes, Whole
from dcase_classic.records import FloatArray, IndexArray
from dcase_classic.wording import counted

_LARGEST_DEPTH = 64  # trees of 256 rows are 8 deep; a forged one must not take long
_LARGEST_SAMPLE = 256  # training rows that every tree sees, as in the paper


class IsolationForest(Detector):
    """Minus ``2 ** (-path / expected path)``, in [-1, 0], with the mean path to a row in all trees.

    Every tree sees 256 training rows, or all where there are fewer.

    Parameters
    ----------
    n_estimators : number of trees; from 1.
    """

    learned: Mapping[str, Field] = {
        "n_features_in_": Whole(1, size="n_components"),
        "roots_": Numbers(("<i4",), (ANY,), low=0),
        "features_": Numbers(("<i4",), ("n_nodes",), low=0),
        "children_": Numbers(("<i4",), (ANY, "n_nodes"), low=0),
        "thresholds_": Numbers(("<f8",), ("n_nodes",)),
        "paths_": Numbers(("<f8",), ("n_nodes",), 0, 2 * _LARGEST_DEPTH),
        "depth_": Whole(0, _LARGEST_DEPTH),
        "mean_path_": Real(0, _LARGEST_DEPTH),
    }

    def learned_problem(self, values: Mapping[str, Any], sizes: Sizes) -> str | None:
        """What is wrong with the nodes, or None: every child stands behind its parent."""
        roots, children, features = (values[key] for key in ("roots_", "children_", "features_"))
        n_nodes = sizes["n_nodes"]
        if len(roots) != self.n_estimators or len(children) != 2:
            return (
                f"got {counted(len(roots), 'tree')}, expected {self.n_estimators} by the settings"
            )
        if n_nodes == 0 or max(roots.max(), children.max()) >= n_nodes:
            return f"got nodes that are not among the {n_nodes} there are"
        if (children < np.arange(n_nodes)).any():
            return "got a child before its parent"
        if features.max() >= sizes["n_components"]:
            return f"got column {features.max()} of {sizes['n_components']}"
        return None

    def __init__(self, n_estimators: int = 200) -> None:
        check_setting(n_estimators >= 1, "n_estimators", n_estimators, "at least 1")
        self.n_estimators = n_estimators

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Grow the trees from training rows (n_rows, n_features).

        The nodes of all trees stand one tree after the other: ``children_`` are the next nodes to
        the left and the right of ``thresholds_`` of column ``features_``; a leaf is its own child.
        ``paths_`` are the lengths of the paths that end in a node.
        """
        from sklearn import ensemble

        rows = check_rows(X, dtype=np.float32)
        forest = ensemble.IsolationForest(n_estimators=self.n_estimators, random_state=self.seed)
        trees = [estimator.tree_ for estimator in forest.fit(rows).estimators_]
        self.n_features_in_ = rows.shape[1]
        counts = np.array([tree.node_count for tree in trees])
        self.roots_ = np.cumsum(counts) - counts
        self.children_ = np.concatenate(
            [_children(tree, root) for tree, root in zip(trees, self.roots_, strict=True)], axis=1
        )
        self.features_ = np.concatenate([np.maximum(tree.feature, 0) for tree in trees])
        self.thresholds_ = np.concatenate([tree.threshold for tree in trees])
        self.paths_ = np.concatenate(
            [tree.compute_node_depths() - 1 + _mean_path(tree.n_node_samples) for tree in trees]
        )
        self.depth_ = max(tree.max_depth for tree in trees)
        (self.mean_path_,) = _mean_path(np.array([min(_LARGEST_SAMPLE, len(rows))])).tolist()
        return self

    def score_samples(self, X: ArrayLike) -> NDArray[np.float64]:
        """Normality (n_rows,) of rows (n_rows, n_features); higher = more normal."""
        rows = check_rows(X, dtype=np.float32, n_features=self.n_features_in_)
        every = np.arange(len(rows))
        paths = np.zeros(len(rows))
        for root in self.roots_:
            nodes = np.full(len(rows), root)
            for _ in range(self.depth_):
                is_right = rows[every, self.features_[nodes]] > self.thresholds_[nodes]
                nodes = self.children_[is_right.astype(np.intp), nodes]
            paths += self.paths_[nodes]
        if self.mean_path_ == 0:  # of a single training row
            return np.full(len(rows), -0.5)
        return np.asarray(-(2 ** (-paths / (len(self.roots_) * self.mean_path_))))


def _children(tree: Any, root: int) -> IndexArray:
    """The next nodes to the left and the right of every node, (2, n_nodes), from ``root`` on."""
    children = np.array([tree.children_left, tree.children_right])
    return np.where(children < 0, np.arange(tree.node_count), children) + root


def _mean_path(n_rows: NDArray[np.intp]) -> FloatArray:
    """The mean length of the path to a row in a random tree of so many rows."""
    n = np.maximum(n_rows, 2).astype(np.float64)
    paths = 2 * (np.log(n - 1) + np.euler_gamma) - 2 * (n - 1) / n
    return np.where(n_rows > 2, paths, n_rows - 1.0)
