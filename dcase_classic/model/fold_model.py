"""One fold of a view: what the clips outside it teach about distances from each domain group.

A fold does not hold the rows that its detectors compare new rows with, only where they stand among
the training rows of the view: ten folds share nine tenths of theirs. See `references` for how they
are scaled when distances are measured.
"""

from collections.abc import Callable, Iterable, Sequence, Sized
from copy import copy
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from dcase_classic.model.check_rows import check_one_each
from dcase_classic.model.detector import Detector
from dcase_classic.model.domain_norm import GroupDistances
from dcase_classic.model.neighbours import nearest_of_groups
from dcase_classic.model.pooling import Pooling, pool_clips
from dcase_classic.model.references import CentredRows, References, StoredRows, scaled_references
from dcase_classic.model.row_tables import FeatureTable
from dcase_classic.model.scalings import Scaling, transform_training
from dcase_classic.records import IndexArray, Rows


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FoldRows:
    """The rows that a fold learns from.

    Attributes
    ----------
    X : array, shape (n_rows, n_features), float32
    positions : array, shape (n_rows,), where each row stands among the training rows of the view.
    clips : array, shape (n_rows,), the training clip of each row.
    groups : array, shape (n_rows,)
        The group of each row, numbered from 0 without gaps.
    """

    X: Rows
    positions: IndexArray
    clips: IndexArray
    groups: IndexArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FoldModel:
    """What one fold learned from the clips outside it.

    Attributes
    ----------
    scaling : fitted on the rows that the fold learned from.
    members : for every group, the positions of its rows among the training rows of the view.
    offsets : array, shape (n_groups, n_components)
        Subtracted from a row before it is scored as a member of the group; zeros where the
        detector of a group knows its place itself.
    detectors : one per group, or a single one that all groups share, without their rows. A shared
        one cannot tell which group a clip resembles; the nearest member of each group can.
    """

    scaling: Scaling
    members: tuple[IndexArray, ...]
    offsets: Rows
    detectors: tuple[Detector, ...]

    @classmethod
    def fit(cls, rows: FoldRows, *, scaling: Scaling, detector: Detector, is_shared: bool) -> Self:
        """Learn from the rows of the clips outside the fold.

        Parameters
        ----------
        rows : what is learned from.
        scaling : fitted on these rows.
        detector : not fitted yet; every group gets a copy of it.
        is_shared : one detector of all rows, less the mean of their own group, serves all groups.
        """
        n_groups = int(rows.groups.max()) + 1
        is_shared = is_shared and n_groups > 1
        members = [np.flatnonzero(rows.groups == group) for group in range(n_groups)]
        by_group = [transform_training(scaling, rows.X[positions]) for positions in members]
        for X, positions in zip(by_group, members, strict=True):
            _check_scaled(X, positions, scaling)
        offsets = np.zeros((n_groups, by_group[0].shape[1]), np.float32)
        if is_shared:
            offsets = np.array([X.mean(axis=0, dtype=np.float64) for X in by_group], np.float32)
        clips = [rows.clips[positions] for positions in members]
        if is_shared:
            clips = [np.concatenate(clips)]
        training = zip(_sets(by_group, offsets, is_shared=is_shared), clips, strict=True)
        return cls(
            scaling=scaling,
            members=tuple(_as_small(rows.positions[positions]) for positions in members),
            offsets=offsets,
            detectors=tuple(_fitted(detector, X, clip).without_rows() for X, clip in training),
        )

    @property
    def is_shared(self) -> bool:
        """Whether one detector serves all groups."""
        return len(self.detectors) < len(self.members)

    @property
    def keeps_rows(self) -> bool:
        """Whether detectors compare new rows with those that they learned from."""
        return any(detector.keeps_rows for detector in self.detectors)

    @property
    def sizes(self) -> list[int]:
        """How many rows each group has."""
        return [len(members) for members in self.members]

    def ready(self, rows: CentredRows, *, is_kept: bool = False) -> "ReadyFold":
        """The fold with the training rows of its view, which measures distances.

        ``is_kept`` from clip to clip or, as `scaled_references` has it, used for many at once.
        """
        groups = (np.concatenate(self.members),) if self.is_shared else self.members
        if not (self.is_shared or self.keeps_rows):
            groups = ()
        references = tuple(
            scaled_references(self.scaling, rows, members, are_kept=is_kept) for members in groups
        )
        return ReadyFold(model=self, references=references)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReadyFold:
    """A fold that measures distances; it holds little more than the rows that all folds share.

    Attributes
    ----------
    model : what the fold has learned.
    references : give its members: of each group, or of all one after the other where the detector
        is shared; nothing where none are needed.
    """

    model: FoldModel
    references: tuple[Callable[[], References], ...]

    def distances(self, blocks: Iterable[FeatureTable], pooling: Pooling) -> GroupDistances:
        """The pooled distances of every clip from every group.

        Parameters
        ----------
        blocks : the rows of the clips, some clips at a time.
        pooling : from the rows of a clip to the clip.
        """
        model = self.model
        references = [scaled() for scaled in self.references]
        detectors = self._detectors(references)
        own, nearest = [], []
        for block in blocks:
            rows = model.scaling.transform(block.X)
            _check_scaled(rows, block.X, model.scaling)
            if model.is_shared:
                normality = detectors[0].score_samples_from(rows, model.offsets)
                to_members = nearest_of_groups(rows, references[0], model.sizes)
                nearest.append(pool_clips(to_members, block.clip_index, pooling).T)
            else:
                normality = [detector.score_samples(rows) for detector in detectors]
                for detector, scores in zip(detectors, normality, strict=True):
                    what = f"score_samples of {type(detector).__name__}"
                    check_one_each(scores, len(rows), what=what)
            own.append(pool_clips(-np.array(normality), block.clip_index, pooling).T)
        return GroupDistances(
            own=np.concatenate(own), nearest=np.concatenate(nearest) if nearest else None
        )

    def _detectors(self, references: Sequence[References]) -> Sequence[Detector]:
        """The detectors, with the rows of those that keep them."""
        model = self.model
        if not model.keeps_rows:
            return model.detectors
        if model.is_shared:
            X = references[0].take(np.arange(len(references[0])))
            by_group = np.split(X, np.cumsum(model.sizes)[:-1])
            references = [StoredRows(own) for own in _sets(by_group, model.offsets, is_shared=True)]
        pairs = zip(model.detectors, references, strict=True)
        return [detector.with_rows(own) for detector, own in pairs]


def _fitted(detector: Detector, X: Rows, clips: IndexArray) -> Detector:
    """A copy of a detector that has learned; what its ``fit`` gives back does not matter."""
    own = copy(detector)
    own.fit(X, clips)
    return own


def _check_scaled(X: Rows, rows: Sized, scaling: Scaling) -> None:
    what = f"transform of {type(scaling).__name__}"
    check_one_each(X, len(rows), what=what, n_axes=2)


def _as_small(positions: IndexArray) -> NDArray[np.signedinteger]:
    """Positions of rows as a model holds them, in two bytes where these will do."""
    is_small = int(positions.max()) <= np.iinfo(np.int16).max
    return positions.astype(np.int16 if is_small else np.int32)


def _sets(by_group: Sequence[Rows], offsets: Rows, *, is_shared: bool) -> list[Rows]:
    """The rows of each detector: those of its group, or those of all at one place."""
    if not is_shared:
        return list(by_group)
    return [np.concatenate([X - offset for X, offset in zip(by_group, offsets, strict=True)])]
