"""Nearest neighbours on a scale of their own: local-density normalisation.

Dense and sparse regions of the training rows (many source clips, few target clips) become
comparable without any domain label (Wilkinghoff et al., Keeping the Balance, ICASSP 2025).
"""

from collections.abc import Iterator
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcase_classic.rows import check_rows

Matrix = NDArray[np.float64]

MODES = ("difference", "ratio")

_BLOCK_ELEMENTS = 1 << 23  # at most 64 MB of distances at a time
# Duplicates would have no distance at all from their neighbours.
_DENSITY_FLOOR = 1e-3
_NO_DENSITY = 1e-12


class LocalDensity:
    """Minus the smallest normalised distance to a training row.

    The density of a training row is its mean Euclidean distance to the ``n_neighbors`` nearest rows
    of *other* clips; the anomaly of a row is the minimum over training rows of the distance less
    the density (``difference``) or over it (``ratio``). The neighbour is chosen after the
    normalisation. ``n_neighbors`` must stay below the number of target clips.

    Parameters
    ----------
    n_neighbors : number of neighbours that the density is taken from.
    mode : ``difference`` or ``ratio``.
    """

    def __init__(self, n_neighbors: int = 1, mode: str = "difference") -> None:
        self.n_neighbors = n_neighbors
        self.mode = mode

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Learn from training rows (n_rows, n_features) and the clip of each row, (n_rows,).

        Without clips, and for rows of a single clip, every row counts as a clip of its own.

        Raises
        ------
        ValueError
            If the rows are not finite, ``n_neighbors`` is not positive or ``mode`` is unknown.
        """
        check_options(self.n_neighbors, self.mode)
        self.X_ = check_rows(X, dtype=np.float64)
        self.n_features_in_ = self.X_.shape[1]
        clips = np.arange(len(self.X_)) if y is None else np.unique(y, return_inverse=True)[1]
        if clips.max() == 0:
            clips = np.arange(len(self.X_))
        self.densities_ = self._densities(clips)
        return self

    def score_samples(self, X: ArrayLike) -> Matrix:
        """Normality (n_rows,) of rows (n_rows, n_features); higher = more normal."""
        rows = check_rows(X, dtype=np.float64, n_features=self.n_features_in_)
        if self.mode == "difference":
            nearest = [(d - self.densities_).min(axis=1) for _, d in _distances(rows, self.X_)]
        else:
            nearest = [(d / self.densities_).min(axis=1) for _, d in _distances(rows, self.X_)]
        return -np.concatenate(nearest)

    def _densities(self, clips: NDArray[np.intp]) -> Matrix:
        densities = np.empty(len(clips))
        n_others = len(clips) - np.bincount(clips)[clips]
        for rows, distances in _distances(self.X_, self.X_):
            distances[clips[rows, np.newaxis] == clips] = np.inf
            nearest = np.partition(distances, min(self.n_neighbors, len(clips)) - 1, axis=1)
            nearest = nearest[:, : self.n_neighbors]
            nearest[~np.isfinite(nearest)] = 0.0
            densities[rows] = nearest.sum(axis=1) / np.clip(n_others[rows], 1, self.n_neighbors)
        return np.maximum(densities, max(_DENSITY_FLOOR * np.median(densities), _NO_DENSITY))


def check_options(n_neighbors: int, mode: str) -> None:
    """Refuse options that no fit could use.

    Raises
    ------
    ValueError
        If ``n_neighbors`` is not positive or ``mode`` is unknown.
    """
    if n_neighbors < 1:
        raise ValueError(f"n_neighbors: got {n_neighbors}, expected at least 1")
    if mode not in MODES:
        raise ValueError(f"mode: got {mode!r}, expected {' or '.join(MODES)}")


def _distances(rows: Matrix, references: Matrix) -> Iterator[tuple[slice, Matrix]]:
    """Euclidean distances (n_rows_of_block, n_references), block by block of rows."""
    centre = references.mean(axis=0)  # distances do not change, their rounding does
    rows, references = rows - centre, references - centre
    norms = np.einsum("ij,ij->i", references, references)
    block = max(1, _BLOCK_ELEMENTS // len(references))
    for start in range(0, len(rows), block):
        part = slice(start, start + block)
        squares = rows[part] @ references.T
        squares *= -2
        squares += norms
        squares += np.einsum("ij,ij->i", rows[part], rows[part])[:, np.newaxis]
        np.maximum(squares, 0, out=squares)
        yield part, np.sqrt(squares)
