"""One fold of a view: what the clips outside it teach about distances from each domain group.

A fold does not hold the rows that its detectors compare new rows with, only where they stand among
those that the view knows: ten folds share nine tenths of theirs. It scales them again whenever
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
OtherRows = tuple[Rows, IndexArray]  # rows and their classes, numbered from 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KnownRows:
    """The rows that a view learns from.

    Attributes
    ----------
    X : array, shape (n_rows, n_features), float32
    clips : array, shape (n_rows,)
        The training clip of each row.
    groups : array, shape (n_rows,)
        The group that has a detector, or a place, of its own; numbered from 0.
    """

    X: Rows
    clips: IndexArray
    groups: IndexArray

    @classmethod
    def choose(
        cls,
        table: FeatureTable,
        groups: IndexArray,
        *,
        domains: IndexArray,
        n_rows: int,
        seed: int,
    ) -> Self:
        """At most ``n_rows`` of the training rows; small domains keep theirs before large ones do.

        What is left out is drawn: rows at equal steps might be the same second of every clip.

        Parameters
        ----------
        table : the training rows.
        groups, domains : arrays, shape (n_clips,), numbered from 0.
        """
        if len(table.X) <= n_rows:
            return cls(X=table.X, clips=table.clip_index, groups=groups[table.clip_index])
        of_rows = domains[table.clip_index]
        rng = np.random.default_rng(derive_seed(seed, "rows"))
        counts, n_free, parts = np.bincount(of_rows), n_rows, []
        for n_left, domain in zip(range(len(counts), 0, -1), np.argsort(counts), strict=True):
            share = min(int(counts[domain]), n_free // n_left)
            parts.append(rng.choice(np.flatnonzero(of_rows == domain), share, replace=False))
            n_free -= share
        kept = np.sort(np.concatenate(parts))
        clips = table.clip_index[kept]
        return cls(X=table.X[kept], clips=clips, groups=groups[clips])


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
        centres: IndexArray,
        config: ViewConfig,
        seed: int,
        others: OtherRows | None = None,
    ) -> Self:
        """Learn from some of the rows that a view knows.

        Parameters
        ----------
        rows : all that the view knows; each group has some among those that are learned from.
        learned : array, shape (n_learned,), the positions of those that are learned from.
        centres : array, shape (n_learned,)
            The group whose mean the scaling takes off each of them.
        others : rows of other machines and sections that the scaling tells these from.
        """
        scaling: Scaling = build(config.scaling, SCALINGS, where=config.name)
        X, classes = rows.X[learned], np.unique(centres, return_inverse=True)[1]  # without gaps
        if others is not None:
            X = np.concatenate((X, others[0]))
            classes = np.concatenate((classes, classes.max() + 1 + others[1]))
        scaling.fit(X, classes)
        n_groups = int(rows.groups.max()) + 1
        members = tuple(learned[rows.groups[learned] == group] for group in range(n_groups))
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

    def distances(self, table: FeatureTable, pooling: Pooling, known: Rows) -> GroupDistances:
        """The pooled distances of every clip from every group.

        Parameters
        ----------
        table : the rows of the clips.
        pooling : from the rows of a clip to the clip.
        known : array, shape (n_rows, n_features), all rows that the view knows.
        """
        rows = self.scaling.transform(table.X)
        by_group = [self.scaling.transform(known[of]) for of in self.members]
        is_shared = len(self.detectors) < len(self.members)
        sets = _sets(by_group, self.offsets, is_shared=is_shared)
        detectors = list(map(with_rows, self.detectors, sets)) * (len(by_group) if is_shared else 1)
        own = [
            -detector.score_samples(rows - offset)
            for detector, offset in zip(detectors, self.offsets, strict=True)
        ]
        telling = [nearest_distances(rows, of, 1)[:, 0] for of in by_group] if is_shared else None
        return GroupDistances(
            own=_pooled(own, table, pooling),
            telling=None if telling is None else _pooled(telling, table, pooling),
        )


def _sets(by_group: Sequence[Rows], offsets: Rows, *, is_shared: bool) -> list[Rows]:
    """The rows of each detector: those of its group, or those of all at one place."""
    placed = [rows - offset for rows, offset in zip(by_group, offsets, strict=True)]
    return [np.concatenate(placed)] if is_shared else placed


def _pooled(columns: Sequence[Scores], table: FeatureTable, pooling: Pooling) -> Scores:
    return np.column_stack([pool_clips(of, table.clip_index, pooling) for of in columns])


def _make_detector(config: ViewConfig, seed: int) -> Detector:
    detector: Detector = build(config.detector, DETECTORS, where=config.name)
    if hasattr(detector, "random_state"):
        detector.random_state = seed
    return detector
