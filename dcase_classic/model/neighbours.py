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
_PAIRS = 1024  # that are looked at together
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
    for block, (at_least,) in references.square_distances(rows):
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
    for block, groups in references.square_distances(rows, sizes):
        first = 0
        for own, at_least in zip(distances, groups, strict=True):
            own[block] = _nearest(rows[block], references, at_least, 1, first)[:, 0]
            first += at_least.shape[1]
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
    for block, (at_least,) in references.square_distances(rows):
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
    for block, (at_least,) in references.square_distances(rows):
        np.sqrt(np.maximum(at_least, 0, out=at_least), out=at_least)
        normalise(at_least, scale, out=at_least)
        X, positions = rows[block], at_least.argmin(axis=1)
        nearest = normalise(_distances(X, references.take(positions)), densities[positions])
        np.put_along_axis(at_least, positions[:, np.newaxis], np.inf, axis=1)
        for own, others in _unseen(at_least, nearest, np.abs(nearest) + rounded):
            distances = _distances(X[own], references.take(others))
            np.minimum.at(nearest, own, normalise(distances, densities[others]))
        smallest[block] = nearest
    return smallest


def _nearest(rows: Rows, references: References, at_least: Rows, k: int, first: int = 0) -> Scores:
    """The exact distances of a block of rows, (n_rows, k), ascending; ``at_least`` is spoilt.

    It is that of `References.square_distances` from the reference ``first`` on. What is inf there
    stays inf.
    """
    positions, least = _smallest(at_least, k)
    distances = np.empty(positions.shape)
    for rank, others in enumerate(first + positions.T):  # all at once would be another copy
        distances[:, rank] = _distances(rows, references.take(others))
    distances[np.isposinf(least)] = np.inf
    distances.sort(axis=1)
    squares = np.square(distances[:, -1])
    for own, others in _unseen(at_least, squares, squares):
        more = _distances(rows[own], references.take(first + others))
        for row in set(own.tolist()):
            distances[row] = np.sort(np.append(distances[row], more[own == row]))[:k]
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


def _unseen(
    at_least: Rows, nearest: Scores, size: Scores
) -> Iterator[tuple[IndexArray, IndexArray]]:
    """Pairs of rows and other references that may be as near as ``nearest``: some at a time.

    Parameters
    ----------
    at_least : array, shape (n_rows, n_references)
        Inf for those that were looked at; those that are no number may be anywhere.
    nearest : array, shape (n_rows,)
    size : array, shape (n_rows,), that float32 has rounded relative to.
    """
    bounds = np.minimum(nearest + 4 * _FLOAT32.eps * size, _FLOAT32.max).astype(np.float32)
    left = np.flatnonzero(~(at_least.min(axis=1) >= bounds))
    rows, references = np.nonzero(~(at_least[left] >= bounds[left, np.newaxis]))
    for start in range(0, len(rows), _PAIRS):
        some = slice(start, start + _PAIRS)
        yield left[rows[some]], references[some]


def _distances(rows: Rows, references: Rows) -> Scores:
    """The exact distance of each row from the reference beside it: near rows cancel in products.

    Parameters
    ----------
    rows, references : arrays, shape (n, n_features)
    """
    X = rows - references
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", X, X, dtype=np.float64)))
