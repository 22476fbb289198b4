"""Nearest neighbours by brute force: float32 products find them, exact distances decide.

BLAS rounds a product by the place of a row in its block, and each processor otherwise. So products
only tell how far a reference is at least; every one that could be nearer than the nearest so far is
looked at exactly, and a row has the same distances beside any other rows, on any computer.

Rows go block by block, so that memory does not grow with rows times references. Up to tens of
thousands of references no index pays for being built.
"""

from collections.abc import Iterator

import numpy as np

from dcase_classic.records import IndexArray, Rows, Scores

# Products of these with 3,000 references are 3 MB; smaller blocks take the references through the
# caches more often (43 ms instead of 67 with 32 rows, for 2,000 rows of 96 and 10,000 references).
_BLOCK_ROWS = 256
_FEW_NEIGHBOURS = 16
_FLOAT32 = np.finfo(np.float32)


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
    distances = np.empty((len(rows), min(k, len(references))))
    for block, at_least in _square_distances(rows, references):
        distances[block] = _nearest(rows[block], references, at_least, distances.shape[1])
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
    for block, at_least in _square_distances(rows, rows):
        np.copyto(at_least, np.inf, where=clips[block, np.newaxis] == clips)
        distances[block] = _nearest(rows[block], rows, at_least, distances.shape[1])
    return distances


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
    rounded = 0.0 if ratio else densities.max()  # what a difference may be rounded by
    smallest = np.empty(len(rows))
    for block, at_least in _square_distances(rows, references):
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


def _square_distances(rows: Rows, references: Rows) -> Iterator[tuple[slice, Rows]]:
    """Blocks of rows, and what their squared distances |x|^2 - 2 x.r + |r|^2 are at least.

    That is, less all that float32 may have rounded (Higham, Accuracy and Stability of Numerical
    Algorithms, section 3.1), (n_rows, n_references); they are valid until the next block and may be
    spoilt. Both are taken less the mean of the references: distances stay, and float32 loses least
    near 0.

    Parameters
    ----------
    rows : array, shape (n_rows, n_features)
    references : array, shape (n_references, n_features)
    """
    centre = references.mean(axis=0)
    n_columns = rows.shape[1] + 2
    wide = np.empty((len(references), n_columns), np.float32)
    _widen(references, centre, wide, length_at=-2)
    X = np.empty((min(len(rows), _BLOCK_ROWS), n_columns), np.float32)
    products = np.empty((len(X), len(references)), np.float32)
    for start in range(0, len(rows), _BLOCK_ROWS):
        block = slice(start, start + _BLOCK_ROWS)
        n_rows = len(rows[block])
        centred = _widen(rows[block], centre, X[:n_rows], length_at=-1)
        centred *= -2
        yield block, np.matmul(X[:n_rows], wide.T, out=products[:n_rows])


def _widen(rows: Rows, centre: Rows, wide: Rows, *, length_at: int) -> Rows:
    """Put rows less the centre into all columns but two: the least their squares can be, and 1.

    Products of two such rows add up what `_square_distances` says, if one has the other's order.
    """
    centred = np.subtract(rows, centre, out=wide[:, :-2])
    wide[:, -2:] = 1
    lengths = np.einsum("ij,ij->i", centred, centred)
    np.multiply(1 - (rows.shape[1] + 10) * _FLOAT32.eps, lengths, out=wide[:, length_at])
    return centred


def _nearest(rows: Rows, references: Rows, at_least: Rows, k: int) -> Scores:
    """The exact distances of a block of rows, (n_rows, k), ascending; ``at_least`` is spoilt.

    What is inf in ``at_least`` stays inf; see `_square_distances`.
    """
    positions, least = _smallest(at_least, k)
    distances = _distances(rows, references, positions)
    distances[np.isinf(least)] = np.inf
    distances.sort(axis=1)
    squares = np.square(distances[:, -1])
    for row, others in _unseen(at_least, squares, squares):
        more = _distances(rows[[row]], references, others[np.newaxis])[0]
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
    at_least : array, shape (n_rows, n_references); inf for those that were looked at.
    nearest : array, shape (n_rows,)
    size : array, shape (n_rows,), that float32 has rounded relative to.
    """
    bounds = np.minimum(nearest + 4 * _FLOAT32.eps * size, _FLOAT32.max).astype(np.float32)
    for row in np.flatnonzero(at_least.min(axis=1) < bounds).tolist():
        yield row, np.flatnonzero(at_least[row] < bounds[row])


def _distances(rows: Rows, references: Rows, positions: IndexArray) -> Scores:
    """Exact distances from each row to references, (n_rows, k): near rows cancel in products.

    Parameters
    ----------
    positions : array, shape (n_rows, k), of the references.
    """
    distances = np.empty(positions.shape)
    for rank in range(positions.shape[1]):  # all differences at once would be another copy
        X = rows - references[positions[:, rank]]
        distances[:, rank] = np.einsum("ij,ij->i", X, X, dtype=np.float64)
    return np.sqrt(distances)
