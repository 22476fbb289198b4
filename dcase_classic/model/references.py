"""Training rows that new rows are compared with: how far each is at least, and what it is exactly.

BLAS rounds a product by the place of a row in its block, and each processor otherwise. So products
only tell how far a reference is at least, and `neighbours` looks at those that matter exactly.

Rows go block by block, so that memory does not grow with rows times references. Up to tens of
thousands of references no index pays for being built.
"""

from collections.abc import Callable, Iterator
from typing import Protocol

import numpy as np

from dcase_classic.model.scalings import Scaling, Standardise, transform_training
from dcase_classic.records import IndexArray, Rows, Scores

# Products of these with 3,000 references are 3 MB; smaller blocks take the references through the
# caches more often (43 ms instead of 67 with 32 rows, for 2,000 rows of 96 and 10,000 references).
_BLOCK_ROWS = 256
_EPS = float(np.finfo(np.float32).eps)


class References(Protocol):
    """Rows that other rows are compared with."""

    def __len__(self) -> int:
        """How many there are."""
        ...

    def take(self, positions: IndexArray) -> Rows:
        """Some of the rows, (n, n_features), as they are compared."""
        ...

    def square_distances(self, rows: Rows) -> Iterator[tuple[slice, Rows]]:
        """Blocks of rows (n_rows, n_features), and what their squared distances are at least.

        That is |x|^2 - 2 x.r + |r|^2 less all that float32 may have rounded (Higham, Accuracy and
        Stability of Numerical Algorithms, section 3.1), (n_rows, n_references); minus infinity or
        no number where it left the range of floats. The values are valid until the next block and
        may be spoilt.
        """
        ...


class StoredRows:
    """References as they are compared, in memory.

    Parameters
    ----------
    X : array, shape (n_references, n_features), float32
    """

    def __init__(self, X: Rows) -> None:
        self.X = X

    def __len__(self) -> int:
        """How many there are."""
        return len(self.X)

    def take(self, positions: IndexArray) -> Rows:
        """Some of the rows, (n, n_features)."""
        return self.X[positions]

    def square_distances(self, rows: Rows) -> Iterator[tuple[slice, Rows]]:
        """As `References` say it.

        Both are taken less the mean of the references: distances stay, and float32 loses least near
        0.
        """
        centre = self.X.mean(axis=0)
        n_columns = rows.shape[1] + 2
        wide = np.empty((len(self.X), n_columns), np.float32)
        _widen(self.X, centre, wide, length_at=-2)
        X = np.empty((min(len(rows), _BLOCK_ROWS), n_columns), np.float32)
        products = np.empty((len(X), len(self.X)), np.float32)
        for block in _blocks(rows):
            n_rows = len(rows[block])
            centred = _widen(rows[block], centre, X[:n_rows], length_at=-1)
            centred *= -2
            yield block, np.matmul(X[:n_rows], wide.T, out=products[:n_rows])


class CentredRows:
    """The training rows of a view as they are stored, and less their mean.

    Parameters
    ----------
    X : array, shape (n_rows, n_features), float32
    """

    def __init__(self, X: Rows) -> None:
        self.X = X
        self.centre: Rows = X.mean(axis=0, dtype=np.float64).astype(np.float32)
        self.centred: Rows = X - self.centre


class WeighedRows:
    """References that a `Standardise` scales, without scaling them.

    A distance between rows that were scaled by ``s`` is one with the weights ``s ** 2`` between the
    rows themselves. So the folds of a view, each with a scaling of its own, share the rows, and a
    new row is multiplied by the weights instead of thousands of references.

    Parameters
    ----------
    rows : those of the view.
    scaling : of the fold.
    members : array, shape (n_references,), which of the rows are compared with.
    """

    def __init__(self, rows: CentredRows, scaling: Standardise, members: IndexArray) -> None:
        self._rows, self._scaling, self._members = rows, scaling, members
        scale = scaling.inverse_std_
        # what takes a scaled row from the scaling's mean to that of the rows
        self._shift = scale * (scaling.mean_ - rows.centre)
        self._double_scale = -2 * scale
        # Each column of a sum rounds, and each value before: on its way from one mean to the other
        self._rounded = (len(scale) + 40) * _EPS
        scaled = rows.centred[members] * scale
        lengths = (1 - self._rounded) * np.einsum("ij,ij->i", scaled, scaled)
        lengths -= self._rounded * np.square(self._shift).sum()
        self._lengths: Rows = np.where(np.isfinite(lengths), lengths, -np.inf)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._members)

    def take(self, positions: IndexArray) -> Rows:
        """Some of the rows, (n, n_features), scaled."""
        return self._scaling.transform(self._rows.X[self._members[positions]])

    def square_distances(self, rows: Rows) -> Iterator[tuple[slice, Rows]]:
        """As `References` say it; the rows are scaled."""
        n_block = min(len(rows), _BLOCK_ROWS)
        products = np.empty((n_block, len(self._rows.X)), np.float32)
        at_least = np.empty((n_block, len(self)), np.float32)
        for block in _blocks(rows):
            X = rows[block] + self._shift
            lengths = np.einsum("ij,ij->i", X, X)
            lengths *= 1 - self._rounded
            X *= self._double_scale
            every, chosen = products[: len(X)], at_least[: len(X)]
            np.matmul(X, self._rows.centred.T, out=every)
            np.take(every, self._members, axis=1, out=chosen)
            chosen += self._lengths
            chosen += lengths[:, np.newaxis]
            chosen[~np.isfinite(X).all(axis=1)] = -np.inf  # weights left the range of floats
            yield block, chosen


def scaled_references(
    scaling: Scaling, rows: CentredRows, members: IndexArray
) -> Callable[[], References]:
    """What gives some training rows of a view as new rows of a fold are compared with them.

    It takes little memory, so that it can be kept from clip to clip: rows that must be scaled are,
    whenever it is called.
    """
    if isinstance(scaling, Standardise):
        weighed = WeighedRows(rows, scaling, members)
        return lambda: weighed
    return lambda: StoredRows(transform_training(scaling, rows.X[members]))


def _blocks(rows: Rows) -> Iterator[slice]:
    return (slice(start, start + _BLOCK_ROWS) for start in range(0, len(rows), _BLOCK_ROWS))


def _widen(rows: Rows, centre: Rows, wide: Rows, *, length_at: int) -> Rows:
    """Put rows less the centre into all columns but two: the least their squares can be, and 1.

    Products of two such rows add up what `References.square_distances` says, if one has the other's
    order.
    """
    centred = np.subtract(rows, centre, out=wide[:, :-2])
    wide[:, -2:] = 1
    lengths: Scores = np.einsum("ij,ij->i", centred, centred)
    np.multiply(1 - (rows.shape[1] + 10) * _EPS, lengths, out=wide[:, length_at])
    return centred
