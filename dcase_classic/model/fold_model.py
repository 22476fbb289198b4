"""One fold of a view: what the clips outside it teach about distances from each domain group.

A fold does not hold the rows that its detectors compare new rows with, only where they stand among
those that the view knows: ten folds share nine tenths of theirs. It scales them again whenever
it measures distances, which takes less time than loading ten copies would.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from dcase_classic.config import ViewConfig, build
from dcase_classic.model.detectors import DETECTORS, Detector, with_rows, without_rows
from dcase_classic.model.domain_norm import GroupDistances
from dcase_classic.model.neighbours import nearest_distances
from dcase_classic.model.pooling import Pooling, pool_clips
from dcase_classic.model.scalings import Scaling
from dcase_classic.model.training_rows import KnownRows
from dcase_classic.records import FeatureTable, IndexArray

Rows = NDArray[np.float32]
Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FoldModel:
    """What one fold learned from the clips outside it.

    Attributes
    ----------
    scaling : fitted on the rows that the fold learned from.
    members : for every group, the positions of its rows among those that the view knows.
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
    def fit(
        cls,
        rows: KnownRows,
        learned: IndexArray,
        groups: IndexArray,
        *,
        scaling: Scaling,
        config: ViewConfig,
        seed: int,
    ) -> Self:
        """Learn from some of the rows that a view knows.

        Parameters
        ----------
        rows : all that the view knows.
        learned : array, shape (n_learned,), the positions of those that are learned from.
        groups : array, shape (n_rows,)
            The group that has a detector, or a place, of its own; numbered from 0. Each has rows
            among those that are learned from.
        scaling : fitted on the rows that are learned from.
        """
        n_groups = int(groups.max()) + 1
        members = tuple(learned[groups[learned] == group] for group in range(n_groups))
        known = [scaling.transform(rows.X[of]) for of in members]
        is_shared = config.domains == "centred" and n_groups > 1
        offsets = np.zeros((n_groups, known[0].shape[1]), np.float32)
        if is_shared:
            offsets = np.array([of.mean(axis=0, dtype=np.float64) for of in known], np.float32)
        clips = [rows.clips[of] for of in members]
        sets = _sets(known, offsets, is_shared=is_shared)
        clip_sets = [np.concatenate(clips)] if is_shared else clips
        detectors = [
            _make_detector(config, seed).fit(*of) for of in zip(sets, clip_sets, strict=True)
        ]
        return cls(
            scaling=scaling,
            members=members,
            offsets=offsets,
            detectors=tuple(map(without_rows, detectors)),
        )

    def distances(
        self, blocks: Iterable[FeatureTable], pooling: Pooling, known: Rows
    ) -> GroupDistances:
        """The pooled distances of every clip from every group.

        Parameters
        ----------
        blocks : the rows of the clips, some clips at a time.
        pooling : from the rows of a clip to the clip.
        known : array, shape (n_rows, n_features), all rows that the view knows.
        """
        by_group = [self.scaling.transform(known[of]) for of in self.members]
        is_shared = len(self.detectors) < len(self.members)
        sets = _sets(by_group, self.offsets, is_shared=is_shared)
        detectors = list(map(with_rows, self.detectors, sets)) * (len(by_group) if is_shared else 1)
        own, telling = [], []
        for block in blocks:
            rows = self.scaling.transform(block.X)
            of_groups = [
                -detector.score_samples(rows - offset)
                for detector, offset in zip(detectors, self.offsets, strict=True)
            ]
            own.append(_pooled(of_groups, block, pooling))
            if is_shared:
                nearest = [nearest_distances(rows, of, 1)[:, 0] for of in by_group]
                telling.append(_pooled(nearest, block, pooling))
        return GroupDistances(
            own=np.concatenate(own), telling=np.concatenate(telling) if telling else None
        )


def _sets(by_group: Sequence[Rows], offsets: Rows, *, is_shared: bool) -> list[Rows]:
    """The rows of each detector: those of its group, or those of all at one place."""
    if not is_shared:
        return list(by_group)
    return [np.concatenate([of - offset for of, offset in zip(by_group, offsets, strict=True)])]


def _pooled(columns: Sequence[Scores], table: FeatureTable, pooling: Pooling) -> Scores:
    return np.column_stack([pool_clips(of, table.clip_index, pooling) for of in columns])


def _make_detector(config: ViewConfig, seed: int) -> Detector:
    detector: Detector = build(config.detector, DETECTORS, where=config.name)
    if hasattr(detector, "random_state"):
        detector.random_state = seed
    return detector
