"""What portraits of normal clips have in common, and where another one leaves it.

Portraits are compared after the clip's gain is taken off, see `gain_db`. A deviation is counted in
reaches: 1 is as far from the median as the farthest normal clips are.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from dcase_classic.model.fusion import MAD_TO_STD
from dcase_classic.model.row_tables import ClipRows
from dcase_classic.model.sorted_columns import column_medians, sorted_columns
from dcase_classic.records import IndexArray, Rows
from dcase_classic.sound.portrait import N_LEVELS, n_level_bands

LEAST_REACH_DB = 1.0
_FARTHEST = 99  # percent: one contaminated clip in a hundred widens nothing
_SPREADS = 3.0  # of few clips the farthest is not far: a reach has three standard deviations
_MOST_CLIPS = 1_000  # of which the nearest is looked for
_N_NEAREST = 3  # that a clip is compared with
_FAR_DB = 3.0  # farther, a median may be that of a fault; recordings of one machine differ so much
_NEAR_DB = 1.5  # louder or quieter, a band is as it was
_UNCHANGED = 0.25  # of the bands, at least
_SAME_DB = 0.1  # no band is farther off in the same recording, whose levels are kept in float16
_FAR = 5.0  # beyond so many spreads a band says no more about which clip is near


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NormalSound:
    """Statistics over the portraits of the training clips of a machine.

    Attributes
    ----------
    median, low, high : array, shape (n_columns,)
        The median, and how far it is from there to the farthest normal clips, below and above.
    least, most : array, shape (n_columns,), the range of all clips.
    clips : array, shape (n_kept,), the positions of clips among the training clips.
    rows : array, shape (n_kept, n_bands), float16
        The mean level of every band of those; a sixteenth of a dB is less than their noise.
    near_low, near_high : array, shape (n_bands,)
        How far the levels of normal clips are from those of the clips nearest to each.
    """

    median: Rows
    low: Rows
    high: Rows
    least: Rows
    most: Rows
    clips: IndexArray
    rows: NDArray[np.float16]
    near_low: Rows
    near_high: Rows

    @classmethod
    def fit(cls, table: ClipRows, *, seed: int) -> Self:
        """Learn from the portraits of clips, one row each; of more than 1,000 some are drawn."""
        n_clips = table.n_clips
        kept = np.arange(n_clips)
        if n_clips > _MOST_CLIPS:
            drawn = np.random.default_rng(seed).choice(n_clips, _MOST_CLIPS, replace=False)
            kept = np.sort(drawn)
        rows = table.take(kept)
        means = rows[:, : n_level_bands(rows.shape[1])]
        usual = column_medians(means)
        median = column_medians(without_gain(rows, _median_db(means - usual)))
        rows = without_gain(rows, _median_db(means - median[: means.shape[1]]))
        low, high = _reaches_of(rows - median)
        stored = rows[:, : means.shape[1]].astype(np.float16)
        levels = stored.astype(np.float32)
        spread = _spread(low, high)[: means.shape[1]]
        nearest = np.array([_nearest_mean(levels, row, spread) for row in levels])
        near_low, near_high = _reaches_of(levels - _at_gain_of(levels, nearest))
        return cls(
            median=median.astype(np.float32),
            low=low,
            high=high,
            least=rows.min(axis=0),
            most=rows.max(axis=0),
            clips=kept,
            rows=stored,
            near_low=near_low,
            near_high=near_high,
        )

    @property
    def n_bands(self) -> int:
        """The number of bands whose levels are known, coarse ones among them."""
        return int(self.rows.shape[1])

    def aligned(self, row: Rows) -> Rows:
        """A portrait (n_columns,) without the gain of its clip."""
        return without_gain(row, gain_db(row[: self.n_bands], self.median[: self.n_bands]))

    def reaches(self, aligned: Rows) -> Rows:
        """How far a portrait is from the median, (n_columns,); beyond 1 or -1 it is not normal."""
        difference = aligned - self.median
        return np.asarray(difference / np.where(difference > 0, self.high, self.low))

    def nearest(self, aligned: Rows) -> int:
        """The training clip whose levels are nearest, by its position among all of them.

        Of a training clip it is another one: beside itself it tells nothing.
        """
        order = _by_distance(self._levels, aligned[: self.n_bands], self._spread)
        return int(self.clips[order[0]])

    def most_typical(self, members: IndexArray) -> int:
        """The training clip that is nearest to the mean of some, by its position among all.

        Parameters
        ----------
        members : array, shape (n_members,), the places of those among ``clips``.
        """
        levels = self._levels[members]
        distances = _distances(levels, levels.mean(axis=0), self._spread)
        return int(self.clips[members[distances.argmin()]])

    def beyond_nearest(self, aligned: Rows) -> tuple[Rows, Rows]:
        """How much louder every band is than in the nearest clips, in reaches and in dB."""
        levels = aligned[: self.n_bands]
        nearest = _nearest_mean(self._levels, levels, self._spread)
        excess_db = levels - _at_gain_of(levels, nearest)
        reach = np.where(excess_db > 0, self.near_high, self.near_low)
        return np.asarray(excess_db / reach), excess_db

    @property
    def _levels(self) -> Rows:
        return self.rows.astype(np.float32)

    @property
    def _spread(self) -> Rows:
        return _spread(self.low, self.high)[: self.n_bands]


def _reaches_of(differences: Rows) -> tuple[Rows, Rows]:
    """How far the farthest clips go below and above the middle of differences (n_clips, n)."""
    columns = sorted_columns(differences)
    # in place: sorted columns stay as they are
    median: Rows = np.asarray(np.median(columns, axis=1, overwrite_input=True))
    spread = _SPREADS * MAD_TO_STD * column_medians(np.abs(differences - median))
    reach = np.maximum(spread, LEAST_REACH_DB)
    farthest = [100 - _FARTHEST, _FARTHEST]
    low, high = np.percentile(columns, farthest, axis=1, overwrite_input=True)
    return np.maximum(-low, reach).astype(np.float32), np.maximum(high, reach).astype(np.float32)


def _spread(low: Rows, high: Rows) -> Rows:
    return (low + high) / np.float32(2 * _SPREADS)


def _distances(rows: Rows, levels: Rows, spread: Rows) -> Rows:
    """How far the levels (n_bands,) are from those of clips (n_clips, n_bands): (n_clips,)."""
    deviations = np.abs(rows - levels) / spread
    return np.asarray(np.square(np.minimum(deviations, _FAR)).sum(axis=1))


def _by_distance(rows: Rows, levels: Rows, spread: Rows) -> IndexArray:
    """The clips of `_distances`, the nearest first; the same one only if there is no other."""
    order = np.argsort(_distances(rows, levels, spread), kind="stable")
    is_other = np.abs(rows[order] - levels).max(axis=1) > _SAME_DB
    return order[is_other] if is_other.any() else order


def _nearest_mean(rows: Rows, levels: Rows, spread: Rows) -> Rows:
    """The mean levels (n_bands,) of the nearest clips of `_by_distance`."""
    return np.asarray(rows[_by_distance(rows, levels, spread)[:_N_NEAREST]].mean(axis=0))


def _at_gain_of(levels: Rows, others: Rows) -> Rows:
    """Other levels (..., n_bands), as loud as ``levels`` are in most bands."""
    return others + gain_db(levels, others)


def gain_db(mean: Rows, usual: Rows) -> Rows:
    """How much louder a clip is than usual: (..., 1) from (..., n_bands).

    That is the median over bands. Where that is far and yet a quarter of them is nearly as loud as
    usual, it is over those: a covered microphone takes away more than half of the bands, and makes
    no other one louder.
    """
    excess_db = mean - usual
    is_near = np.abs(excess_db) <= _NEAR_DB
    is_far = np.abs(_median_db(excess_db)) > _FAR_DB
    has_near = is_far & (is_near.mean(axis=-1, keepdims=True) >= _UNCHANGED)
    return _median_db(np.where(has_near & ~is_near, np.nan, excess_db))


def _median_db(excess_db: Rows) -> Rows:
    """The median over bands, (..., 1), without those that are not a number."""
    return np.asarray(np.nanmedian(excess_db, axis=-1, keepdims=True), np.float32)


def without_gain(rows: Rows, gain: Rows) -> Rows:
    """Portraits (..., n_columns), all levels lower by ``gain``; contrasts and rhythm have none."""
    n_levels = n_level_bands(rows.shape[-1]) * N_LEVELS
    shifted = rows.copy()
    shifted[..., :n_levels] -= gain
    return shifted
