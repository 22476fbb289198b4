"""Tables of feature rows of several clips, in memory or where they are read from."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from dcase_classic.records import IndexArray, Rows


class RowSource(Protocol):
    """Whatever gives rows by their positions: a file, or a table of more clips."""

    @property
    def n_features(self) -> int:
        """Number of columns."""
        ...

    def take(self, rows: IndexArray) -> Rows:
        """Some rows, (n, n_features), by their ascending positions."""
        ...


class ClipRows(ABC):
    """Feature rows of several clips, ordered by clip, in memory (`FeatureTable`) or elsewhere.

    Attributes
    ----------
    clip_index : array, shape (n_rows,)
        The position of each row's clip; ascending, every clip from 0 on has at least one row.
    """

    __slots__ = ()
    clip_index: IndexArray

    @property
    @abstractmethod
    def n_features(self) -> int:
        """Number of columns."""

    @abstractmethod
    def take(self, rows: IndexArray) -> Rows:
        """Some rows, (n, n_features), by their ascending positions."""

    @property
    def n_clips(self) -> int:
        """Number of clips that the rows belong to."""
        return int(self.clip_index[-1]) + 1

    def select(self, clips: IndexArray) -> "FeatureTable":
        """Rows of the clips in ``clips`` (ascending positions), renumbered from 0."""
        rows, clip_index = rows_of_clips(self.clip_index, clips)
        return FeatureTable(X=self.take(rows), clip_index=clip_index)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FeatureTable(ClipRows):
    """Feature rows of several clips in memory, ordered by clip.

    Attributes
    ----------
    X : array, shape (n_rows, n_features), float32
    clip_index : as of `ClipRows`.
    """

    X: Rows
    clip_index: IndexArray

    def __post_init__(self) -> None:
        """Check that rows and clips agree."""
        steps = np.diff(self.clip_index)
        is_ordered = self.clip_index.size > 0 and self.clip_index[0] == 0
        if not is_ordered or steps.min(initial=0) < 0 or steps.max(initial=0) > 1:
            raise ValueError(
                "clip_index: expected 0 .. n_clips - 1 in ascending order, none left out"
            )
        if self.X.ndim != 2 or len(self.X) != len(self.clip_index):
            raise ValueError(
                f"X: got shape {self.X.shape}, expected ({len(self.clip_index)}, n_features)"
            )

    @classmethod
    def from_clips(cls, rows: Sequence[Rows]) -> "FeatureTable":
        """The rows of clips, each (n, n_features), one clip after the other."""
        numbers = np.repeat(np.arange(len(rows)), [len(own) for own in rows])
        return cls(X=np.concatenate(rows), clip_index=numbers)

    @property
    def n_features(self) -> int:
        """Number of columns."""
        return int(self.X.shape[1])

    def take(self, rows: IndexArray) -> Rows:
        """Some rows, (n, n_features), by their ascending positions."""
        return self.X[rows]

    def select(self, clips: IndexArray) -> "FeatureTable":
        """Rows of the clips in ``clips`` (ascending positions), renumbered from 0."""
        return self if len(clips) == self.n_clips else ClipRows.select(self, clips)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChosenRows(ClipRows):
    """`ClipRows` of some clips that stay where they are; what is taken or selected is read.

    Attributes
    ----------
    source : where the rows are.
    rows : array, shape (n_rows,), their positions there, ascending.
    clip_index : as of `ClipRows`.
    """

    source: RowSource
    rows: IndexArray
    clip_index: IndexArray

    @classmethod
    def from_clips(
        cls, source: RowSource, clip_index: IndexArray, clips: IndexArray
    ) -> "ChosenRows":
        """The rows of some clips; as `rows_of_clips`, ``clip_index`` is that of the source."""
        rows, chosen_index = rows_of_clips(clip_index, clips)
        return cls(source=source, rows=rows, clip_index=chosen_index)

    @property
    def n_features(self) -> int:
        """Number of columns."""
        return self.source.n_features

    def take(self, rows: IndexArray) -> Rows:
        """Some rows, (n, n_features), by their ascending positions."""
        return self.source.take(self.rows[rows])


def rows_of_clips(clip_index: IndexArray, clips: IndexArray) -> tuple[IndexArray, IndexArray]:
    """Where the rows of some clips stand, and the clip of each, renumbered from 0.

    Parameters
    ----------
    clip_index : array, shape (n_rows,), the position of each row's clip, ascending.
    clips : array, shape (n_clips,), ascending positions.
    """
    renumbered = np.full(int(clip_index[-1]) + 1, -1, dtype=np.intp)
    renumbered[clips] = np.arange(len(clips))
    row_clips = renumbered[clip_index]
    rows = np.flatnonzero(row_clips >= 0)
    return rows, row_clips[rows]
