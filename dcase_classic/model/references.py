"""Training rows that new rows are compared with: how far each is at least, and each exactly.

BLAS rounds a product by the place of a row in its block, and each processor otherwise. So products
only tell how far a reference is at least, and `neighbours` looks at those that matter exactly.

Rows go block by block, so that memory does not grow with rows times references. Up to tens of
thousands of references no index pays for being built.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Protocol

import numpy as np

from dcase_classic.model.scalings import Scaling, Standardise, Whiten
from dcase_classic.records import IndexArray, Rows

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

    def square_distances(
        self, rows: Rows, sizes: Sequence[int] | None = None
    ) -> Iterator[tuple[slice, list[Rows]]]:
        """Blocks of rows, and what their squared distances from groups of references are at least.

        That is |x|^2 - 2 x.r + |r|^2 less all that float32 may have rounded (Higham, Accuracy and
        Stability of Numerical Algorithms, section 3.1), an array (n_rows, size) for each group;
        minus infinity or no number where it left the range of floats. The values are valid until
        the next block and may be spoilt.

        Parameters
        ----------
        rows : array, shape (n_rows, n_features)
        sizes : how many references each group has, one group after the other; None for one group.
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

    def square_distances(
        self, rows: Rows, sizes: Sequence[int] | None = None
    ) -> Iterator[tuple[slice, list[Rows]]]:
        """As `References` say it.

        Both are taken less the mean of the references: distances stay, and float32 loses least near
        0.
        """
        centre = self.X.mean(axis=0)
        wide = np.empty((len(self.X), self.X.shape[1] + 2), np.float32)
        _widen(self.X, centre, wide, length_at=-2)

        def widen(block: Rows, own: Rows) -> None:
            centred = _widen(block, centre, own, length_at=-1)
            centred *= -2

        return _products(rows, widen, wide, sizes)


class CentredRows:
    """The training rows of a view as they are stored, and less their mean.

    Parameters
    ----------
    X : array, shape (n_rows, n_features), float32
    """

    def __init__(self, X: Rows) -> None:
        self.X = X

    @cached_property
    def centre(self) -> Rows:
        """The mean row, (n_features,)."""
        return np.asarray(self.X.mean(axis=0, dtype=np.float64).astype(np.float32))

    @cached_property
    def centred(self) -> Rows:
        """The rows less their mean, once a scaling is put off that needs them."""
        return self.X - self.centre


class ScaledRows:
    """References that a scaling takes to where they are compared, without taking them there.

    After columns are scaled by ``s`` and turned by ``D``, the product of a row ``y`` with a
    reference ``(s * r) @ D`` is that of ``s * (D @ y)`` with ``r``. So the folds of a view, each
    with a scaling of its own, share the rows as they are stored: a new row is taken back to them,
    instead of thousands of references to it. Those that may be the nearest are scaled.

    Parameters
    ----------
    rows : those of the view.
    scaling : of the fold.
    members : array, shape (n_references,), which of the rows are compared with.
    """

    def __init__(
        self, rows: CentredRows, scaling: Standardise | Whiten, members: IndexArray
    ) -> None:
        self._rows, self._scaling, self._members = rows, scaling, members
        turn, size = None, 1.0
        if isinstance(scaling, Whiten):
            columns, turn = scaling.standardise_, scaling.directions_
            size = max(1.0, float(np.linalg.norm(turn)))
        else:
            columns = scaling
        scale = columns.inverse_std_
        self._back = -2 * scale if turn is None else turn.T * (-2 * scale)
        # what takes a scaled row from the mean of the scaling to that of the rows
        move = scale * (columns.mean_ - rows.centre)
        self._shift = move if turn is None else move @ turn
        # Sums over columns round, and every value before, by what Cauchy and Schwarz let them be
        rounded = (len(scale) + len(self._shift) + 40) * _EPS * size
        self._kept = np.float32(1 - rounded)
        X = rows.centred[members] * scale
        lengths = _square_lengths(X)
        lengths += np.square(move).sum() + np.square(self._shift).sum()
        lengths *= -rounded
        if turn is not None:
            X = (X @ turn).astype(np.float32, copy=False)
        lengths += self._kept * _square_lengths(X)
        self._lengths: Rows = np.where(np.isfinite(lengths), lengths, -np.inf)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._members)

    def take(self, positions: IndexArray) -> Rows:
        """Some of the rows, (n, n_features), scaled."""
        return self._scaling.transform(self._rows.X[self._members[positions]])

    def square_distances(
        self, rows: Rows, sizes: Sequence[int] | None = None
    ) -> Iterator[tuple[slice, list[Rows]]]:
        """As `References` say it; the rows are scaled."""
        if len(rows) < rows.shape[1]:
            at_least = self._few_distances(rows)
            return iter([(slice(None), [at_least[:, own] for own in _groups(len(self), sizes)])])
        wide = np.empty((len(self), len(self._rows.centre) + 2), np.float32)
        wide[:, :-2] = self._rows.centred[self._members]
        wide[:, -2], wide[:, -1] = self._lengths, 1

        def widen(block: Rows, own: Rows) -> None:
            own[:, :-2], own[:, -1] = self._taken_back(block)
            own[:, -2] = 1

        return _products(rows, widen, wide, sizes)

    def _few_distances(self, rows: Rows) -> Rows:
        """All of `square_distances`: fewer products to choose from than values of references."""
        X, lengths = self._taken_back(rows)
        at_least: Rows = np.take(X @ self._rows.centred.T, self._members, axis=1)
        at_least += self._lengths
        at_least += lengths[:, np.newaxis]
        return at_least

    def _taken_back(self, rows: Rows) -> tuple[Rows, Rows]:
        """Minus twice the rows as products with references want them, and the least squares.

        What leaves the range of floats is no number: products with it are none either.
        """
        moved = rows + self._shift
        back = moved * self._back if self._back.ndim == 1 else moved @ self._back
        back[~np.isfinite(back).all(axis=1)] = np.nan
        return back, self._kept * _square_lengths(moved)


def scaled_references(
    scaling: Scaling, rows: CentredRows, members: IndexArray, *, are_kept: bool
) -> Callable[[], References]:
    """What gives some training rows of a view as new rows of a fold are compared with them.

    It takes little memory until it is called. Distances are the same bits whatever is chosen here.

    Parameters
    ----------
    scaling : of the fold.
    rows : those of the view.
    members : array, shape (n_references,), which of the rows are compared with.
    are_kept : they serve many calls of a few rows each; otherwise a single call of many rows, for
        which directions are turned once and not for each candidate.
    """
    # no part that is derived from these: it may transform in its own way
    if type(scaling) is Standardise or (are_kept and type(scaling) is Whiten):
        scaled = ScaledRows(rows, scaling, members)
        return lambda: scaled
    return lambda: StoredRows(scaling.transform(rows.X[members]))


def _products(
    rows: Rows, widen: Callable[[Rows, Rows], None], wide: Rows, sizes: Sequence[int] | None
) -> Iterator[tuple[slice, list[Rows]]]:
    """Blocks of rows, and their products with groups of references, in places used again.

    Parameters
    ----------
    rows : array, shape (n_rows, n_features)
    widen : puts some of the rows into as many of the columns that references have.
    wide : array, shape (n_references, n_columns), the references.
    sizes : as of `References.square_distances`.
    """
    X = np.empty((min(len(rows), _BLOCK_ROWS), wide.shape[1]), np.float32)
    groups = [wide[group] for group in _groups(len(wide), sizes)]
    places = [np.empty((len(X), len(group)), np.float32) for group in groups]
    for start in range(0, len(rows), _BLOCK_ROWS):
        block = slice(start, start + _BLOCK_ROWS)
        own = X[: len(rows[block])]
        widen(rows[block], own)
        pairs = zip(groups, places, strict=True)
        yield block, [np.matmul(own, group.T, out=place[: len(own)]) for group, place in pairs]


def _groups(n_references: int, sizes: Sequence[int] | None) -> list[slice]:
    """Where the references of each group stand."""
    sizes = [n_references] if sizes is None else sizes
    return [slice(end - size, end) for size, end in zip(sizes, accumulate(sizes), strict=True)]


def _square_lengths(rows: Rows) -> Rows:
    """The squared length of each row, (n_rows,), float32."""
    return np.asarray(np.einsum("ij,ij->i", rows, rows))


def _widen(rows: Rows, centre: Rows, wide: Rows, *, length_at: int) -> Rows:
    """Put rows less the centre into all columns but two: the least their squares can be, and 1.

    Products of two such rows add up what `References.square_distances` says, if one has the other's
    order.
    """
    centred = np.subtract(rows, centre, out=wide[:, :-2])
    wide[:, -2:] = 1
    kept = 1 - (rows.shape[1] + 10) * _EPS
    np.multiply(kept, _square_lengths(centred), out=wide[:, length_at])
    return centred
