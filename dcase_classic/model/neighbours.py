"""Nearest neighbours by brute force: float32 products find them, the distances to them are exact.

Rows go block by block, so that memory does not grow with rows times references. Up to tens of
thousands of references no index pays for being built.
"""

from collections.abc import Iterator

import numpy as np

from dcase_classic.model.row_products import row_products
from dcase_classic.records import IndexArray, Rows, Scores

# Products of these with 3,000 references are 0.8 MB; whole blocks of `row_products`. References in
# tiles of their own, with the best so far for every row, are no faster (measured up to 10,000).
_BLOCK_ROWS = 64
_FEW_NEIGHBOURS = 16


def nearest_distances(rows: Rows, references: Rows, k: int) -> Scores:
    """Euclidean distances from rows to their ``k`` nearest references, ascending.

    Parameters
    ----------
    rows : array, shape (n_rows, n_features)
    references : array, shape (n_references, n_features)

    Returns
    -------
    array, shape (n_rows, min(k, n_references)), float64
    """
    positions = np.empty((len(rows), min(k, len(references))), np.intp)
    for block, squares in _square_distances(rows, references):
        positions[block], _ = _smallest(squares, positions.shape[1])
    return np.sort(_distances(rows, references, positions), axis=1)


def distances_to_other_clips(rows: Rows, clips: IndexArray, k: int) -> Scores:
    """Scores from each row to its ``k`` nearest rows of other clips, in any order.

    Parameters
    ----------
    rows : array, shape (n_rows, n_features)
    clips : array, shape (n_rows,), the clip of each row.

    Returns
    -------
    array, shape (n_rows, min(k, n_rows)), float64; inf where there are fewer rows of other clips.
    """
    positions = np.empty((len(rows), min(k, len(rows))), np.intp)
    exists = np.empty(positions.shape, np.bool_)
    for block, squares in _square_distances(rows, rows):
        squares[clips[block, np.newaxis] == clips] = np.inf
        positions[block], nearest = _smallest(squares, positions.shape[1])
        exists[block] = np.isfinite(nearest)
    return np.where(exists, _distances(rows, rows, positions), np.inf)


def nearest_after(rows: Rows, references: Rows, densities: Scores, *, ratio: bool) -> Scores:
    """The smallest distance to a reference less (or over) the reference's own density, (n_rows,).

    Parameters
    ----------
    rows : array, shape (n_rows, n_features)
    references : array, shape (n_references, n_features)
    densities : array, shape (n_references,), more than 0.
    ratio : divide by the density instead of subtracting it.
    """
    normalise = np.divide if ratio else np.subtract
    scale = densities.astype(np.float32)
    positions = np.empty((len(rows), 1), np.intp)
    for block, squares in _square_distances(rows, references):
        np.maximum(squares, 0, out=squares)  # rounding
        normalised = normalise(np.sqrt(squares, out=squares), scale, out=squares)
        positions[block, 0] = normalised.argmin(axis=1)
    exact: Scores = normalise(_distances(rows, references, positions), densities[positions])
    return exact[:, 0]


def _square_distances(rows: Rows, references: Rows) -> Iterator[tuple[slice, Rows]]:
    """Blocks of rows, and their squared distances from all references, |x|^2 - 2 x.r + |r|^2.

    Both are taken less the mean of the references: distances stay, and float32 loses least near 0.

    Parameters
    ----------
    rows : array, shape (n_rows, n_features)
    references : array, shape (n_references, n_features)
    """
    centre = references.mean(axis=0)
    centred = references - centre
    lengths = _square_lengths(centred)
    for start in range(0, len(rows), _BLOCK_ROWS):
        block = slice(start, start + _BLOCK_ROWS)
        X = rows[block] - centre
        squares = row_products(-2 * X, centred.T)
        squares += lengths
        squares += _square_lengths(X)[:, np.newaxis]
        yield block, squares


def _smallest(values: Rows, k: int) -> tuple[IndexArray, Rows]:
    """Where the ``k`` smallest of every row are, (n_rows, k), and they; ``values`` is spoilt."""
    if k > _FEW_NEIGHBOURS:
        positions = np.argpartition(values, k - 1, axis=1)[:, :k]
        return positions, np.take_along_axis(values, positions, axis=1)
    positions = np.empty((len(values), k), np.intp)
    smallest = np.empty((len(values), k), np.float32)
    every = np.arange(len(values))
    for rank in range(k):  # a search for the minimum is vectorised, a partition is not
        positions[:, rank] = values.argmin(axis=1)
        smallest[:, rank] = values[every, positions[:, rank]]
        values[every, positions[:, rank]] = np.inf
    return positions, smallest


def _square_lengths(rows: Rows) -> Rows:
    lengths: Rows = np.einsum("ij,ij->i", rows, rows)
    return lengths


def _distances(rows: Rows, references: Rows, positions: IndexArray) -> Scores:
    """Exact distances from each row to references, (n_rows, k): near rows cancel in products.

    Block by block, since all differences at once would be another copy.

    Parameters
    ----------
    positions : array, shape (n_rows, k), of the references.
    """
    distances = np.empty(positions.shape)
    for start in range(0, len(rows), _BLOCK_ROWS):
        block = slice(start, start + _BLOCK_ROWS)
        for rank in range(positions.shape[1]):
            X = rows[block] - references[positions[block, rank]]
            distances[block, rank] = np.einsum("ij,ij->i", X, X, dtype=np.float64)
    return np.sqrt(distances)
