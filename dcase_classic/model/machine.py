"""The model of one machine and section: views, domains, fusion and threshold meet here.

Above this module a higher score is more anomalous. It is fitted in `machine_fitter`.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dcase_classic.config import Config
from dcase_classic.config.specs import build
from dcase_classic.errors import ArtifactError
from dcase_classic.model.calibration import ClipGroups
from dcase_classic.model.domain_scale import DomainScale, all_votes
from dcase_classic.model.fusion import FusionModel
from dcase_classic.model.length_scale import LengthRange, LengthScale
from dcase_classic.model.level_guard import LevelGuard
from dcase_classic.model.limits import HeldOut, check_rate
from dcase_classic.model.normal_sound import NormalSound
from dcase_classic.model.row_tables import ClipRows
from dcase_classic.model.standing import Standing, severities_of, tail_p_values
from dcase_classic.model.thresholds import THRESHOLDS, Threshold
from dcase_classic.model.training_rows import RowsKey
from dcase_classic.model.view import ReadyView, ViewModel, ViewScores
from dcase_classic.outcomes.training import DomainAlarms
from dcase_classic.parallel.processes import map_threads
from dcase_classic.records import Rows, Scores
from dcase_classic.sound.front_end import ViewFeatures
from dcase_classic.wording import counted, is_number


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MachineScores:
    """What a model says of clips.

    Attributes
    ----------
    anomaly : array, shape (n_clips,)
    views : array, shape (n_clips, n_views), the scores that the anomaly is made of.
    factors : array, shape (n_clips,), what the fused scores were multiplied by.
    """

    anomaly: Scores
    views: Scores
    factors: Scores


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MachineModel:
    """A fitted machine and section.

    Attributes
    ----------
    views : one fitted view for each view of the settings.
    training_rows : arrays of shape (n_rows, n_features) by the keys of the views.
    fusion : from view scores to the anomaly score.
    threshold : a clip with a greater anomaly score is decided to be an anomaly.
    held_out_scores : array, shape (n_clips,)
        Anomaly scores of the training clips by the folds that did not see them, in the order of
        training.
    clips : the domains and sessions of the training clips.
    domain_scale : what brings the scores of domains together; None where there is nothing to.
    held_out_factors : array, shape (n_clips,), or None
        What held-out scores were multiplied by, since their domains were known; None where they are
        as the model gives them.
    levels, lengths : how loud and how long they were; None where nobody told.
    length : what shorter clips do to the scores of views; None where no parts were at hand.
    alarms : the false alarms among the held-out clips, by domain.
    normal : what portraits of the training clips have in common, None where there were none.
    """

    views: tuple[ViewModel, ...]
    training_rows: Mapping[RowsKey, Rows]
    fusion: FusionModel
    threshold: float
    held_out_scores: Scores
    clips: ClipGroups
    alarms: tuple[DomainAlarms, ...]
    domain_scale: DomainScale | None = None
    held_out_factors: Scores | None = None
    levels: LevelGuard | None = None
    lengths: LengthRange | None = None
    length: LengthScale | None = None
    normal: NormalSound | None = None

    @property
    def features(self) -> tuple[ViewFeatures, ...]:
        """What has to be known of clips to score them."""
        return tuple(dict.fromkeys(view.key.features for view in self.views))

    def ready(self) -> tuple[ReadyView, ...]:
        """The views as they score, to be kept by who scores clip after clip."""
        with _unheard():
            return tuple(
                tuple(view.ready(self.training_rows[view.key], are_kept=True))
                for view in self.views
            )

    def score(
        self,
        tables: Mapping[ViewFeatures, ClipRows],
        length_shares: Scores | None = None,
        *,
        n_threads: int = 1,
        ready: Sequence[ReadyView] | None = None,
    ) -> MachineScores:
        """Anomaly scores, and what they are made of, from a table for each of ``features``.

        Parameters
        ----------
        tables : the rows of the clips.
        length_shares : array, shape (n_clips,), of each clip's length over that of the training
            clips; None for whole ones.
        n_threads : how many views are scored at a time.
        ready : what `ready` has given, if it was kept.

        Raises
        ------
        ArtifactError
            If the model was fitted on rows of other columns, or a score is not a number: a model of
            unknown origin may hold numbers that leave the range of floats.
        """

        def score_view(number: int) -> ViewScores:
            view = self.views[number]
            rows = self._rows_of(view, tables)
            with _unheard():
                folds = view.ready(rows) if ready is None else ready[number]
                return view.score(tables[view.key.features], folds)

        with _unheard():
            try:
                numbers = range(len(self.views))
                by_view = map_threads(score_view, numbers, n_threads)
            except ValueError as error:  # rows that are not finite once they are scaled
                raise _useless(f"its numbers leave the range of floats ({error})") from error
            views = np.column_stack([own.anomaly for own in by_view])
            if self.length is not None and length_shares is not None:
                views = self.length.transform(views, length_shares)
            factors = self._factors(by_view)
            scores = self.fusion.fuse(views) * factors
        if not np.isfinite(scores).all():
            raise _useless(f"{np.sum(~np.isfinite(scores))} of {len(scores)} scores are no numbers")
        return MachineScores(anomaly=scores, views=views, factors=factors)

    def _factors(self, by_view: Sequence[ViewScores]) -> Scores:
        """What the fused scores of clips are multiplied by, (n_clips,)."""
        if self.domain_scale is None:
            return np.ones(len(by_view[0].anomaly))
        return self.domain_scale.clip_factors(all_votes([own.votes for own in by_view]))

    def _rows_of(self, view: ViewModel, tables: Mapping[ViewFeatures, ClipRows]) -> Rows:
        """The training rows of a view, which have the columns of the table."""
        rows, n_features = self.training_rows[view.key], tables[view.key.features].n_features
        if rows.shape[1] != n_features:
            raise _useless(f"got rows of {counted(rows.shape[1], 'column')}, expected {n_features}")
        return rows

    def decide(self, anomaly_scores: Scores) -> NDArray[np.bool_]:
        """True for each anomaly, (n_clips,)."""
        return np.asarray(anomaly_scores > self.threshold)

    def recalibrated(self, config: Config) -> "MachineModel":
        """The model with the threshold that other settings ask for; scores stay as they are.

        Raises
        ------
        ConfigError
            If the threshold cannot be built.
        ValueError
            If so few clips cannot tell so small a rate of false alarms.
        """
        held_out = self.clips.held_out(self.held_out_scores, self.held_out_factors)
        threshold, alarms = calibrated(held_out, self.clips, config)
        return replace(self, threshold=threshold, alarms=alarms)

    def standing(self, anomaly_scores: Scores) -> Standing:
        """What anomaly scores (n_clips,) mean among those of the held-out clips.

        Raises
        ------
        ValueError
            If a score is not finite.
        """
        p_values, is_extrapolated = tail_p_values(self.held_out_scores, anomaly_scores)
        return Standing(
            severities=severities_of(anomaly_scores, self.held_out_scores, self.threshold),
            p_values=p_values,
            is_extrapolated=is_extrapolated,
        )


def _unheard() -> AbstractContextManager[None]:
    """What leaves the range of floats is told by the scores that it makes; in each thread."""
    return np.errstate(over="ignore", invalid="ignore", divide="ignore")


def _useless(problem: str) -> ArtifactError:
    return ArtifactError(f"model: {problem}", advice="fit it again")


def calibrated(
    held_out: HeldOut, clips: ClipGroups, config: Config
) -> tuple[float, tuple[DomainAlarms, ...]]:
    """The threshold from the held-out scores of clips, and their alarms.

    Raises
    ------
    ValueError
        If there are too few scores for the rate, or the rule gives no number.
    """
    check_rate(held_out.n_clips, config.calibration.false_alarms)
    threshold = threshold_of(config).fit(held_out, config.calibration)
    if not is_number(threshold) or not np.isfinite(threshold):
        kind = config.threshold.kind
        raise ValueError(f"threshold {kind!r}: got {threshold!r}, expected a number")
    threshold = float(threshold)
    has_limit = config.threshold.kind == "limit"
    alarms = clips.count_alarms(
        held_out.scores > threshold, config.calibration if has_limit else None
    )
    return threshold, alarms


def threshold_of(config: Config) -> Threshold:
    """The rule that the settings name; a ConfigError if it cannot be built."""
    return build(config.threshold, THRESHOLDS, where="threshold")
