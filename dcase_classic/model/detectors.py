"""Models of normal feature rows: ``fit(X)`` and ``score_samples(X)``, higher = more normal.

That is scikit-learn's own contract, so its IsolationForest serves as it is.
No detector knows a threshold. ``fit`` gets the clip of each row as its second argument, because
rows of one clip resemble each other more than rows of different clips do; most detectors ignore it.
A new detector is one class or function and one line in ``DETECTORS``.
"""

from collections.abc import Callable, Mapping
from copy import copy
from types import MappingProxyType
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcase_classic.model.check_rows import check_rows
from dcase_classic.model.local_density import LocalDensity, check_options
from dcase_classic.model.mixture import Mixture
from dcase_classic.model.neighbours import nearest_distances
from dcase_classic.model.row_products import exact_row_products
from dcase_classic.model.scalings import ledoit_wolf


class Detector(Protocol):
    """What every entry of ``DETECTORS`` makes."""

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Any:  # noqa: ANN401 - sklearn returns self without a type
        """Learn from normal rows (n_rows, n_features); ``y`` may hold the clip of each row."""
        ...

    def score_samples(self, X: ArrayLike) -> NDArray[np.float64]:
        """Normality (n_rows,) of rows (n_rows, n_features); higher = more normal."""
        ...


class NearestNeighbours:
    """Minus the mean Euclidean distance to the ``n_neighbors`` nearest training rows.

    Fewer training rows than neighbours are all used.

    Parameters
    ----------
    n_neighbors : number of neighbours.
    """

    def __init__(self, n_neighbors: int = 1) -> None:
        self.n_neighbors = n_neighbors

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Store training rows (n_rows, n_features).

        Raises
        ------
        ValueError
            If the rows are not finite or ``n_neighbors`` is not positive.
        """
        if self.n_neighbors < 1:
            raise ValueError(f"n_neighbors: got {self.n_neighbors}, expected at least 1")
        self.X_ = np.array(check_rows(X, dtype=np.float32))
        self.n_features_in_ = self.X_.shape[1]
        return self

    def score_samples(self, X: ArrayLike) -> NDArray[np.float64]:
        """Normality (n_rows,) of rows (n_rows, n_features); higher = more normal."""
        rows = check_rows(X, dtype=np.float32, n_features=self.n_features_in_)
        return np.asarray(-nearest_distances(rows, self.X_, self.n_neighbors).mean(axis=1))


class Mahalanobis:
    """Minus the Mahalanobis distance to the mean, under a Ledoit-Wolf covariance."""

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Learn mean and covariance of training rows (n_rows, n_features).

        Raises
        ------
        ValueError
            If the rows are not finite.
        """
        is_single = np.asarray(X).dtype == np.float32  # a copy in float64 would be large
        rows = check_rows(X, dtype=np.float32 if is_single else np.float64)
        self.n_features_in_ = rows.shape[1]
        self.mean_ = rows.mean(axis=0, dtype=np.float64)
        covariance = ledoit_wolf(rows, self.mean_)
        # A direction without any variance must not make the factorisation fail.
        covariance[np.diag_indices_from(covariance)] += 1e-12 + 1e-9 * covariance.diagonal().mean()
        # scipy.linalg solves triangles without the inverse, and takes 0.2 s to import
        whitening = np.linalg.inv(np.linalg.cholesky(covariance))
        self.triangle_ = whitening[_is_lower(len(whitening))]  # half of it: models hold many
        return self

    def score_samples(self, X: ArrayLike) -> NDArray[np.float64]:
        """Normality (n_rows,) of rows (n_rows, n_features); higher = more normal."""
        rows = check_rows(X, dtype=np.float64, n_features=self.n_features_in_)
        whitening = np.zeros((self.n_features_in_, self.n_features_in_))
        whitening[_is_lower(self.n_features_in_)] = self.triangle_
        whitened = exact_row_products(rows - self.mean_, np.ascontiguousarray(whitening.T))
        distances: NDArray[np.float64] = -np.sqrt(np.einsum("ij,ij->i", whitened, whitened))
        return distances


def _is_lower(n: int) -> NDArray[np.bool_]:
    """True in the lower triangle of a matrix (n, n), diagonal included."""
    return np.tri(n, dtype=np.bool_)


def without_rows(detector: Detector) -> Detector:
    """The detector without its training rows, where it compares new ones with them."""
    bare = copy(detector)
    if hasattr(bare, "X_"):
        del bare.X_
    return bare


def with_rows(detector: Detector, rows: NDArray[np.float32]) -> Detector:
    """A detector that `without_rows` has made, with its rows (n_rows, n_features) again."""
    whole = copy(detector)
    if isinstance(whole, NearestNeighbours | LocalDensity):
        whole.X_ = rows
    return whole


def nearest_neighbours(n_neighbors: int = 1) -> NearestNeighbours:
    """Minus the mean distance to the ``n_neighbors`` nearest training rows."""
    _check_at_least_1(n_neighbors, "n_neighbors")
    return NearestNeighbours(n_neighbors)


def local_density(n_neighbors: int = 1, mode: str = "difference") -> LocalDensity:
    """Nearest neighbours, less (or over) the distance that the neighbour has from its own."""
    check_options(n_neighbors, mode)
    return LocalDensity(n_neighbors, mode)


def gaussian_mixture(
    n_components: int = 2, covariance_type: str = "full", reg_covar: float = 1e-3
) -> Mixture:
    """A Gaussian mixture; the normality of a row is its log density."""
    _check_at_least_1(n_components, "n_components")
    kinds = ("full", "tied", "diag", "spherical")
    if covariance_type not in kinds:
        raise ValueError(f"covariance_type: got {covariance_type!r}, expected {', '.join(kinds)}")
    if not 0 <= reg_covar < np.inf:
        raise ValueError(f"reg_covar: got {reg_covar}, expected a number from 0")
    return Mixture(n_components, covariance_type, reg_covar)


def isolation_forest(n_estimators: int = 200) -> Detector:
    """scikit-learn's IsolationForest; ``score_samples`` lies in [-1, 0].

    Every tree sees 256 training rows (Liu, Ting and Zhou, 2008), or all where there are fewer.
    """
    _check_at_least_1(n_estimators, "n_estimators")
    from sklearn.ensemble import IsolationForest

    forest: Detector = IsolationForest(n_estimators=n_estimators)
    return forest


DETECTORS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "knn": nearest_neighbours,
        "ldn": local_density,
        "mahalanobis": Mahalanobis,
        "gmm": gaussian_mixture,
        "iforest": isolation_forest,
    }
)


def _check_at_least_1(value: int, name: str) -> None:
    if value < 1:
        raise ValueError(f"{name}: got {value}, expected at least 1")
