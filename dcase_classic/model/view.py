"""One view of a machine: scaling and detectors per fold, and the held-out scores they give.

Everything that is fitted is fitted inside the fold, on whole clips. The models of all folds are
kept and averaged: a model refitted on everything would score new clips lower than the held-out
scores that set the threshold.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import TYPE_CHECKING, Self

import numpy as np

from dcase_classic.config.sound import SpectrumConfig
from dcase_classic.config.specs import build
from dcase_classic.config.view import ViewConfig
from dcase_classic.errors import ConfigError
from dcase_classic.model.detectors import DETECTORS
from dcase_classic.model.domain_norm import DomainNorm, GroupDistances
from dcase_classic.model.domain_scale import Votes
from dcase_classic.model.fold_model import FoldModel, FoldRows, ReadyFold
from dcase_classic.model.layout import Layout
from dcase_classic.model.learned import layout_of
from dcase_classic.model.pooling import POOLINGS, Pooling
from dcase_classic.model.references import CentredRows
from dcase_classic.model.row_tables import ClipRows
from dcase_classic.model.scalings import SCALINGS, Scaling
from dcase_classic.model.training_rows import RowsKey, TrainingRows
from dcase_classic.records import IndexArray, Rows, Scores
from dcase_classic.seeding import derive_seed
from dcase_classic.sound.front_end import ViewFeatures

if TYPE_CHECKING:
    from dcase_classic.model.contrast import ContrastRows

ReadyView = Sequence[tuple[ReadyFold, DomainNorm]]  # as `ViewModel.ready` gives it

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
    parts : array, shape (n_parts,)
        The clip that each part was cut from, which is scored beside the clips.
    """

    groups: IndexArray
    folds: IndexArray
    parts: IndexArray = field(default_factory=lambda: np.empty(0, np.intp))

    @property
    def scored_folds(self) -> IndexArray:
        """The fold that scores each clip, and each part behind them: the one that held it out."""
        return np.concatenate((self.folds, self.folds[self.parts]))

    @property
    def fold_numbers(self) -> range:
        """The numbers of the folds."""
        return range(int(self.folds.max()) + 1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ViewScores:
    """What a view says of clips.

    Attributes
    ----------
    anomaly : array, shape (n_clips,)
    votes : array, shape (n_clips, n_groups), how many of its folds take a clip for each domain.
    """

    anomaly: Scores
    votes: Votes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ViewModel:
    """A fitted view.

    Attributes
    ----------
    key : of the training rows that new rows are compared with; it names the features of both.
    pooling : from the scores of segments to that of the clip.
    folds : the model of every fold with the norm of its distances.
    """

    key: RowsKey
    pooling: Pooling
    folds: tuple[tuple[FoldModel, DomainNorm], ...]

    def ready(
        self, training_rows: Rows, *, are_kept: bool = False
    ) -> Iterator[tuple[ReadyFold, DomainNorm]]:
        """The folds, one after the other, with the rows (n_rows, n_features) of the training.

        ``are_kept`` from clip to clip, in little memory, or used for many clips at once.
        """
        rows = CentredRows(training_rows)
        return ((model.ready(rows, is_kept=are_kept), norm) for model, norm in self.folds)

    def score(self, table: ClipRows, folds: Iterable[tuple[ReadyFold, DomainNorm]]) -> ViewScores:
        """The anomaly of every clip, the mean over the fold models, and their votes.

        Parameters
        ----------
        table : the rows of the clips.
        folds : what `ready` gives; kept, it serves from clip to clip.
        """
        blocks = _blocks(table, np.arange(table.n_clips))
        by_fold, told = [], []
        for fold, norm in folds:
            distances = fold.distances(map(table.select, blocks), self.pooling)
            anomaly, groups = norm.anomaly(distances)
            by_fold.append(anomaly)
            told.append(groups)
        # one fold after the other: numpy's mean adds in another order where there is one clip
        total: Scores = reduce(np.add, by_fold)
        votes = np.array(told)[:, :, np.newaxis] == np.arange(distances.own.shape[1])
        return ViewScores(anomaly=total / len(by_fold), votes=votes.sum(axis=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewFitter:
    """A view's settings, checked, ready to be fitted."""

    config: ViewConfig
    key: RowsKey
    pooling: Pooling

    @classmethod
    def from_config(cls, config: ViewConfig, spectrum: SpectrumConfig) -> Self:
        """Check that every part can be built; ``spectrum`` is that of all views.

        Raises
        ------
        ConfigError
            If a part or an option of it is unknown or out of range, a model cannot hold it, or the
            scaling does not use the contrast.
        """
        where = f"view {config.name}"
        fitter = cls(
            config=config,
            key=RowsKey(features=ViewFeatures.from_config(config, spectrum), n_rows=config.n_rows),
            pooling=build(config.pooling, POOLINGS, where=f"{where}: pooling"),
        )
        fitter.layouts()
        uses_contrast = getattr(SCALINGS[config.scaling.kind], "uses_contrast", False)
        if config.contrast != "none" and not uses_contrast:
            expected = "expected none, or a scaling that uses it such as discriminant"
            raise ConfigError(f"{where}: contrast: got {config.contrast!r}, {expected}")
        return fitter

    def layouts(self) -> tuple[Layout, Layout]:
        """How a model holds the scaling and the detector of a fold."""
        config, where = self.config, f"view {self.config.name}"
        scaling = build(config.scaling, SCALINGS, where=f"{where}: scaling")
        detector = build(config.detector, DETECTORS, where=f"{where}: detector")
        return (
            layout_of(config.scaling, scaling, where=where),
            layout_of(config.detector, detector, where=where),
        )

    def fit(
        self,
        table: ClipRows,
        rows: TrainingRows,
        clips: TrainingClips,
        *,
        seed: int,
        contrast: "ContrastRows | None" = None,
    ) -> tuple[ViewModel, Scores]:
        """The fitted view, and the held-out anomaly of all clips and parts, (n_clips + n_parts,).

        Parameters
        ----------
        table : the rows of the training clips, and behind them of the parts.
        rows : those that are learned from; all are scored by the folds that hold them out.
        clips : the groups and the folds of the clips.
        seed : of the detectors that draw random numbers.
        contrast : rows of other sections, for a view that asks.
        """
        if self.config.domains == "pooled":
            clips = replace(clips, groups=np.zeros_like(clips.groups))
        models = []
        parts = []
        scored_folds, centred = clips.scored_folds, CentredRows(rows.X)
        for fold in clips.fold_numbers:
            model = self._fit_fold(_fold_rows(rows, clips, fold), contrast, seed=seed, fold=fold)
            held_out = _blocks(table, np.flatnonzero(scored_folds == fold))
            models.append(model)
            ready = model.ready(centred)
            parts.append(ready.distances(map(table.select, held_out), self.pooling))
        distances = GroupDistances.join(parts, np.argsort(scored_folds, kind="stable"))
        norms, anomaly = _held_out(distances, clips)
        folds = tuple(zip(models, norms, strict=True))
        return ViewModel(key=self.key, pooling=self.pooling, folds=folds), anomaly

    def _fit_fold(
        self, rows: FoldRows, contrast: "ContrastRows | None", *, seed: int, fold: int
    ) -> FoldModel:
        config = self.config
        detector = build(config.detector, DETECTORS, where=config.name)
        detector.seed = derive_seed(seed, config.name, str(fold))
        return FoldModel.fit(
            rows,
            scaling=self._fit_scaling(rows, contrast),
            detector=detector,
            is_shared=config.domains == "centred",
        )

    def _fit_scaling(self, rows: FoldRows, contrast: "ContrastRows | None") -> Scaling:
        """Fitted on the rows of a fold, less the mean of the group of each, and on the contrast."""
        scaling = build(self.config.scaling, SCALINGS, where=self.config.name)
        if contrast is None:
            return scaling.fit(rows.X, rows.groups)
        X = np.concatenate((rows.X, contrast.X))
        return scaling.fit(
            X, np.concatenate((rows.groups, rows.groups.max() + 1 + contrast.classes))
        )


def _fold_rows(rows: TrainingRows, clips: TrainingClips, fold: int) -> FoldRows:
    """The training rows that the model of a fold learns from: those of the clips outside it."""
    positions = np.flatnonzero(clips.folds[rows.clips] != fold)
    return FoldRows(
        X=rows.X[positions],
        positions=positions,
        clips=rows.clips[positions],
        groups=clips.groups[rows.clips[positions]],
    )


def _blocks(table: ClipRows, clips: IndexArray) -> list[IndexArray]:
    """Clips (ascending positions), as many at a time as have rows that fit into a block."""
    n_before = np.cumsum(np.bincount(table.clip_index)[clips])
    blocks = n_before * table.n_features // _VALUES_AT_A_TIME
    return np.split(clips, np.flatnonzero(np.diff(blocks)) + 1)


def _held_out(distances: GroupDistances, clips: TrainingClips) -> tuple[list[DomainNorm], Scores]:
    """The norm of every fold, and the held-out anomaly of every clip and part.

    A fold's norm comes from the held-out distances of the other folds' clips, so that no clip takes
    part in the norm that it is measured by.
    """
    norms = []
    scored_folds = clips.scored_folds
    anomaly = np.empty(len(scored_folds))
    for fold in clips.fold_numbers:
        others, held_out = np.flatnonzero(clips.folds != fold), np.flatnonzero(scored_folds == fold)
        norm = DomainNorm.fit(distances.select(others), clips.groups[others])
        norms.append(norm)
        anomaly[held_out], _ = norm.anomaly(distances.select(held_out))
    return norms, anomaly
