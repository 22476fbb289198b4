"""Training clips that do not fit the others, told before they shelter faults of their kind.

Held-out scores do not show them: similar faults are each other's neighbours, and a fault that is
less (a missing click) lies inside. What they cannot hide is that they stretch the few directions in
which clips of a machine differ most; there each clip is measured by median and median deviation.
Nothing is told of domains or sessions: a small one may look like a misfit, and a person decides.
"""

import hashlib
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from dcase_classic.model.fusion import RobustScale
from dcase_classic.model.row_tables import ClipRows, FeatureTable
from dcase_classic.model.sorted_columns import column_medians
from dcase_classic.records import IndexArray, Rows, Scores

_DIRECTIONS = 3
_FENCE = 3.5  # times the distance from the median to the upper quartile, above that quartile
_ROUNDS = 8
# More than this share are a kind of their own, such as another speed.
_LARGEST_KIND = 0.2
# Median and quartiles of fewer clips are no measure of one of them.
FEWEST_CLIPS = 10
_CLIPS_AT_A_TIME = 64

Measure = Callable[[IndexArray], Scores]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Strangeness:
    """How far every clip stands off.

    Attributes
    ----------
    excess : array, shape (n_clips,), as a multiple of the limit.
    named : array, shape (n_named,), the positions of the clips that do not fit, ascending.
    n_beyond : how many lie beyond the limit; of more than a fifth of all none is named.
    """

    excess: Scores
    named: IndexArray
    n_beyond: int


def find_misfits(weights: Sequence[float], means: Sequence[Rows], *, share: float) -> Strangeness:
    """The clips beyond the fence of the weighted mean over families, unless they are too many.

    Parameters
    ----------
    weights : of the families.
    means : of each family the mean row of every clip, (n_clips, n_features).
    share : of the clips that may be named.
    """

    def measure(clips: IndexArray) -> Scores:
        parts = [distances_from_the_middle(rows[clips]) for rows in means]
        return np.asarray(np.average(np.column_stack(parts), axis=1, weights=weights))

    return beyond_the_fence(measure, len(means[0]), share=share)


def beyond_the_fence(measure: Measure, n_clips: int, *, share: float) -> Strangeness:
    """Name the clips beyond the fence, leave them out, look again, until there is none.

    Where they are more than a fifth, they are a kind of their own and no misfits.

    Parameters
    ----------
    measure : the strangeness of some clips, by position, among themselves.
    share : of the clips that may be named.
    """
    kept, beyond = np.arange(n_clips), np.empty(0, np.intp)
    excess = np.zeros(n_clips)
    for _ in range(_ROUNDS if n_clips >= FEWEST_CLIPS else 0):
        strange = measure(kept)
        middle, upper = np.quantile(strange, [0.5, 0.75])
        limit = upper + _FENCE * (upper - middle)
        excess[kept] = strange / limit if limit > 0 else 0.0
        others = np.flatnonzero(excess[kept] > 1)
        if not len(others):
            break
        strangest_first = others[np.argsort(-strange[others], kind="stable")]
        beyond = np.concatenate((beyond, kept[strangest_first]))
        kept = np.delete(kept, others)
    most = math.floor(share * n_clips + 1e-9) if len(beyond) <= _LARGEST_KIND * n_clips else 0
    return Strangeness(excess=excess, named=np.sort(beyond[:most]), n_beyond=len(beyond))


def distances_from_the_middle(X: Rows) -> Scores:
    """Robust distance (n_clips,) in the leading directions of rows (n_clips, n_features)."""
    rows = np.asarray(X, np.float64)
    spread = rows.std(axis=0)
    standardised = (rows - column_medians(rows)) / np.where(spread > 0, spread, 1)
    left, sizes, _ = np.linalg.svd(standardised, full_matrices=False)
    places = left[:, :_DIRECTIONS] * sizes[:_DIRECTIONS]
    squares = np.square(RobustScale.fit(places).transform(places))
    return np.asarray(np.sqrt(squares.sum(axis=1)))


def mean_rows(table: ClipRows) -> Rows:
    """The mean row of every clip, (n_clips, n_features)."""
    means = []
    for part in _some_clips(table):
        counts = np.bincount(part.clip_index)
        sums = np.add.reduceat(part.X, np.cumsum(counts) - counts, axis=0, dtype=np.float64)
        means.append(sums / counts[:, np.newaxis])
    return np.concatenate(means).astype(np.float32)


def first_of_equals(table: ClipRows) -> IndexArray:
    """The clip that each one is a copy of, (n_clips,): the first with the same rows, or itself."""
    firsts: dict[bytes, int] = {}
    places: list[int] = []
    for part in _some_clips(table):
        for rows in np.split(part.X, np.flatnonzero(np.diff(part.clip_index)) + 1):
            digest = hashlib.sha256(rows.tobytes()).digest()
            places.append(firsts.setdefault(digest, len(places)))
    return np.array(places, np.intp)


def _some_clips(table: ClipRows) -> Iterator[FeatureTable]:
    """The rows of some clips at a time, so that memory does not grow with their number."""
    for start in range(0, table.n_clips, _CLIPS_AT_A_TIME):
        yield table.select(np.arange(start, min(start + _CLIPS_AT_A_TIME, table.n_clips)))
