"""From the normal clips of one machine and section to its model.

The threshold is fitted to the held-out scores of whole training clips and to nothing else:
thresholds on in-sample scores are meaningless (nominally 10 % false alarms become 51 to 100 % for
mixtures and nearest neighbours).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from dcase_classic.config import Config
from dcase_classic.config.specs import build
from dcase_classic.errors import ConfigError
from dcase_classic.grouping import grouped
from dcase_classic.model.calibration import ClipGroups
from dcase_classic.model.domain_scale import DomainScale
from dcase_classic.model.folds import make_folds
from dcase_classic.model.fusion import FUSIONS, Fusion, FusionModel
from dcase_classic.model.length_scale import LengthScale, TrainingParts
from dcase_classic.model.machine import MachineModel, calibrated, threshold_of
from dcase_classic.model.normal_sound import NormalSound
from dcase_classic.model.row_tables import ClipRows
from dcase_classic.model.training_rows import RowsKey, TrainingRows
from dcase_classic.model.view import TrainingClips, ViewFitter, ViewModel
from dcase_classic.parallel.processes import map_threads
from dcase_classic.records import Domain, IndexArray, Scores
from dcase_classic.seeding import derive_seed
from dcase_classic.sound.front_end import ViewFeatures, peakiness_features
from dcase_classic.sound.portrait import portrait_features

if TYPE_CHECKING:
    from dcase_classic.model.contrast import Contrast
    from dcase_classic.model.misfits import Strangeness

# Two held-out scores lie equally far from their middle, whatever the clips are: they tell no spread
# that other scores could be measured by.
FEWEST_TRAINING_CLIPS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineFitter:
    """The settings of a machine model, checked, ready to be fitted.

    ``peakiness`` is what the fusion is set by; None where it needs nothing. ``n_threads`` views are
    fitted at a time.
    """

    config: Config
    views: tuple[ViewFitter, ...]
    fusion: Fusion
    peakiness: ViewFeatures | None
    n_threads: int = 1

    @classmethod
    def from_config(cls, config: Config) -> Self:
        """Check that every part that the settings name can be built.

        Raises
        ------
        ConfigError
            If a part or an option of it is unknown or out of range.
        """
        fusion = build(config.fusion, FUSIONS, where="fusion")
        try:
            for views in (config.views, config.alone().views):
                fusion.weights(list(dict.fromkeys(view.group for view in views)), peakiness=0.0)
        except ValueError as error:
            raise ConfigError(f"fusion: {error}") from error
        threshold_of(config)
        return cls(
            config=config,
            views=tuple(
                ViewFitter.from_config(view, config.spectrum) for view in config.timed_views
            ),
            fusion=fusion,
            peakiness=peakiness_features(config.spectrum) if fusion.needs_peakiness else None,
        )

    def alone(self) -> "MachineFitter":
        """That of a section that there is nothing to tell from."""
        return replace(MachineFitter.from_config(self.config.alone()), n_threads=self.n_threads)

    @property
    def features(self) -> tuple[ViewFeatures, ...]:
        """What has to be known of the training clips."""
        last = () if self.peakiness is None else (self.peakiness,)
        return tuple(dict.fromkeys((*(view.key.features for view in self.views), *last)))

    @property
    def portrait(self) -> ViewFeatures:
        """What may be known of the training clips, so that scores can be explained."""
        return portrait_features(self.config.spectrum)

    def find_misfits(self, tables: Mapping[ViewFeatures, ClipRows]) -> "Strangeness":
        """How far every training clip stands off, in the first view of each family."""
        from dcase_classic.model.misfits import find_misfits, mean_rows  # to score it is not needed

        families = grouped((view.config.own_family, view) for view in self.alone().views)
        names = tuple(dict.fromkeys(group for group, _ in families))
        weights = dict(zip(names, self.fusion.weights(names, self._level(tables)), strict=True))
        counts = {name: sum(group == name for group, _ in families) for name in names}
        return find_misfits(
            [weights[group] / counts[group] for group, _ in families],
            [mean_rows(tables[views[0].key.features]) for views in families.values()],
            share=self.config.misfits.largest_share,
        )

    def fit(
        self,
        tables: Mapping[ViewFeatures, ClipRows],
        domains: Sequence[Domain | None],
        *,
        sessions: Sequence[str] | None = None,
        contrast: "Contrast | None" = None,
        parts: TrainingParts | None = None,
    ) -> MachineModel:
        """Fit all views on the normal clips of one machine and section.

        Parameters
        ----------
        tables : the training rows, a table for each of ``features``, and ``portrait`` if any.
        domains : the domain of every clip, where it is known.
        sessions : the session of every clip, where they are known.
        contrast : clips of other sections, for the views that ask for them; without them these
            views drop out.
        parts : of training clips, which tell what shorter clips do.

        Raises
        ------
        ValueError
            If there are fewer than three clips, or a table has other clips than ``domains``.
        """
        if contrast is None and self.config.alone() != self.config:
            return self.alone().fit(tables, domains, sessions=sessions, parts=parts)
        counts = [tables[features].n_clips for features in self.features]
        if any(n_clips != len(domains) for n_clips in counts):
            raise ValueError(f"tables: got {counts} clips, expected {len(domains)} of each")
        if len(domains) < FEWEST_TRAINING_CLIPS:
            problem = f"got {len(domains)}, expected at least {FEWEST_TRAINING_CLIPS}"
            raise ValueError(f"training clips: {problem} that differ, to tell how much they do")
        wanted = self.config.calibration.sessions
        groups = ClipGroups.from_clips(domains, sessions, wanted=wanted)
        clips = self._deal(groups, parts)
        rows = self._choose_rows(tables, clips.groups)
        scored = tables if parts is None else parts.behind(tables)
        views, view_scores = self._fit_views(scored, rows, clips, contrast=contrast)
        view_scores, part_scores = np.split(view_scores, [len(domains)])
        peakiness = self._level(tables)
        fusion = FusionModel.fit(view_scores, self.config.views, self.fusion, peakiness=peakiness)
        fused = fusion.fuse(view_scores)
        is_told = any(view.config.domains != "pooled" for view in self.views)
        scale = DomainScale.fit(groups.held_out(fused)) if is_told else None
        factors = None if scale is None else scale.factors[groups.groups]
        held_out_scores = fused if factors is None else fused * factors
        threshold, alarms = calibrated(
            groups.held_out(held_out_scores, factors), groups, self.config
        )
        return MachineModel(
            views=views,
            training_rows={key: chosen.X for key, chosen in rows.items()},
            fusion=fusion,
            threshold=threshold,
            held_out_scores=held_out_scores,
            clips=groups,
            alarms=alarms,
            domain_scale=scale,
            held_out_factors=factors,
            length=None
            if parts is None
            else LengthScale.fit(view_scores[parts.clips], part_scores),
            normal=self._fit_normal(tables.get(self.portrait)),
        )

    def after_service(
        self,
        model: MachineModel,
        tables: Mapping[ViewFeatures, ClipRows],
        clips: ClipGroups,
        *,
        length_shares: Scores | None = None,
    ) -> MachineModel:
        """A model with threshold and scales of new normal clips; what it has learned stays.

        The model has never seen these clips, so that their scores are held out all of them.

        Parameters
        ----------
        model : that was fitted with these settings.
        tables, length_shares : of the clips, as of `MachineModel.score`.
        clips : their domains and sessions.

        Raises
        ------
        ConfigError
            If a part cannot be built.
        ValueError
            If they are too few for the rate of false alarms, or scores are not finite.
        """
        config = self.config
        said = model.score(tables, length_shares)
        peakiness = model.fusion.peakiness
        fusion = FusionModel.fit(said.views, config.views, self.fusion, peakiness=peakiness)
        scores = fusion.fuse(said.views) * said.factors
        threshold, alarms = calibrated(clips.held_out(scores), clips, config)
        return replace(
            model,
            fusion=fusion,
            threshold=threshold,
            held_out_scores=scores,
            held_out_factors=None,
            clips=clips,
            alarms=alarms,
        )

    def _fit_normal(self, portraits: ClipRows | None) -> NormalSound | None:
        if portraits is None:
            return None
        return NormalSound.fit(portraits, seed=derive_seed(self.config.seed, "portraits"))

    def _deal(self, clips: ClipGroups, parts: TrainingParts | None) -> TrainingClips:
        """Folds; no random choice depends on what the machine is called."""
        folds = make_folds(
            clips.groups,
            n_folds=self.config.calibration.n_folds,
            seed=derive_seed(self.config.seed, "folds"),
            sessions=clips.held_out_sessions,
        )
        dealt = TrainingClips(groups=clips.groups, folds=folds)
        return dealt if parts is None else replace(dealt, parts=parts.clips)

    def _choose_rows(
        self, tables: Mapping[ViewFeatures, ClipRows], groups: IndexArray
    ) -> dict[RowsKey, TrainingRows]:
        seed = derive_seed(self.config.seed, "rows")
        return {
            key: TrainingRows.choose(tables[key.features], groups, n_rows=key.n_rows, seed=seed)
            for key in dict.fromkeys(view.key for view in self.views)
        }

    def _fit_views(
        self,
        tables: Mapping[ViewFeatures, ClipRows],
        rows: Mapping[RowsKey, TrainingRows],
        clips: TrainingClips,
        *,
        contrast: "Contrast | None",
    ) -> tuple[tuple[ViewModel, ...], Scores]:
        """The fitted views, and the held-out scores of clips and parts, (n, n_views)."""

        def fit(view: ViewFitter) -> tuple[ViewModel, Scores]:
            features, is_told = view.key.features, view.config.contrast != "none"
            return view.fit(
                tables[features],
                rows[view.key],
                clips,
                seed=self.config.seed,
                contrast=contrast.rows(features) if contrast is not None and is_told else None,
            )

        models, scores = zip(*map_threads(fit, self.views, self.n_threads), strict=True)
        return models, np.column_stack(scores)

    def _level(self, tables: Mapping[ViewFeatures, ClipRows]) -> float | None:
        """The peakiness of the clips, if the fusion depends on it."""
        if self.peakiness is None:
            return None
        table = tables[self.peakiness]
        return float(np.median(table.take(np.arange(len(table.clip_index)))))
