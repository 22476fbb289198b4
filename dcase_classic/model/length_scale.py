"""What a shorter clip does to the scores of every view, and how it is taken back.

Statistics over less sound scatter more, so that a clip that was cut short looks odd whatever it
holds. Parts of training clips, scored by the folds that held these out, show by how much.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from dcase_classic.errors import DataError
from dcase_classic.model.fusion import RobustScale
from dcase_classic.model.row_tables import ChosenRows, ClipRows
from dcase_classic.records import IndexArray, Rows, Scores
from dcase_classic.sound.clip_format import FormatCheck
from dcase_classic.sound.front_end import ViewFeatures

PART_SHARE = 2 / 3  # of their length, that training clips are cut to
_REFUSED_SHARE = 0.5  # a shorter clip has no score: what it lacks cannot be estimated
_FLAGGED_SHARE = PART_SHARE - 0.001  # files are cut to whole samples
_LENGTH_QUANTILES = (0.1, 0.9)  # a single odd clip of training changes nothing
_SMALLEST_SPREAD = 0.5  # of that at full length: shorter clips do not scatter less


@dataclass(frozen=True, slots=True, kw_only=True)
class LengthRange:
    """The length in seconds that nine of ten training clips reach, and that nine do not exceed."""

    shortest_s: float
    longest_s: float

    @classmethod
    def fit(cls, durations_s: Scores) -> Self:
        """Learn from the lengths of training clips (n_clips,)."""
        # lengths that were recorded: between two of them lies one that nobody has heard
        shortest_s, longest_s = np.quantile(durations_s, _LENGTH_QUANTILES, method="nearest")
        return cls(shortest_s=float(shortest_s), longest_s=float(longest_s))

    def check(self, duration_s: float) -> FormatCheck:
        """Whether a clip is too short for a score, or so short that it is named."""
        share = duration_s / self.shortest_s
        lengths = f"{duration_s:.2f} s long instead of {self.shortest_s:.2f} s"
        if share < _REFUSED_SHARE:
            error = DataError(f"too short, {lengths}", advice="record as long as in training")
            return FormatCheck(refusal=error, flags=())
        return FormatCheck(refusal=None, flags=(lengths,) if share < _FLAGGED_SHARE else ())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrainingParts:
    """Rows of parts of training clips.

    Attributes
    ----------
    tables : the rows of the parts by what they hold.
    clips : array, shape (n_parts,), the training clip that each was cut from.
    """

    tables: Mapping[ViewFeatures, ClipRows]
    clips: IndexArray

    def behind(self, tables: Mapping[ViewFeatures, ClipRows]) -> dict[ViewFeatures, ClipRows]:
        """The rows of the clips, and behind them those of the parts."""
        return {
            features: _with_parts(tables[features], parts)
            for features, parts in self.tables.items()
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LengthScale:
    """Median and spread of the held-out scores of every view at two lengths.

    Attributes
    ----------
    whole, part : at the full length, and at `PART_SHARE` of it.
    """

    whole: RobustScale
    part: RobustScale

    @classmethod
    def fit(cls, whole: Scores, part: Scores) -> Self:
        """Learn from the scores (n_clips, n_views) of the same clips at both lengths."""
        return cls(whole=RobustScale.fit(whole), part=RobustScale.fit(part))

    def transform(self, scores: Scores, shares: Scores) -> Scores:
        """The scores (n_clips, n_views) that whole clips would have.

        Median and spread are linear in 1 / length.

        Parameters
        ----------
        scores : array, shape (n_clips, n_views)
        shares : array, shape (n_clips,)
            Length of each clip over that of the training clips; longer ones stay as they are.
        """
        steps = (1 / np.minimum(shares, 1.0) - 1) / (1 / PART_SHARE - 1)  # 0 whole, 1 part
        weights = steps[:, np.newaxis]
        median = self.whole.median + weights * (self.part.median - self.whole.median)
        spread = self.whole.spread + weights * (self.part.spread - self.whole.spread)
        spread = np.maximum(spread, _SMALLEST_SPREAD * self.whole.spread)
        scaled = (scores - median) / spread * self.whole.spread + self.whole.median
        return np.where(weights > 0, scaled, scores)


def _with_parts(clips: ClipRows, parts: ClipRows) -> ClipRows:
    """The rows of clips and parts; these are numbered as clips behind the last."""
    clip_index = np.concatenate((clips.clip_index, clips.n_clips + parts.clip_index))
    source = _OneBehindOther(clips=clips, parts=parts)
    return ChosenRows(source=source, rows=np.arange(len(clip_index)), clip_index=clip_index)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _OneBehindOther:
    """The rows of clips, and behind them those of parts."""

    clips: ClipRows
    parts: ClipRows

    @property
    def n_features(self) -> int:
        """Number of columns."""
        return self.clips.n_features

    def take(self, rows: IndexArray) -> Rows:
        """Some rows, (n, n_features), by their ascending positions."""
        n_rows = len(self.clips.clip_index)
        split = int(np.searchsorted(rows, n_rows))
        return np.concatenate(
            (self.clips.take(rows[:split]), self.parts.take(rows[split:] - n_rows))
        )
