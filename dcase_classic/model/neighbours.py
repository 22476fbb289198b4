"""Nearest neighbours by brute force: float32 products find them, the distances to them are exact.

The search goes tile by tile and each row keeps the best so far, so that a tile stays in the cache
and memory does not grow with rows times references. Up to tens of thousands of references no index
pays for being built.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from dcase_classic.model.row_products import BLOCK_ROWS, write_row_products
from dcase_classic.records import IndexArray

Rows = NDArray[np.float32]
Distances = NDArray[np.float64]
Widen = Callable[[Rows], Rows]

# One tile of products is 2 MB: larger ones leave the cache, smaller ones cost more calls. Rows in
# whole blocks, see row_products.
_TILE_ROWS = 256
_TILE_REFERENCES = 2048
_FEW_NEIGHBOURS = 16


def nearest_distances(rows: Rows, references: Rows, k: int) -> Distances:
    """Euclidean distances from rows to their ``k`` nearest references, ascending.

    Parameters
    ----------
    rows : array, shape (n_rows, n_features)
    references : array, shape (n_references, n_features)

    Returns
    -------
    array, shape (n_rows, min(k, n_references)), float64
    """
    at, _ = _nearest(rows, references, min(k, len(references)))
    return np.sort(np.column_stack([_distances(rows, references, of) for of in at.T]), axis=1)


def distances_to_other_clips(rows: Rows, clips: IndexArray, k: int) -> Distances:
    """Distances from each row to its ``k`` nearest rows of other clips, in any order.

    Parameters
    ----------
    rows : array, shape (n_rows, n_features)
    clips : array, shape (n_rows,), the clip of each row.

    Returns
    -------
    array, shape (n_rows, min(k, n_rows)), float64; inf where there are fewer rows of other clips.
    """
    at, is_found = _nearest(rows, rows, min(k, len(rows)), clips)
    distances = np.column_stack([_distances(rows, rows, of) for of in at.T])
    return np.where(is_found, distances, np.inf)


def nearest_after(rows: Rows, references: Rows, densities: Distances, *, ratio: bool) -> Distances:
    """The smallest distance to a reference less (or over) the reference's own density, (n_rows,).

    Parameters
    ----------
    rows : array, shape (n_rows, n_features)
    references : array, shape (n_references, n_features)
    densities : array, shape (n_references,), more than 0.
    ratio : divide by the density instead of subtracting it.
    """
    scale = densities.astype(np.float32)
    best = np.full(len(rows), np.inf, np.float32)
    nearest = np.zeros(len(rows), np.intp)
    for block, first, values in _tiles(rows, references, *_SQUARES):
        normalise = np.divide if ratio else np.subtract
        np.maximum(values, 0, out=values)  # rounding
        normalise(np.sqrt(values, out=values), scale[first : first + values.shape[1]], out=values)
        at = values.argmin(axis=1)
        found = values[np.arange(len(at)), at]
        is_better = found < best[block]
        best[block] = np.where(is_better, found, best[block])
        nearest[block] = np.where(is_better, at + first, nearest[block])
    exact = _distances(rows, references, nearest)
    return exact / densities[nearest] if ratio else exact - densities[nearest]


def _nearest(
    rows: Rows, references: Rows, k: int, clips: IndexArray | None = None
) -> tuple[IndexArray, NDArray[np.bool_]]:
    """Positions of the ``k`` nearest references of every row, (n_rows, k), in any order.

    With ``clips`` the references are the rows themselves, and those of a row's own clip do not
    count; the second array is False where there is no other left.
    """
    best = np.full((len(rows), k), -np.inf, np.float32)
    positions = np.zeros((len(rows), k), np.intp)
    for block, first, products in _tiles(rows, references, *_ORDER):
        if clips is not None:
            own = clips[block, np.newaxis] == clips[first : first + products.shape[1]]
            products[own] = -np.inf
        found, at = _largest(products, k)
        if k == 1:
            is_better = found > best[block]
            best[block] = np.where(is_better, found, best[block])
            positions[block] = np.where(is_better, at + first, positions[block])
            continue
        values = np.concatenate((best[block], found), axis=1)
        candidates = np.concatenate((positions[block], at + first), axis=1)
        kept = np.argpartition(-values, k - 1, axis=1)[:, :k]
        best[block] = np.take_along_axis(values, kept, axis=1)
        positions[block] = np.take_along_axis(candidates, kept, axis=1)
    return positions, np.isfinite(best)


def _tiles(
    rows: Rows, references: Rows, widen_rows: Widen, widen_references: Widen
) -> Iterator[tuple[slice, int, Rows]]:
    """Products of blocks of rows and references: the block, the first reference, the products.

    Both are taken less the mean of the references: distances stay, and float32 loses least near 0.
    The products are valid until the next tile and may be spoilt.

    Parameters
    ----------
    rows : array, shape (n_rows, n_features)
    references : array, shape (n_references, n_features)
    widen_rows, widen_references : add columns; tile by tile, since copies of all would be large.
    """
    centre = references.mean(axis=0)
    most_blocks = -(-_TILE_ROWS // BLOCK_ROWS)
    products = np.empty(most_blocks * BLOCK_ROWS * _TILE_REFERENCES, np.float32)
    for first in range(0, len(references), _TILE_REFERENCES):
        tile = widen_references(references[first : first + _TILE_REFERENCES] - centre)
        for start in range(0, len(rows), _TILE_ROWS):
            wide = widen_rows(rows[start : start + _TILE_ROWS] - centre)
            n_blocks = -(-len(wide) // BLOCK_ROWS)
            whole = products[: n_blocks * BLOCK_ROWS * len(tile)].reshape(-1, len(tile))
            write_row_products(wide, tile.T, whole)
            yield slice(start, start + len(wide)), first, whole[: len(wide)]


def _largest(products: Rows, k: int) -> tuple[Rows, IndexArray]:
    """The ``k`` largest of every row (all of fewer) and where they are; ``products`` is spoilt."""
    k = min(k, products.shape[1])
    if k > _FEW_NEIGHBOURS:
        at = np.argpartition(-products, k - 1, axis=1)[:, :k]
        return np.take_along_axis(products, at, axis=1), at
    found = np.empty((len(products), k), np.float32)
    at = np.empty((len(products), k), np.intp)
    every = np.arange(len(products))
    for rank in range(k):  # a search for the maximum is vectorised, a partition is not
        at[:, rank] = products.argmax(axis=1)
        found[:, rank] = products[every, at[:, rank]]
        products[every, at[:, rank]] = -np.inf
    return found, at


def _square_lengths(rows: Rows) -> Rows:
    lengths: Rows = np.einsum("ij,ij->i", rows, rows)
    return lengths


def _minus_twice_with_length_and_one(X: Rows) -> Rows:
    return np.column_stack((-2 * X, _square_lengths(X), np.ones(len(X), np.float32)))


def _with_one_and_length(X: Rows) -> Rows:
    return np.column_stack((X, np.ones(len(X), np.float32), _square_lengths(X)))


def _with_minus_one(X: Rows) -> Rows:
    return np.column_stack((X, np.full(len(X), -1, np.float32)))


def _with_half_length(X: Rows) -> Rows:
    return np.column_stack((X, _square_lengths(X) / 2))


def _distances(rows: Rows, references: Rows, at: IndexArray) -> Distances:
    """Exact distances from each row to the reference at a position: near rows cancel in products.

    Block by block, since all differences at once would be another copy.
    """
    distances = np.empty(len(rows))
    for start in range(0, len(rows), _TILE_ROWS):
        block = slice(start, start + _TILE_ROWS)
        differences = rows[block] - references[at[block]]
        distances[block] = np.einsum("ij,ij->i", differences, differences, dtype=np.float64)
    return np.sqrt(distances)


# Products of rows that were widened so are the squared distances, |x|^2 - 2 x.r + |r|^2 ...
_SQUARES = (_minus_twice_with_length_and_one, _with_one_and_length)
# ... or, with one column less, largest for the nearest: x.r - |r|^2 / 2.
_ORDER = (_with_minus_one, _with_half_length)
