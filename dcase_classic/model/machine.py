"""The model of one machine and section: views, domains, fusion and threshold meet here.

Above this module a higher score is more anomalous. The threshold is fitted to the held-out scores
of whole training clips and to nothing else: thresholds on in-sample scores are meaningless
(nominally 10 % false alarms become 51 to 100 % for mixtures and nearest neighbours).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from dcase_classic.config import Config, build
from dcase_classic.errors import ConfigError
from dcase_classic.model.conditions import number_conditions
from dcase_classic.model.contrast import Contrast
from dcase_classic.model.folds import make_folds
from dcase_classic.model.fusion import FUSIONS, Fusion, FusionModel
from dcase_classic.model.thresholds import THRESHOLDS, Threshold, conformal_p_values
from dcase_classic.model.training_rows import KnownRows
from dcase_classic.model.view import OtherRows, TrainingClips, ViewFitter, ViewModel
from dcase_classic.outcomes import DomainAlarms
from dcase_classic.records import ClipRows, Domain, IndexArray
from dcase_classic.seeding import derive_seed

Rows = NDArray[np.float32]
Scores = NDArray[np.float64]

# A domain of fewer clips has no held-out clips to be measured by; it joins the largest domain.
_SMALLEST_DOMAIN_CLIPS = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MachineModel:
    """A fitted machine and section.

    Attributes
    ----------
    views : one fitted view for each view of the settings.
    known : training rows, arrays of shape (n_rows, n_features); views of equal features share one.
    known_index : for each view, which of them it compares new rows with.
    fusion : from view scores to the anomaly score.
    threshold : a clip with a greater anomaly score is decided to be an anomaly.
    held_out_scores : array, shape (n_clips,)
        Anomaly scores of the training clips by the folds that did not see them, in the order of
        training.
    alarms : the false alarms among the held-out clips, by domain.
    """

    views: tuple[ViewModel, ...]
    known: tuple[Rows, ...]
    known_index: tuple[int, ...]
    fusion: FusionModel
    threshold: float
    held_out_scores: Scores
    alarms: tuple[DomainAlarms, ...]

    def score(self, tables: Sequence[ClipRows]) -> Scores:
        """Anomaly scores (n_clips,), from the tables of the front end: one for each view first."""
        of_views = tables[: len(self.views)]
        parts = zip(self.views, of_views, self.known_index, strict=True)
        scores = [view.score(table, self.known[index]) for view, table, index in parts]
        return self.fusion.fuse(np.column_stack(scores))

    def decide(self, anomaly_scores: Scores) -> NDArray[np.bool_]:
        """True for each anomaly, (n_clips,)."""
        return np.asarray(anomaly_scores > self.threshold)

    def p_values(self, anomaly_scores: Scores) -> Scores:
        """Conformal p-values (n_clips,), small for anomalies; see `conformal_p_values`.

        Raises
        ------
        ValueError
            If a score is not finite.
        """
        return conformal_p_values(self.held_out_scores, anomaly_scores)


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineFitter:
    """The settings of a machine model, checked, ready to be fitted."""

    config: Config
    views: tuple[ViewFitter, ...]
    fusion: Fusion
    threshold: Threshold

    @classmethod
    def from_config(cls, config: Config) -> Self:
        """Check that every part that the settings name can be built.

        Raises
        ------
        ConfigError
            If a part or an option of it is unknown or out of range.
        """
        fusion: Fusion = build(config.fusion, FUSIONS, where="fusion")
        try:
            fusion.weights([view.group for view in config.views], peakiness=0.0)
        except ValueError as error:
            raise ConfigError(f"fusion: {error}") from error
        return cls(
            config=config,
            views=tuple(ViewFitter.from_config(view) for view in config.views),
            fusion=fusion,
            threshold=build(config.threshold, THRESHOLDS, where="threshold"),
        )

    def fit(
        self,
        tables: Sequence[ClipRows],
        domains: Sequence[Domain | None],
        *,
        name: str,
        attributes: Sequence[str] | None = None,
        contrast: Contrast | None = None,
    ) -> MachineModel:
        """Fit all views on the normal clips of one machine and section.

        Parameters
        ----------
        tables : the training rows, one table for each view, then that of the level kurtosis if the
            fusion needs it.
        domains : the domain of every clip, where it is known.
        attributes : the operating condition of every clip; equal texts are equal conditions.
        contrast : clips of other machines and sections, for the views that ask for them.
        name : of machine and section; random choices depend on it and on nothing around it.

        Raises
        ------
        ValueError
            If there are fewer than two clips, or a table has other clips than ``domains``.
        """
        if any(table.n_clips != len(domains) for table in tables):
            counts = [table.n_clips for table in tables]
            raise ValueError(f"tables: got {counts} clips, expected {len(domains)} of each")
        seed = derive_seed(self.config.seed, name)
        groups = _domain_groups(domains)
        n_folds = self.config.calibration.n_folds
        folds = make_folds(groups, n_folds=n_folds, seed=derive_seed(seed, "folds"))
        clips = TrainingClips(
            groups=groups,
            folds=folds,
            conditions=None if attributes is None else number_conditions(attributes),
        )
        # equal tables are one and the same
        keys = [(table, of.n_rows) for of, table in zip(self.config.views, tables, strict=False)]
        known = {
            (table, n_rows): KnownRows.choose(
                table, groups, n_rows=n_rows, seed=derive_seed(seed, "rows")
            )
            for table, n_rows in dict.fromkeys(keys)
        }
        fitted = [
            view.fit(
                key[0],
                known[key],
                clips,
                seed=seed,
                others=_others(contrast, position, view.config.contrast),
            )
            for position, (view, key) in enumerate(zip(self.views, keys, strict=True))
        ]
        view_scores = np.column_stack([scores for _, scores in fitted])
        peakiness = _median(tables[-1]) if self.fusion.needs_peakiness else None
        fusion = FusionModel.fit(view_scores, self.config.views, self.fusion, peakiness=peakiness)
        held_out_scores = fusion.fuse(view_scores)
        threshold = self.threshold.fit(held_out_scores)
        return MachineModel(
            views=tuple(view for view, _ in fitted),
            known=tuple(of.X for of in known.values()),
            known_index=tuple(list(known).index(key) for key in keys),
            fusion=fusion,
            threshold=threshold,
            held_out_scores=held_out_scores,
            alarms=_count_alarms(held_out_scores > threshold, domains),
        )


def _median(table: ClipRows) -> float:
    return float(np.median(table.take(np.arange(len(table.clip_index)))))


def _others(contrast: Contrast | None, view: int, kind: str) -> OtherRows | None:
    if contrast is None or kind == "none":
        return None
    rows = contrast.rows(view, within_machine=kind == "sections")
    return rows if len(rows[0]) else None


def _domain_groups(domains: Sequence[Domain | None]) -> IndexArray:
    """The domain of every clip as a number from 0; domains that are too small join the largest."""
    _, groups, counts = np.unique(
        ["" if domain is None else domain.value for domain in domains],
        return_inverse=True,
        return_counts=True,
    )
    groups = np.where(counts[groups] < _SMALLEST_DOMAIN_CLIPS, counts.argmax(), groups)
    return np.unique(groups, return_inverse=True)[1].astype(np.intp)


def _count_alarms(
    is_alarm: NDArray[np.bool_], domains: Sequence[Domain | None]
) -> tuple[DomainAlarms, ...]:
    members = {
        domain: np.array([other is domain for other in domains])
        for domain in (Domain.SOURCE, Domain.TARGET, None)
    }
    return tuple(
        DomainAlarms(domain=domain, n_clips=int(of.sum()), n_alarms=int(is_alarm[of].sum()))
        for domain, of in members.items()
        if of.any()
    )
