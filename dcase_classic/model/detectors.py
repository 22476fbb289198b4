"""The detectors that settings can choose; a new one is one class and one line in ``DETECTORS``."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcase_classic.config.setting import check_setting
from dcase_classic.model.check_rows import check_rows
from dcase_classic.model.detector import Detector
from dcase_classic.model.isolation_forest import IsolationForest
from dcase_classic.model.local_density import LocalDensity
from dcase_classic.model.mixture import Mixture
from dcase_classic.model.neighbours import nearest_distances
from dcase_classic.model.plain import ANY, Field, Numbers, Sizes, Whole
from dcase_classic.model.references import StoredRows
from dcase_classic.model.row_products import on_grid, row_products
from dcase_classic.model.scalings import ledoit_wolf
from dcase_classic.records import Rows
from dcase_classic.wording import counted

_INVERTED_WHOLE = 48  # columns of a triangle, below which calls take longer than zeros


class NearestNeighbours(Detector):
    """Minus the mean Euclidean distance to the ``n_neighbors`` nearest training rows.

    Fewer training rows than neighbours are all used.

    Parameters
    ----------
    n_neighbors : number of neighbours; from 1.
    """

    keeps_rows = True
    learned: Mapping[str, Field] = {"n_features_in_": Whole(1, size="n_components")}

    def __init__(self, n_neighbors: int = 1) -> None:
        check_setting(n_neighbors >= 1, "n_neighbors", n_neighbors, "at least 1")
        self.n_neighbors = n_neighbors

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Store training rows (n_rows, n_features).

        Raises
        ------
        ValueError
            If the rows are not finite.
        """
        self.references_ = StoredRows(np.array(check_rows(X, dtype=np.float32)))
        self.n_features_in_ = self.references_.X.shape[1]
        return self

    def score_samples(self, X: ArrayLike) -> NDArray[np.float64]:
        """Normality (n_rows,) of rows (n_rows, n_features); higher = more normal."""
        rows = check_rows(X, dtype=np.float32, n_features=self.n_features_in_)
        distances = nearest_distances(rows, self.references_, self.n_neighbors)
        return np.asarray(-distances.mean(axis=1))


class Mahalanobis(Detector):
    """Minus the Mahalanobis distance to the mean, under a Ledoit-Wolf covariance."""

    learned: Mapping[str, Field] = {
        "n_features_in_": Whole(1, size="n_components"),
        "mean_": Numbers(("<f8",), ("n_components",)),
        "triangle_": Numbers(("<f4", "<f8"), (ANY,)),  # the second in models of before
    }

    def learned_problem(self, values: Mapping[str, Any], sizes: Sizes) -> str | None:
        """What is wrong with the size of the triangle, or None."""
        n_values, n = len(values["triangle_"]), sizes["n_components"]
        if n_values == n * (n + 1) // 2:
            return None
        return f"got a triangle of {counted(n_values, 'value')} for {counted(n, 'column')}"

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
        whitening = on_grid(_inverse_of_lower(np.linalg.cholesky(covariance)).T).T
        # half of it, and of its digits, for a grid is exact in float32: models hold many
        self.triangle_ = whitening[_is_lower(len(whitening))].astype(np.float32)
        self.__dict__.pop("_whitening", None)
        return self

    @cached_property
    def _whitening(self) -> NDArray[np.float32]:
        """The matrix (n_features, n_features), put together once; its grid fits into float32."""
        whitening = np.zeros((self.n_features_in_, self.n_features_in_), np.float32)
        whitening[_is_lower(self.n_features_in_)] = self.triangle_
        return whitening

    def score_samples(self, X: ArrayLike) -> NDArray[np.float64]:
        """Normality (n_rows,) of rows (n_rows, n_features); higher = more normal."""
        origin = np.zeros((1, self.n_features_in_), np.float32)
        return self.score_samples_from(X, origin)[0]

    def score_samples_from(self, X: ArrayLike, origins: Rows) -> list[NDArray[np.float64]]:
        """The same from each origin: the rows are whitened once, and so are the origins."""
        rows = check_rows(X, dtype=np.float64, n_features=self.n_features_in_)
        centred = np.concatenate((rows - self.mean_, origins))
        whitened = row_products(centred, self._whitening.T, is_upper=True)
        return [-_lengths(whitened[: len(rows)] - move) for move in whitened[len(rows) :]]


class CentreDistance(Detector):
    """Minus the Euclidean distance to the mean of the training rows.

    For rows whose spread is one in every direction already, as those of the scaling
    ``discriminant`` are: neighbours and densities in so few directions say less.
    """

    learned: Mapping[str, Field] = {
        "n_features_in_": Whole(1, size="n_components"),
        "mean_": Numbers(("<f8",), ("n_components",)),
    }

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Learn the mean of training rows (n_rows, n_features).

        Raises
        ------
        ValueError
            If the rows are not finite.
        """
        rows = check_rows(X, dtype=np.float32)
        self.n_features_in_ = rows.shape[1]
        self.mean_ = rows.mean(axis=0, dtype=np.float64)
        return self

    def score_samples(self, X: ArrayLike) -> NDArray[np.float64]:
        """Normality (n_rows,) of rows (n_rows, n_features); higher = more normal."""
        rows = check_rows(X, dtype=np.float64, n_features=self.n_features_in_)
        return -_lengths(rows - self.mean_)


DETECTORS: Mapping[str, type[Detector]] = {
    "knn": NearestNeighbours,
    "ldn": LocalDensity,
    "mahalanobis": Mahalanobis,
    "centre": CentreDistance,
    "gmm": Mixture,
    "iforest": IsolationForest,
}


def _lengths(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", rows, rows)))


def _inverse_of_lower(matrix: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """The inverse of a lower triangle (n, n), by halves: nothing is computed of the zeros.

    A fifth of the time of numpy's; scipy.linalg, which has one, takes 0.2 s to import.
    """
    if len(matrix) <= _INVERTED_WHOLE:
        return np.linalg.inv(matrix)
    inverse, half = np.zeros_like(matrix), len(matrix) // 2
    inverse[:half, :half] = first = _inverse_of_lower(matrix[:half, :half])
    inverse[half:, half:] = last = _inverse_of_lower(matrix[half:, half:])
    inverse[half:, :half] = -last @ (matrix[half:, :half] @ first)
    return inverse


def _is_lower(n: int) -> NDArray[np.bool_]:
    """True in the lower triangle of a matrix (n, n), diagonal included."""
    return np.tri(n, dtype=np.bool_)
