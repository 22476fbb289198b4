"""Scalings that make feature columns comparable; fitted inside the fold, on training rows only.

A new scaling is one class and one line in ``SCALINGS``; it states what it has ``learned``, so that
a model can hold it (see `learned`).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from dcase_classic.config.setting import check_setting
from dcase_classic.model.layout import Layout, restored
from dcase_classic.model.plain import Field, Numbers, Sizes
from dcase_classic.model.row_products import on_grid, row_products
from dcase_classic.records import FloatArray, IndexArray, Rows
from dcase_classic.wording import counted

# A column whose standard deviation is below this is constant: it is centred and left unscaled. Less
# than that is what float32 rounds, such as the mean of clips that have lost their mean level.
_CONSTANT = 1e-4
_SMALLEST_MEAN = 1e-6
# Directions below this share of the mean variance are dead bands: scaling them up would be noise.
_EIGENVALUE_FLOOR = 1e-3
_BLOCK_ROWS = 256
# Variances as near as this share of the largest are equal: their directions are anybody's choice.
_EQUAL = 1e-9


class Scaling(Protocol):
    """What every entry of ``SCALINGS`` makes."""

    @property
    def learned(self) -> Mapping[str, Field]:
        """What a model keeps of it: its fitted attributes, and what each may hold."""
        ...

    def fit(self, X: Rows, groups: IndexArray) -> Self:
        """Learn from rows (n_rows, n_features) whose groups (n_rows,) have means of their own."""
        ...

    def transform(self, X: Rows) -> Rows:
        """Scaled rows, (n_rows, n_components), float32."""
        ...


def transform_training(scaling: Scaling, X: Rows) -> Rows:
    """What a scaling makes of its own training rows, (n_rows, n_components), float32.

    They are always scaled together, so that a product of one shape will do, in a fifth of the time
    of one that is exact (see `row_products`). Scalings without such a way go their usual one.
    """
    # that of the class that says how to transform: one derived from ours may do so in its own way
    own = next(vars(kind) for kind in type(scaling).__mro__ if "transform" in vars(kind))
    return np.asarray(own.get("transform_training", own["transform"])(scaling, X))


def _columns_problem(_values: Mapping[str, Any], sizes: Sizes) -> str | None:
    """What is wrong with a scaling that keeps its columns, or None."""
    if sizes.agree("n_components", sizes["n_features"]):
        return None
    return f"got {counted(sizes['n_components'], 'column')}, expected {sizes['n_features']}"


class Identity:
    """Rows as they are."""

    learned: Mapping[str, Field] = {}
    learned_problem = staticmethod(_columns_problem)

    def fit(self, X: Rows, groups: IndexArray) -> Self:
        """Learn nothing."""
        return self

    def transform(self, X: Rows) -> Rows:
        """The rows themselves, (n_rows, n_features)."""
        return X


class Standardise:
    """Mean 0 and standard deviation 1 for every column; constant columns become 0.

    Parameters
    ----------
    shrink : true or false; draw the variances of few rows towards their median over columns, as
        far as their own uncertainty asks for (empirical Bayes: Smyth, 2004); of many rows they stay
        as they are.
    """

    learned: Mapping[str, Field] = {
        "mean_": Numbers(("<f4",), ("n_features",)),
        "inverse_std_": Numbers(("<f4",), ("n_features",), low=0),
    }
    learned_problem = staticmethod(_columns_problem)

    def __init__(self, shrink: bool = False) -> None:  # noqa: FBT001, FBT002 - as settings
        self.shrink = shrink

    def fit(self, X: Rows, groups: IndexArray) -> Self:
        """Learn mean and spread of rows (n_rows, n_features)."""
        mean = X.mean(axis=0, dtype=np.float64)
        self.mean_ = mean.astype(np.float32)
        squares = (np.square(block - mean).sum(axis=0) for block in _blocks(X))
        variance = np.sum(list(squares), axis=0) / len(X)
        is_constant = variance < _CONSTANT**2
        if self.shrink and not is_constant.all():
            variance[~is_constant] = _shrunk(variance[~is_constant], len(X))
        std = np.sqrt(np.where(is_constant, 1.0, variance))
        self.inverse_std_ = (1 / std).astype(np.float32)
        return self

    def transform(self, X: Rows) -> Rows:
        """Scaled rows, (n_rows, n_features)."""
        scaled: Rows = X - self.mean_
        scaled *= self.inverse_std_
        return scaled


class Whiten:
    """Uncorrelated directions of unit variance, from the covariance within groups.

    Columns are standardised; every row loses the mean of its own group (domain), so that the
    difference between groups does not count as variance; the covariance of what remains is shrunk
    towards a multiple of the identity (Ledoit and Wolf, 2004), and the ``n_components`` directions
    of largest variance are divided by their standard deviation. Fewer rows than columns leave
    directions of one and the same variance; which of them are kept is decided here and not by the
    library that finds eigenvectors.

    Parameters
    ----------
    n_components : the largest number of directions that are kept; from 1.
    """

    learned: Mapping[str, Field] = {
        "standardise_": Layout(make=restored(Standardise()), fields=Standardise.learned),
        "directions_": Numbers(("<f4",), ("n_features", "n_components")),
    }

    def __init__(self, n_components: int = 96) -> None:
        check_setting(n_components >= 1, "n_components", n_components, "at least 1")
        self.n_components = n_components

    def fit(self, X: Rows, groups: IndexArray) -> Self:
        """Learn from rows (n_rows, n_features) and their groups (n_rows,), numbered from 0."""
        self.standardise_ = Standardise().fit(X, groups)
        centred = centre_groups(self.standardise_.transform(X), groups)
        variances, directions = np.linalg.eigh(ledoit_wolf(centred, np.zeros(X.shape[1])))
        kept = slice(None, -self.n_components - 1, -1)  # eigh sorts them ascending
        floor = _EIGENVALUE_FLOOR * max(float(variances.mean()), _SMALLEST_MEAN)
        scale = 1 / np.sqrt(np.maximum(variances[kept], floor))
        n_equal = int(np.searchsorted(variances, variances[0] + _EQUAL * variances[-1], "right"))
        n_replaced = n_equal - max(0, len(variances) - self.n_components)
        chosen = directions[:, kept]
        if n_equal > 1 and n_replaced > 0:
            chosen[:, -n_replaced:] = steady_basis(directions[:, :n_equal], n_replaced)
        self.directions_ = on_grid(chosen * scale).astype(np.float32)
        return self

    def transform(self, X: Rows) -> Rows:
        """Whitened rows, (n_rows, min(n_components, n_features))."""
        products = row_products(self.standardise_.transform(X), self.directions_)
        return products.astype(np.float32)

    def transform_training(self, X: Rows) -> Rows:
        """The same of all training rows, as BLAS rounds it."""
        return self.standardise_.transform(X) @ self.directions_


class Discriminant:
    """The directions in which groups differ most, relative to the spread within them.

    The classical auxiliary task: what tells the sections of a machine apart is what a normal sound
    of each is like.

    Rows are whitened within groups, and the principal directions of the whitened group means are
    kept, at most one less than there are groups (Fisher, 1936; Rao, 1948). Groups are the domains
    of a section and, with ``contrast = "sections"``, other sections of the machine; a single group
    leaves the whitened rows.

    Parameters
    ----------
    n_components : the largest number of directions that are kept; from 1.
    """

    uses_contrast: ClassVar[bool] = True  # so that settings may give it rows of other sections
    # directions_ first: what the whitening gives is the number that stands here
    learned: Mapping[str, Field] = {
        "directions_": Numbers(("<f4",), ("n_whitened", "n_components")),
        "whiten_": Layout(
            make=restored(Whiten()), fields=Whiten.learned, aliases={"n_components": "n_whitened"}
        ),
    }

    def __init__(self, n_components: int = 64) -> None:
        check_setting(n_components >= 1, "n_components", n_components, "at least 1")
        self.n_components = n_components

    def fit(self, X: Rows, groups: IndexArray) -> Self:
        """Learn from rows (n_rows, n_features) and their groups (n_rows,), numbered from 0."""
        self.whiten_ = Whiten().fit(X, groups)
        means = group_means(self.whiten_.transform(X), groups)
        if len(means) == 1:
            self.directions_ = np.eye(means.shape[1], dtype=np.float32)
            return self
        weights = np.sqrt(np.bincount(groups) / len(groups))
        centred = (means - np.average(means, axis=0, weights=weights**2)) * weights[:, np.newaxis]
        directions = np.linalg.svd(centred, full_matrices=False)[2]
        kept = min(self.n_components, len(means) - 1)
        self.directions_ = on_grid(directions[:kept].T).astype(np.float32)
        return self

    def transform(self, X: Rows) -> Rows:
        """Rows (n_rows, n_components) in the directions that tell groups apart."""
        products = row_products(self.whiten_.transform(X), self.directions_)
        return products.astype(np.float32)

    def transform_training(self, X: Rows) -> Rows:
        """The same of all training rows, as BLAS rounds it."""
        return self.whiten_.transform_training(X) @ self.directions_


SCALINGS: Mapping[str, Callable[..., Scaling]] = {
    "none": Identity,
    "standardise": Standardise,
    "whiten": Whiten,
    "discriminant": Discriminant,
}


def group_means(X: Rows, groups: IndexArray) -> Rows:
    """The mean row of every group, shape (n_groups, n_features), float32."""
    means = [X[groups == group].mean(axis=0, dtype=np.float64) for group in range(groups.max() + 1)]
    return np.array(means, dtype=np.float32)


def centre_groups(X: Rows, groups: IndexArray) -> Rows:
    """Rows (n_rows, n_features) minus the mean row of their own group."""
    return X - group_means(X, groups)[groups]


def steady_basis(basis: NDArray[np.float64], n_directions: int) -> NDArray[np.float64]:
    """Orthonormal directions, (n_features, n_directions), within what a basis spans.

    They depend on the span alone: projections of always the same random directions, made
    orthogonal.

    Parameters
    ----------
    basis : array, shape (n_features, n), orthonormal columns.
    n_directions : how many, at most n.
    """
    drawn = np.random.default_rng(0).standard_normal((len(basis), n_directions))
    directions, triangle = np.linalg.qr(basis @ (basis.T @ drawn))
    return np.asarray(directions * np.where(triangle.diagonal() < 0, -1, 1))


def _blocks(X: FloatArray) -> Iterator[FloatArray]:
    """Some rows at a time: a copy of all of them in float64 would be large."""
    return (X[start : start + _BLOCK_ROWS] for start in range(0, len(X), _BLOCK_ROWS))


def _shrunk(variances: NDArray[np.float64], n_rows: int) -> NDArray[np.float64]:
    """Variances drawn towards their median, in logarithms, by the share of their spread by chance.

    The logarithm of a variance of normal values has itself a variance of ``2 / (n_rows - 1)``. In
    logarithms columns of other units keep their own size.
    """
    logarithms = np.log(variances)
    spread = float(np.var(logarithms))
    chance = 2 / max(n_rows - 1, 1)
    share = min(1.0, chance / spread) if spread > 0 else 1.0
    return np.asarray(np.exp(share * np.median(logarithms) + (1 - share) * logarithms))


def ledoit_wolf(X: FloatArray, mean: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shrunk covariance, shape (n_features, n_features), of rows around a mean, (n_features,).

    ``(1 - shrinkage) * S + shrinkage * mean(diag(S)) * I`` with the shrinkage that minimises the
    expected squared error (Ledoit and Wolf, 2004); equal to ``sklearn.covariance.ledoit_wolf`` with
    ``assume_centered=True`` of ``X - mean``.
    """
    n_rows, n_features = X.shape
    covariance = np.zeros((n_features, n_features))
    square_norms = []
    for block in _blocks(X):
        centred = block - mean
        covariance += centred.T @ centred
        square_norms.append(np.einsum("ij,ij->i", centred, centred))
    covariance /= n_rows
    mean_variance = np.trace(covariance) / n_features
    delta = np.sum(covariance**2) - n_features * mean_variance**2
    beta = (np.mean(np.concatenate(square_norms) ** 2) - np.sum(covariance**2)) / n_rows
    shrinkage = min(beta, delta) / delta if delta > 0 else 0.0
    covariance *= 1 - shrinkage
    covariance[np.diag_indices(n_features)] += shrinkage * mean_variance
    return covariance
