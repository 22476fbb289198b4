"""One view of a machine: scaling and detectors per fold, and the held-out scores they give.

Everything that is fitted is fitted inside the fold, on whole clips. The models of all folds are
kept and averaged: a model refitted on everything would score new clips lower than the held-out
scores that set the threshold.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Self

import numpy as np
from numpy.typing import NDArray

from dcase_classic.conditions import condition_groups
from dcase_classic.config import ViewConfig, build
from dcase_classic.detectors import DETECTORS, Detector, NearestNeighbours
from dcase_classic.domains import DomainNorm, GroupDistances
from dcase_classic.pooling import POOLINGS, Pooling, pool_clips
from dcase_classic.records import FeatureTable, IndexArray
from dcase_classic.seeding import derive_seed
from dcase_classic.whitening import SCALINGS, Scaling, centre_groups, group_means

Rows = NDArray[np.float32]
Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FoldModel:
    """What one fold learned from the clips outside it.

    Attributes
    ----------
    scaling : fitted on the fold's training rows.
    detectors : one per domain group, or a single one that all groups share.
    offsets : array, shape (n_groups, n_components)
        Subtracted from a row before it is scored as a member of the group; zeros where the
        detector of a group knows its place itself.
    neighbours : per group, or empty
        Nearest neighbours that tell which group a clip resembles, where the detectors share one
        shape and cannot tell.
    """

    scaling: Scaling
    detectors: tuple[Detector, ...]
    offsets: Rows
    neighbours: tuple[Detector, ...]

    def distances(self, table: FeatureTable, pooling: Pooling) -> GroupDistances:
        """The pooled distances of every clip from every group."""
        rows = self.scaling.transform(table.X)

        def pooled(detectors: Sequence[Detector], rows_by_detector: Iterable[Rows]) -> Scores:
            scores = [
                pool_clips(-detector.score_samples(rows), table.clip_index, pooling)
                for detector, rows in zip(detectors, rows_by_detector, strict=True)
            ]
            return np.column_stack(scores)

        n_repeats = len(self.offsets) // len(self.detectors)
        own = pooled(self.detectors * n_repeats, (rows - offset for offset in self.offsets))
        if not self.neighbours:
            return GroupDistances(own=own, telling=None)
        return GroupDistances(own=own, telling=pooled(self.neighbours, repeat(rows, len(own.T))))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ViewModel:
    """The fold models of a view with their domain norms, and how segment scores are pooled."""

    pooling: Pooling
    folds: tuple[tuple[FoldModel, DomainNorm], ...]

    def score(self, table: FeatureTable) -> Scores:
        """The anomaly of every clip, (n_clips,): the mean over the fold models."""
        by_fold = [norm.anomaly(model.distances(table, self.pooling)) for model, norm in self.folds]
        mean: Scores = np.mean(by_fold, axis=0)
        return mean


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewFitter:
    """A view's settings, checked, ready to be fitted."""

    config: ViewConfig
    pooling: Pooling

    @classmethod
    def from_config(cls, config: ViewConfig) -> Self:
        """Check that every part can be built.

        Raises
        ------
        ConfigError
            If a part or an option of it is unknown or out of range.
        """
        where = f"view {config.name}"
        build(config.scaling, SCALINGS, where=f"{where}: scaling")
        build(config.detector, DETECTORS, where=f"{where}: detector")
        pooling: Pooling = build(config.pooling, POOLINGS, where=f"{where}: pooling")
        return cls(config=config, pooling=pooling)

    def fit(
        self,
        table: FeatureTable,
        groups: IndexArray,
        folds: IndexArray,
        *,
        seed: int,
        conditions: IndexArray | None = None,
    ) -> tuple[ViewModel, Scores]:
        """The fitted view, and the held-out anomaly of every training clip, (n_clips,).

        Parameters
        ----------
        table : the training rows.
        groups : array, shape (n_clips,)
            The domain of every clip, numbered from 0; each group has clips in two folds or more.
        folds : array, shape (n_clips,)
            The fold that holds each clip out, numbered from 0.
        seed : of the detectors that draw random numbers.
        conditions : array, shape (n_clips,), or None
            The attribute group of every clip, numbered from 0, where it is known.
        """
        if conditions is None or self.config.centre == "domain":
            conditions = np.zeros_like(groups)
        if self.config.domains == "pooled":
            groups = np.zeros_like(groups)
        n_folds = int(folds.max()) + 1
        models = []
        parts = []
        for fold in range(n_folds):
            training, held_out = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
            fold_seed = derive_seed(seed, self.config.name, str(fold))
            centres = condition_groups(groups[training], conditions[training])
            model = self._fit_fold(table.select(training), groups[training], centres, fold_seed)
            models.append(model)
            parts.append(model.distances(table.select(held_out), self.pooling))
        distances = GroupDistances.join(parts, np.argsort(folds, kind="stable"))

        norms = []
        anomaly = np.empty(table.n_clips)
        for fold in range(n_folds):
            # A fold's norm comes from the held-out distances of the other folds' clips, so that
            # no clip takes part in the norm that it is measured by.
            others, held_out = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
            norm = DomainNorm.fit(distances.select(others), groups[others])
            norms.append(norm)
            anomaly[held_out] = norm.anomaly(distances.select(held_out))
        view = ViewModel(pooling=self.pooling, folds=tuple(zip(models, norms, strict=True)))
        return view, anomaly

    def _fit_fold(
        self, table: FeatureTable, groups: IndexArray, centres: IndexArray, seed: int
    ) -> FoldModel:
        """Scaling and detectors from training rows, and the groups and centres of clips."""
        row_groups = groups[table.clip_index]
        scaling: Scaling = build(self.config.scaling, SCALINGS, where=self.config.name)
        rows = scaling.fit(table.X, centres[table.clip_index]).transform(table.X)
        n_groups = int(groups.max()) + 1
        members = [row_groups == group for group in range(n_groups)]
        offsets = np.zeros((n_groups, rows.shape[1]), np.float32)
        neighbours: tuple[Detector, ...] = ()
        if self.config.domains == "centred" and n_groups > 1:
            offsets = group_means(rows, row_groups)
            neighbours = tuple(NearestNeighbours().fit(rows[of_group]) for of_group in members)
            rows = centre_groups(rows, row_groups)
            members = [np.ones(len(rows), dtype=bool)]
        return FoldModel(
            scaling=scaling,
            detectors=tuple(
                self._make_detector(seed).fit(rows[of_group], table.clip_index[of_group])
                for of_group in members
            ),
            offsets=offsets,
            neighbours=neighbours,
        )

    def _make_detector(self, seed: int) -> Detector:
        detector: Detector = build(self.config.detector, DETECTORS, where=self.config.name)
        if hasattr(detector, "random_state"):
            detector.random_state = seed
        return detector
