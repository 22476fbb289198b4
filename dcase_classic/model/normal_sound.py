"""What portraits of normal clips have in common, and where another one leaves it.

Portraits are compared after the clip's gain is taken off: the median over bands of what it is
louder than normal. A deviation is counted in reaches: 1 is as far from the median as the farthest
normal clips are.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from dcase_classic.model.fusion import MAD_TO_STD
from dcase_classic.model.row_tables import ClipRows
from dcase_classic.records import IndexArray, Rows
from dcase_classic.sound.portrait import MOMENT_FRAMES, n_level_bands

LEAST_REACH_DB = 1.0
_FARTHEST = 99  # percent: one contaminated clip in a hundred widens nothing
_SPREADS = 3.0  # of few clips the farthest is not far: a reach has three standard deviations
_MOST_CLIPS = 1_000  # of which the nearest is looked for
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
    rows : array, shape (n_kept, n_bands), the mean level of every band of those.
    """

    median: Rows
    low: Rows
    high: Rows
    least: Rows
    most: Rows
    clips: IndexArray
    rows: Rows

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
        usual = np.median(means, axis=0)
        rows = np.array(
            [without_gain(row, gain_db(mean, usual)) for row, mean in zip(rows, means, strict=True)]
        )
        median = np.median(rows, axis=0)
        spread = _SPREADS * MAD_TO_STD * np.median(np.abs(rows - median), axis=0)
        reach = np.maximum(spread, LEAST_REACH_DB)
        low, high = np.percentile(rows, [100 - _FARTHEST, _FARTHEST], axis=0)
        return cls(
            median=median.astype(np.float32),
            low=np.maximum(median - low, reach).astype(np.float32),
            high=np.maximum(high - median, reach).astype(np.float32),
            least=rows.min(axis=0),
            most=rows.max(axis=0),
            clips=kept,
            rows=rows[:, : means.shape[1]],
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
        """The training clip whose levels are nearest, by its position among all of them."""
        spread = (self.low + self.high)[: self.n_bands] / (2 * _SPREADS)
        distances = np.abs(self.rows - aligned[: self.n_bands]) / spread
        return int(self.clips[np.square(np.minimum(distances, _FAR)).sum(axis=1).argmin()])


def gain_db(mean: Rows, usual: Rows) -> float:
    """How much louder a clip is than usual in most bands, both (n_bands,)."""
    return float(np.median(mean - usual))


def without_gain(row: Rows, gain: float) -> Rows:
    """A portrait (n_columns,) with all levels lower by ``gain``; the rhythm has none."""
    n_levels = n_level_bands(len(row)) * (1 + 2 * len(MOMENT_FRAMES))
    shifted = row.copy()
    shifted[:n_levels] -= np.float32(gain)
    return shifted
