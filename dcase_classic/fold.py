"""One fold of a view: what the clips outside it teach about distances from each domain group.

A fold does not hold the rows that its detectors compare new rows with, only where they stand among
the training rows of the view: ten folds share nine tenths of theirs. It scales them again whenever
it measures distances, which takes less time than loading ten copies would.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from dcase_classic.config import ViewConfig, build
from dcase_classic.detectors import DETECTORS, Detector, with_rows, without_rows
from dcase_classic.domains import GroupDistances
from dcase_classic.neighbours import nearest_distances
from dcase_classic.pooling import Pooling, pool_clips
from dcase_classic.records import FeatureTable, IndexArray
from dcase_classic.seeding import derive_seed
from dcase_classic.whitening import SCALINGS, Scaling

Rows = NDArray[np.float32]
Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Groups:
    """What every clip, or every row, of the training belongs to, arrays (n,) numbered from 0.

    Attributes
    ----------
    detector : the group that has a detector, or a place, of its own.
    domain : the domain.
    centre : the group whose mean the scaling takes off.
    """

    detector: IndexArray
    domain: IndexArray
    centre: IndexArray

    def of_rows(self, clip_index: IndexArray) -> "Groups":
        """Those of the rows of the clips."""
        return Groups(
            detector=self.detector[clip_index],
            domain=self.domain[clip_index],
            centre=self.centre[clip_index],
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FoldModel:
    """What one fold learned from the clips outside it.

    Attributes
    ----------
    scaling : fitted on all rows that the fold learned from.
    members : for every group, the positions among the training rows of those that it knows.
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
        cls, table: FeatureTable, learned: IndexArray, groups: Groups, config: ViewConfig, seed: int
    ) -> Self:
        """Learn from the rows ``learned`` (positions) of the training rows of a view.

        Parameters
        ----------
        table : all training rows of the view.
        groups : of all of them; each detector group has rows among those that are learned from.
        """
        scaling: Scaling = build(config.scaling, SCALINGS, where=config.name)
        scaling.fit(table.X[learned], groups.centre[learned])
        kept = learned[_thin(groups.domain[learned], config.n_rows, seed)]
        n_groups = int(groups.detector.max()) + 1
        members = tuple(kept[groups.detector[kept] == group] for group in range(n_groups))
        known = [scaling.transform(table.X[of]) for of in members]
        is_shared = config.domains == "centred" and n_groups > 1
        offsets = np.zeros((n_groups, known[0].shape[1]), np.float32)
        if is_shared:
            offsets = np.array([rows.mean(axis=0, dtype=np.float64) for rows in known], np.float32)
        clips = [table.clip_index[of] for of in members]
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

    def distances(self, table: FeatureTable, pooling: Pooling, training: Rows) -> GroupDistances:
        """The pooled distances of every clip from every group.

        Parameters
        ----------
        table : the rows of the clips.
        pooling : from the rows of a clip to the clip.
        training : array, shape (n_rows, n_features), all training rows of the view.
        """
        rows = self.scaling.transform(table.X)
        known = [self.scaling.transform(training[of]) for of in self.members]
        is_shared = len(self.detectors) < len(self.members)
        sets = _sets(known, self.offsets, is_shared=is_shared)
        detectors = list(map(with_rows, self.detectors, sets)) * (len(known) if is_shared else 1)
        own = [
            -detector.score_samples(rows - offset)
            for detector, offset in zip(detectors, self.offsets, strict=True)
        ]
        telling = [nearest_distances(rows, of, 1)[:, 0] for of in known] if is_shared else None
        return GroupDistances(
            own=_pooled(own, table, pooling),
            telling=None if telling is None else _pooled(telling, table, pooling),
        )


def _sets(known: Sequence[Rows], offsets: Rows, *, is_shared: bool) -> list[Rows]:
    """The rows of each detector: those of its group, or those of all at one place."""
    placed = [rows - offset for rows, offset in zip(known, offsets, strict=True)]
    return [np.concatenate(placed)] if is_shared else placed


def _pooled(columns: Sequence[Scores], table: FeatureTable, pooling: Pooling) -> Scores:
    return np.column_stack([pool_clips(of, table.clip_index, pooling) for of in columns])


def _make_detector(config: ViewConfig, seed: int) -> Detector:
    detector: Detector = build(config.detector, DETECTORS, where=config.name)
    if hasattr(detector, "random_state"):
        detector.random_state = seed
    return detector


def _thin(domains: IndexArray, n_rows: int, seed: int) -> IndexArray:
    """Positions of at most ``n_rows`` rows, ascending; rows of large domains are left out first.

    What is left out is drawn: rows at equal steps might be the same second of every clip.
    """
    if len(domains) <= n_rows:
        return np.arange(len(domains))
    rng = np.random.default_rng(derive_seed(seed, "thin"))
    kept: list[IndexArray] = []
    _, counts = np.unique(domains, return_counts=True)
    for n_done, domain in enumerate(np.argsort(counts, kind="stable")):
        rows = np.flatnonzero(domains == np.unique(domains)[domain])
        share = (n_rows - sum(map(len, kept))) // (len(counts) - n_done)
        kept.append(rows if len(rows) <= share else rng.choice(rows, share, replace=False))
    return np.sort(np.concatenate(kept))
