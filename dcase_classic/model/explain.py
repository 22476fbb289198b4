"""Why a clip has its score: what is odd about it, and what the score loses without that.

Portraits say where a clip differs from all normal ones, in Hz and seconds; the model says how much
that counts: each oddity is taken out of the spectrograms, all else stays, and the clip is scored
again. The reasons follow one another, so that their shares and what is left sum to the score.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Self

import numpy as np

from dcase_classic.config import Config
from dcase_classic.config.sound import SpectrumConfig
from dcase_classic.errors import ArtifactError
from dcase_classic.grouping import grouped
from dcase_classic.model.machine import MachineModel
from dcase_classic.model.normal_sound import NormalSound
from dcase_classic.model.occlusion import without
from dcase_classic.model.oddities import find_oddities
from dcase_classic.model.oddity import Filling, Oddity, OddityKind
from dcase_classic.model.row_tables import FeatureTable
from dcase_classic.outcomes.reasons import (
    Direction,
    Explanation,
    FamilyShare,
    NearestNormal,
    Reason,
)
from dcase_classic.records import Rows, Scores, Waveform
from dcase_classic.sound.axes import Axes
from dcase_classic.sound.front_end import FrontEnd, ViewFeatures, log_mel_of
from dcase_classic.sound.portrait import Portrait

_CANDIDATES = 20  # the strangest are taken out in turn
_MOST_REASONS = 3
_LEAST_SHARE = 0.02  # of the score; less is not worth a word
# What is strange is told although the score hardly rests on it, before what is hardly strange.
_UNSCORED = 0.15
_BEAT = 0.5  # of the score, at least: all else is looked for with beats in time, so they come first
_FAR = 4.0  # reaches; what is farther out is hardly stranger
_NEW_TEMPO = 2.0  # reaches; a rhythm that is gone leaves noise, which beats a little at any rate
_MISSING_DB = 10.0  # what is so much quieter than usual is not there

Spectra = Mapping[SpectrumConfig, Rows]
Rates = tuple[float, float]  # from and to


@dataclass(frozen=True, slots=True, kw_only=True)
class Explainer:
    """Explains the scores of one model; see `explain`."""

    model: MachineModel
    normal: NormalSound
    spectrum: SpectrumConfig
    front_end: FrontEnd
    families: tuple[str, ...]
    aspects: tuple[str, ...]

    @classmethod
    def from_config(cls, model: MachineModel, config: Config) -> Self:
        """That of a model and the settings of its views.

        Raises
        ------
        ArtifactError
            If the model knows nothing of what its training clips sound like.
        """
        if model.normal is None:
            raise ArtifactError("model: keeps no portraits of its clips", advice="fit it again")
        families = grouped((view.own_family, view) for view in config.views)
        return cls(
            model=model,
            normal=model.normal,
            spectrum=config.spectrum,
            front_end=FrontEnd(audio=config.audio, features=model.features),
            families=tuple(family for _, family in families),
            aspects=tuple(
                ViewFeatures.from_config(views[0], config.spectrum).aspect
                for views in families.values()
            ),
        )

    def explain(self, waveform: Waveform, length_share: float = 1.0) -> Explanation:
        """Why a clip has its score.

        Parameters
        ----------
        waveform : the clip, or a window of a long recording.
        length_share : its length over that of the training clips; longer ones count as whole.

        Raises
        ------
        ValueError
            If the clip is shorter than one frame.
        ArtifactError
            If the model cannot score it.
        """
        spectra = self.front_end.spectra(waveform)
        frames = spectra.get(self.spectrum)
        if frames is None:
            frames = log_mel_of(waveform, self.spectrum)
        portrait = Portrait().extract(frames[np.newaxis])[0]
        if len(portrait) != len(self.normal.median):
            raise ArtifactError("model: its portraits have other bands", advice="fit it again")
        clip = _Clip(explainer=self, waveform=waveform, spectra=spectra, length_share=length_share)
        oddities = find_oddities(frames, self.normal)[:_CANDIDATES]
        oddities += [
            replace(odd, filling=filling)
            for odd, filling in product(oddities, (Filling.SUBTRACTED, Filling.BESIDE))
            if odd.kind is OddityKind.LEVEL and odd.is_more
        ]
        scores, parts = clip.score([spectra, *(clip.without(spectra, odd) for odd in oddities)])
        chosen = _weightiest(oddities, scores)
        reasons, rest = clip.path(chosen, float(scores[0]), parts[0], others=oddities)
        return Explanation(
            anomaly_score=float(scores[0]),
            why=(*reasons, *self._rest(rest)),
            families=self._families(parts[0]),
            nearest_normal=NearestNormal(
                position=self.normal.nearest(self.normal.aligned(portrait))
            ),
        )

    def _families(self, parts: Scores) -> tuple[FamilyShare, ...]:
        shares = [
            FamilyShare(family=family, aspect=aspect, share=float(share))
            for family, aspect, share in zip(self.families, self.aspects, parts, strict=True)
        ]
        return tuple(sorted(shares, key=lambda family: -family.share))

    def _rest(self, parts: Scores) -> list[Reason]:
        """What is left of every aspect, (n_families,)."""
        sums: dict[str, float] = {}
        for aspect, part in zip(self.aspects, parts.tolist(), strict=True):
            sums[aspect] = sums.get(aspect, 0.0) + part
        reasons = [Reason(aspect=aspect, share=share) for aspect, share in sums.items()]
        return sorted(reasons, key=lambda reason: -reason.share)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Clip:
    """A clip that is explained."""

    explainer: Explainer
    waveform: Waveform
    spectra: Spectra
    length_share: float

    def axes(self, spectrum: SpectrumConfig) -> Axes:
        return Axes(spectrum=spectrum, sample_rate_hz=self.waveform.sample_rate_hz)

    def without(self, spectra: Spectra, oddity: Oddity) -> Spectra:
        portrait = self.axes(self.explainer.spectrum)
        usual_db = self.explainer.normal.median[: len(oddity.excess_db)]
        return {
            spectrum: without(frames, self.axes(spectrum), oddity, portrait, usual_db)
            for spectrum, frames in spectra.items()
        }

    def score(self, variants: Sequence[Spectra]) -> tuple[Scores, Scores]:
        """Scores (n_variants,), and the parts of families, (n_variants, n_families)."""
        front_end, model = self.explainer.front_end, self.explainer.model
        n_samples, rate_hz = len(self.waveform.samples), self.waveform.sample_rate_hz
        rows = [front_end.rows_of(spectra, n_samples, rate_hz) for spectra in variants]
        tables = {
            features: FeatureTable.from_clips([variant[features] for variant in rows])
            for features in front_end.features
        }
        said = model.score(tables, np.full(len(rows), self.length_share))
        return said.anomaly, model.fusion.parts(said.views) * said.factors[:, np.newaxis]

    def path(
        self, oddities: Sequence[Oddity], score: float, parts: Scores, *, others: Sequence[Oddity]
    ) -> tuple[list[Reason], Scores]:
        """One reason after the other, and the parts of families that are left."""
        if not oddities:
            return [], parts
        variants, spectra = [], self.spectra
        for oddity in oddities:
            spectra = self.without(spectra, oddity)
            variants.append(spectra)
        scores, all_parts = self.score(variants)
        reasons: list[Reason] = []
        for oddity, next_score, next_parts in zip(oddities, scores, all_parts, strict=True):
            losses = parts - next_parts
            aspect = self.explainer.aspects[int(losses.argmax())]
            reason = self.reason(oddity, aspect, float(score - next_score))
            # a rhythm that is less than usual is told by the one that has come in its place, which
            # the score need not mind
            now = tempo_of(oddity, oddities if oddity.is_more else others)
            if now is not None:
                tempo, rates = now
                reason = replace(reason, direction=tempo, rate_hz=self.rate_hz(rates))
            reasons.append(reason)
            score, parts = next_score, next_parts
        return reasons, parts

    def reason(self, oddity: Oddity, aspect: str, share: float) -> Reason:
        axes = self.axes(self.explainer.spectrum)
        whole = (0.0, len(self.waveform.samples) / self.waveform.sample_rate_hz)
        # where the loudest moment of normal clips is missing, nobody knows where it would be
        placed = (oddity.frames or oddity.lasting) if oddity.is_anywhere else None
        from_s, to_s = whole if placed is None else axes.seconds(placed)
        is_all_the_time = from_s <= 0 and to_s > whole[1] - 1 / axes.frame_rate_hz
        inside = oddity.excess_db[slice(*oddity.bands)]
        return Reason(
            aspect=aspect,
            share=share,
            band_hz=axes.band_hz(oddity.bands),
            from_s=from_s,
            to_s=min(to_s, whole[1]),
            is_all_the_time=is_all_the_time,
            direction=direction_of(oddity),
            excess_db=float(inside[np.abs(inside).argmax()]),
            rate_hz=self.rate_hz(oddity.own_rates),
            is_beyond_all=oddity.is_beyond_all,
        )

    def rate_hz(self, rates: Rates | None) -> tuple[float, float] | None:
        """From which to which rate a rhythm beats; None of others."""
        if rates is None:
            return None
        frame_rate_hz = self.axes(self.explainer.spectrum).frame_rate_hz
        return rates[0] * frame_rate_hz, rates[1] * frame_rate_hz


def direction_of(oddity: Oddity) -> Direction:
    """The word for how it differs."""
    if oddity.beat is not None:
        return Direction(oddity.beat.timing)
    if oddity.kind is OddityKind.RHYTHM:
        return Direction.MORE_REGULAR if oddity.is_more else Direction.LESS_REGULAR
    if oddity.is_more:
        return Direction.LOUDER
    # the loudest moment of a clip is there, and a weaker one than others have
    is_there = oddity.frames is not None and oddity.is_anywhere and not oddity.is_outlier
    is_gone = float(oddity.excess_db.min()) < -_MISSING_DB and not is_there
    return Direction.MISSING if is_gone else Direction.QUIETER


def tempo_of(oddity: Oddity, others: Iterable[Oddity]) -> tuple[Direction, Rates] | None:
    """Faster or slower, where a rhythm has given way to another in the same bands: its rates."""
    if oddity.kind is not OddityKind.RHYTHM:
        return None
    for other in others:
        has_moved = other.kind is OddityKind.RHYTHM and other.is_more is not oddity.is_more
        new, old = (oddity, other) if oddity.is_more else (other, oddity)
        is_new = min(new.strength, old.strength) > _NEW_TEMPO and other.is_beyond_all
        if has_moved and is_new and new.rates and old.rates and other.shares_bands(oddity):
            is_faster = new.rates > old.rates
            rates = (own for own in new.every_rate if (own > old.rates) is is_faster)
            return (Direction.FASTER if is_faster else Direction.SLOWER), next(rates, new.rates)
    return None


def _weightiest(oddities: Sequence[Oddity], scores: Scores) -> list[Oddity]:
    """Those that are told: strange, and much of the score; each sound once.

    Parameters
    ----------
    oddities : what was found.
    scores : array, shape (1 + n_oddities,), of the clip, and of it without each.
    """
    least = [_BEAT if oddity.beat else 0.0 for oddity in oddities]
    losses = np.clip((scores[0] - scores[1:]) / max(float(scores[0]), 1.0), least, 1)
    strengths = np.array([oddity.strength for oddity in oddities])
    far = np.maximum(strengths / _FAR, 1)
    weights = (_UNSCORED + losses) * (strengths / far + np.log(far))
    chosen: list[Oddity] = []
    for position in np.argsort(-weights, kind="stable").tolist():
        oddity = oddities[position]
        # beside a fault that makes the score by itself another one adds nothing, and is as odd
        is_far = oddity.is_beyond_all and strengths[position] > _FAR
        is_told = bool(losses[position] > _LEAST_SHARE) or is_far or not chosen
        if is_told and not any(
            oddity.is_told_by(other) or oddity.contradicts(other) for other in chosen
        ):
            chosen.append(oddity)
    return chosen[:_MOST_REASONS]
