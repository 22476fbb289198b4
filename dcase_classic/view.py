"""One view of a machine: scaling and detectors per fold, and the held-out scores they give.

Everything that is fitted is fitted inside the fold, on whole clips. The models of all folds are
kept and averaged: a model refitted on everything would score new clips lower than the held-out
scores that set the threshold.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from dcase_classic.conditions import condition_groups
from dcase_classic.config import ViewConfig, build
from dcase_classic.detectors import DETECTORS
from dcase_classic.domains import DomainNorm, GroupDistances
from dcase_classic.fold_model import FoldModel, KnownRows, OtherRows
from dcase_classic.pooling import POOLINGS, Pooling
from dcase_classic.records import FeatureTable, IndexArray
from dcase_classic.seeding import derive_seed
from dcase_classic.whitening import SCALINGS

Rows = NDArray[np.float32]
Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ViewModel:
    """The fold models of a view with their domain norms, and how segment scores are pooled.

    ``known`` (n_rows, n_features) are the training rows that the fold models refer to.
    """

    pooling: Pooling
    known: Rows
    folds: tuple[tuple[FoldModel, DomainNorm], ...]

    def score(self, table: FeatureTable) -> Scores:
        """The anomaly of every clip, (n_clips,): the mean over the fold models."""
        by_fold = [
            norm.anomaly(model.distances(table, self.pooling, self.known))
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
        table: FeatureTable,
        groups: IndexArray,
        folds: IndexArray,
        *,
        seed: int,
        conditions: IndexArray | None = None,
        others: OtherRows | None = None,
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
        others : rows of other machines and sections with their classes, for a view that asks.
        """
        if conditions is None or self.config.centre == "domain":
            conditions = np.zeros_like(groups)
        domains = groups
        if self.config.domains == "pooled":
            groups = np.zeros_like(groups)
        name = self.config.name
        rows = KnownRows.choose(
            table,
            groups,
            domains=domains,
            n_rows=self.config.n_rows,
            seed=derive_seed(seed, name),
        )
        n_folds = int(folds.max()) + 1
        models = []
        parts = []
        for fold in range(n_folds):
            training, held_out = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
            centres = np.zeros_like(groups)
            centres[training] = condition_groups(groups[training], conditions[training])
            learned = np.flatnonzero(folds[rows.clips] != fold)
            fold_seed = derive_seed(seed, name, str(fold))
            model = FoldModel.fit(
                rows, learned, centres[rows.clips[learned]], self.config, fold_seed, others
            )
            models.append(model)
            parts.append(model.distances(table.select(held_out), self.pooling, rows.X))
        distances = GroupDistances.join(parts, np.argsort(folds, kind="stable"))
        norms, anomaly = _held_out(distances, groups, folds)
        by_fold = tuple(zip(models, norms, strict=True))
        return ViewModel(pooling=self.pooling, known=rows.X, folds=by_fold), anomaly


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
