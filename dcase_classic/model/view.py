"""One view of a machine: scaling and detectors per fold, and the held-out scores they give.

Everything that is fitted is fitted inside the fold, on whole clips. The models of all folds are
kept and averaged: a model refitted on everything would score new clips lower than the held-out
scores that set the threshold.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from dcase_classic.config import ViewConfig, build
from dcase_classic.model.conditions import condition_groups
from dcase_classic.model.detectors import DETECTORS
from dcase_classic.model.domain_norm import DomainNorm, GroupDistances
from dcase_classic.model.fold_model import FoldModel
from dcase_classic.model.pooling import POOLINGS, Pooling
from dcase_classic.model.scalings import SCALINGS, Scaling
from dcase_classic.model.training_rows import KnownRows
from dcase_classic.records import ClipRows, FeatureTable, IndexArray
from dcase_classic.seeding import derive_seed

Rows = NDArray[np.float32]
Scores = NDArray[np.float64]
OtherRows = tuple[Rows, IndexArray]  # rows and their classes, numbered from 0

_VALUES_AT_A_TIME = 2**18  # of rows that are scored: 1 MB


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrainingClips:
    """How the training clips of a machine are grouped.

    Attributes
    ----------
    groups : array, shape (n_clips,)
        The domain of every clip, numbered from 0; each group has clips in two folds or more.
    folds : array, shape (n_clips,)
        The fold that holds each clip out, numbered from 0.
    conditions : array, shape (n_clips,), or None
        The attribute group of every clip, numbered from 0, where it is known.
    """

    groups: IndexArray
    folds: IndexArray
    conditions: IndexArray | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ViewModel:
    """The fold models of a view with their domain norms, and how segment scores are pooled."""

    pooling: Pooling
    folds: tuple[tuple[FoldModel, DomainNorm], ...]

    def score(self, table: ClipRows, known: Rows) -> Scores:
        """The anomaly of every clip, (n_clips,): the mean over the fold models.

        Parameters
        ----------
        table : the rows of the clips.
        known : array, shape (n_rows, n_features), the training rows of `ViewFitter.fit`.
        """
        clips = np.arange(table.n_clips)
        by_fold = [
            norm.anomaly(model.distances(_blocks(table, clips), self.pooling, known))
            for model, norm in self.folds
        ]
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
        table: ClipRows,
        known: KnownRows,
        clips: TrainingClips,
        *,
        seed: int,
        others: OtherRows | None = None,
    ) -> tuple[ViewModel, Scores]:
        """The fitted view, and the held-out anomaly of every training clip, (n_clips,).

        Parameters
        ----------
        table : the rows of the training clips.
        known : those that are learned from; all are scored by the folds that hold them out.
        clips : the groups and the folds of the clips.
        seed : of the detectors that draw random numbers.
        others : rows of other machines and sections with their classes, for a view that asks.
        """
        groups, folds = clips.groups, clips.folds
        conditions = clips.conditions
        if conditions is None or self.config.centre == "domain":
            conditions = np.zeros_like(groups)
        if self.config.domains == "pooled":
            groups = np.zeros_like(groups)
        models = []
        parts = []
        for fold in range(int(folds.max()) + 1):
            training, held_out = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
            centres = np.zeros_like(groups)
            centres[training] = condition_groups(groups[training], conditions[training])
            learned = np.flatnonzero(folds[known.clips] != fold)
            scaling = self._fit_scaling(known.X[learned], centres[known.clips[learned]], others)
            model = FoldModel.fit(
                known,
                learned,
                groups[known.clips],
                scaling=scaling,
                config=self.config,
                seed=derive_seed(seed, self.config.name, str(fold)),
            )
            models.append(model)
            parts.append(model.distances(_blocks(table, held_out), self.pooling, known.X))
        distances = GroupDistances.join(parts, np.argsort(folds, kind="stable"))
        norms, anomaly = _held_out(distances, groups, folds)
        by_fold = tuple(zip(models, norms, strict=True))
        return ViewModel(pooling=self.pooling, folds=by_fold), anomaly

    def _fit_scaling(self, X: Rows, centres: IndexArray, others: OtherRows | None) -> Scaling:
        """Fitted on rows (n_rows, n_features), less the mean of the group (n_rows,) of each."""
        classes = np.unique(centres, return_inverse=True)[1]  # without gaps
        if others is not None:
            X = np.concatenate((X, others[0]))
            classes = np.concatenate((classes, classes.max() + 1 + others[1]))
        scaling: Scaling = build(self.config.scaling, SCALINGS, where=self.config.name)
        return scaling.fit(X, classes)


def _blocks(table: ClipRows, clips: IndexArray) -> Iterator[FeatureTable]:
    """The rows of some clips (ascending positions), as many clips at a time as fit into a block."""
    n_before = np.cumsum(np.bincount(table.clip_index)[clips])
    block = n_before * table.n_features // _VALUES_AT_A_TIME
    for of_block in np.unique(block):
        yield table.select(clips[block == of_block])


def _held_out(
    distances: GroupDistances, groups: IndexArray, folds: IndexArray
) -> tuple[list[DomainNorm], Scores]:
    """The norm of every fold, and the held-out anomaly of every clip, (n_clips,).

    A fold's norm comes from the held-out distances of the other folds' clips, so that no clip takes
    part in the norm that it is measured by.
    """
    norms = []
    anomaly = np.empty(len(folds))
    for fold in range(int(folds.max()) + 1):
        others, held_out = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        norm = DomainNorm.fit(distances.select(others), groups[others])
        norms.append(norm)
        anomaly[held_out] = norm.anomaly(distances.select(held_out))
    return norms, anomaly
