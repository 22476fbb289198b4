"""Nearest neighbours by brute force: float32 products find them, exact distances decide.

Products only tell how far a reference is at least (see `references`). Every one that could be
nearer than the nearest so far is looked at exactly, and a row has the same distances beside any
other rows, on any computer.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from dcase_classic.model.references import References, StoredRows
from dcase_classic.records import IndexArray, Rows, Scores

_FEW_NEIGHBOURS = 16
_FLOAT32 = np.finfo(np.float32)


def nearest_distances(rows: Rows, references: References, k: int) -> Scores:
    """Euclidean distances from rows to their ``k`` nearest references, ascending.

    Parameters
    ----------
    rows : array, shape (n_rows, n_features)
    references : rows of as many features.

    Returns
    -------
    array, shape (n_rows, min(k, n_references)), float64
    """
    distances = np.empty((len(rows), min(k, len(references))))
    for block, at_least in references.square_distances(rows):
        distances[block] = _nearest(rows[block], references, at_least, distances.shape[1])
    return distances


def nearest_of_groups(rows: Rows, references: References, sizes: Sequence[int]) -> Scores:
    """Euclidean distances from rows to the nearest reference of each group, (n_groups, n_rows).

    Parameters
    ----------
    rows : array, shape (n_rows, n_features)
    references : rows of as many features, one group after the other.
    sizes : how many of them each group has.
    """
    distances = np.empty((len(sizes), len(rows)))
    ends = np.cumsum(sizes)
    for block, at_least in references.square_distances(rows):
        for group, (end, size) in enumerate(zip(ends, sizes, strict=True)):
            own, first = at_least[:, end - size : end], end - size
            distances[group, block] = _nearest(rows[block], references, own, 1, first)[:, 0]
    return distances


def distances_to_other_clips(rows: Rows, clips: IndexArray, k: int) -> Scores:
    """Distances from each row to its ``k`` nearest rows of other clips, ascending.

    Parameters
    ----------
    rows : array, shape (n_rows, n_features)
    clips : array, shape (n_rows,), the clip of each row.

    Returns
    -------
    array, shape (n_rows, min(k, n_rows)), float64; inf where there are fewer rows of other clips.
    """
    distances = np.empty((len(rows), min(k, len(rows))))
    references = StoredRows(rows)
    for block, at_least in references.square_distances(rows):
        np.copyto(at_least, np.inf, where=clips[block, np.newaxis] == clips)
        distances[block] = _nearest(rows[block], references, at_least, distances.shape[1])
    return distances


def nearest_after(rows: Rows, references: References, densities: Scores, *, ratio: bool) -> Scores:
    """The smallest distance to a reference less (or over) the reference's own density, (n_rows,).

    Parameters
    ----------
    rows : array, shape (n_rows, n_features)
    references : rows of as many features.
    densities : array, shape (n_references,), more than 0.
    ratio : divide by the density instead of subtracting it.
    """
    normalise = np.divide if ratio else np.subtract
    scale = densities.astype(np.float32)
    rounded = 0.0 if ratio else densities.max()  # what a difference may be rounded by
    smallest = np.empty(len(rows))
    for block, at_least in references.square_distances(rows):
        np.sqrt(np.maximum(at_least, 0, out=at_least), out=at_least)
        normalise(at_least, scale, out=at_least)
        X, positions = rows[block], at_least.argmin(axis=1)[:, np.newaxis]
        nearest = normalise(_distances(X, references, positions), densities[positions])[:, 0]
        np.put_along_axis(at_least, positions, np.inf, axis=1)
        for row, others in _unseen(at_least, nearest, np.abs(nearest) + rounded):
            distances = _distances(X[[row]], references, others[np.newaxis])
            nearest[row] = min(nearest[row], normalise(distances, densities[others]).min())
        smallest[block] = nearest
    return smallest


def _nearest(rows: Rows, references: References, at_least: Rows, k: int, first: int = 0) -> Scores:
    """The exact distances of a block of rows, (n_rows, k), ascending; ``at_least`` is spoilt.

    It is that of `References.square_distances` from the reference ``first`` on. What is inf there
    stays inf.
    """
    positions, least = _smallest(at_least, k)
    distances = _distances(rows, references, first + positions)
    distances[np.isposinf(least)] = np.inf
    distances.sort(axis=1)
    squares = np.square(distances[:, -1])
    for row, others in _unseen(at_least, squares, squares):
        more = _distances(rows[[row]], references, first + others[np.newaxis])[0]
        distances[row] = np.sort(np.append(distances[row], more))[:k]
    return distances


def _smallest(values: Rows, k: int) -> tuple[IndexArray, Rows]:
    """Where the ``k`` smallest of every row are, (n_rows, k), and they; there is inf afterwards."""
    if k > _FEW_NEIGHBOURS:
        positions = np.argpartition(values, k - 1, axis=1)[:, :k]
        smallest = np.take_along_axis(values, positions, axis=1)
        np.put_along_axis(values, positions, np.inf, axis=1)
        return positions, smallest
    positions = np.empty((len(values), k), np.intp)
    smallest = np.empty((len(values), k), np.float32)
    every = np.arange(len(values))
    for rank in range(k):  # a search for the minimum is vectorised, a partition is not
        positions[:, rank] = values.argmin(axis=1)
        smallest[:, rank] = values[every, positions[:, rank]]
        values[every, positions[:, rank]] = np.inf
    return positions, smallest


def _unseen(at_least: Rows, nearest: Scores, size: Scores) -> Iterator[tuple[int, IndexArray]]:
    """Rows with other references that may be as near as ``nearest``, and these references.

    Parameters
    ----------
    at_least : array, shape (n_rows, n_references)
        Inf for those that were looked at; those that are no number may be anywhere.
    nearest : array, shape (n_rows,)
    size : array, shape (n_rows,), that float32 has rounded relative to.
    """
    bounds = np.minimum(nearest + 4 * _FLOAT32.eps * size, _FLOAT32.max).astype(np.float32)
    for row in np.flatnonzero(~(at_least.min(axis=1) >= bounds)).tolist():
        yield row, np.flatnonzero(~(at_least[row] >= bounds[row]))


def _distances(rows: Rows, references: References, positions: IndexArray) -> Scores:
    """Exact distances from each row to references, (n_rows, k): near rows cancel in products.

    Parameters
    ----------
    positions : array, shape (n_rows, k), of the references.
    """
    distances = np.empty(positions.shape)
    for rank in range(positions.shape[1]):  # all differences at once would be another copy
        X = rows - references.take(positions[:, rank])
        distances[:, rank] = np.einsum("ij,ij->i", X, X, dtype=np.float64)
    return np.sqrt(distances)
