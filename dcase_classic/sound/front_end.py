"""From a waveform to the feature rows of every view, through one shared log-mel spectrogram."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Self

import numpy as np

from dcase_classic.config.sound import AudioConfig, SpectrumConfig
from dcase_classic.config.specs import build
from dcase_classic.config.view import ViewConfig
from dcase_classic.records import IndexArray, Rows, Waveform
from dcase_classic.sound.engines import ENGINES
from dcase_classic.sound.features import Extractor, extract_rows
from dcase_classic.sound.features_clip import LevelKurtosis
from dcase_classic.sound.segments import segment_bounds, segment_frames, stack_segments


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewFeatures:
    """What the rows of a view hold: features, and the spectrogram and segments they are taken of.

    ``level`` tells whether the mean level of the clip is taken off the spectrogram first.

    Tables of rows are kept under it: views of equal features share one.
    """

    extractors: tuple[Extractor, ...]
    spectrum: SpectrumConfig
    segment_s: float = math.inf
    segment_hop_s: float = math.inf
    level: str = "keep"

    @classmethod
    def from_config(cls, view: ViewConfig, shared: SpectrumConfig) -> Self:
        """Build the extractors that a view names; ``shared`` is the spectrogram of all views.

        Raises
        ------
        ConfigError
            If an extractor or an option of it is unknown or out of range.
        ValueError
            If segments are a share of a length that nobody has told (see `Config.at_length`).
        """
        spectrum = view.spectrum or shared
        known, where = ENGINES[spectrum.engine].extractors, f"view {view.name}: features"
        return cls(
            extractors=tuple(build(spec, known, where=where) for spec in view.features),
            spectrum=spectrum,
            segment_s=view.segment_s,
            segment_hop_s=view.segment_hop_s,
            level=view.level,
        )

    @property
    def aspect(self) -> str:
        """What of the sound is looked at, by the word of the first extractor."""
        aspect: str = getattr(self.extractors[0], "aspect", "spectrum")
        return aspect


def peakiness_features(spectrum: SpectrumConfig) -> ViewFeatures:
    """What a gate between groups of views is set by: one number for each clip."""
    return ViewFeatures(extractors=(LevelKurtosis(),), spectrum=spectrum)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a clip: its ``share`` of the length, and its ``place``, 0 first to 1 last."""

    share: float
    place: float

    def cut(self, frames: Rows, n_less: int) -> Rows:
        """The part of frames (n_frames, n_bands) that has ``n_less`` fewer, but one at least."""
        n_frames = max(1, len(frames) - n_less)
        start = round(self.place * (len(frames) - n_frames))
        return frames[start : start + n_frames]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontEnd:
    """How recordings become rows: what is read of them, and its features, each named once.

    ``whole_only`` are those of them that parts of clips do not have.
    """

    audio: AudioConfig
    features: tuple[ViewFeatures, ...]
    whole_only: tuple[ViewFeatures, ...] = ()

    @property
    def part_features(self) -> tuple[ViewFeatures, ...]:
        """The features that parts of clips have."""
        return tuple(view for view in self.features if view not in self.whole_only)

    def rows(self, waveform: Waveform) -> dict[ViewFeatures, Rows]:
        """The rows of every entry of ``features``, in their order: (n_segments, n_features).

        Raises
        ------
        ValueError
            If the clip is shorter than one frame.
        """
        n_samples, rate_hz = len(waveform.samples), waveform.sample_rate_hz
        return self.rows_of(self.spectra(waveform), n_samples, rate_hz)

    def rows_with_part(
        self, waveform: Waveform, part: Part
    ) -> tuple[dict[ViewFeatures, Rows], dict[ViewFeatures, Rows]]:
        """The rows of a clip, and those of a part of it, from the same spectrograms.

        The part has those of ``part_features``.

        Raises
        ------
        ValueError
            If the clip is shorter than one frame.
        """
        spectra, n_samples = self.spectra(waveform), len(waveform.samples)
        n_part = max(1, round(part.share * n_samples))
        cut = {
            spectrum: part.cut(frames, -(-(n_samples - n_part) // spectrum.hop_samples))
            for spectrum, frames in spectra.items()
        }
        whole = self.rows_of(spectra, n_samples, waveform.sample_rate_hz)
        cutting = replace(self, features=self.part_features)
        return whole, cutting.rows_of(cut, n_part, waveform.sample_rate_hz)

    def spectra(self, waveform: Waveform) -> dict[SpectrumConfig, Rows]:
        """The spectrograms that the rows are made of, each (n_frames, n_bands)."""
        kinds = dict.fromkeys(view.spectrum for view in self.features)
        return {spectrum: log_mel_of(waveform, spectrum) for spectrum in kinds}

    def rows_of(
        self, spectra: Mapping[SpectrumConfig, Rows], n_samples: int, sample_rate_hz: int
    ) -> dict[ViewFeatures, Rows]:
        """The rows of ``n_samples`` samples with these spectrograms."""
        ignoring = dict.fromkeys(view.spectrum for view in self.features if view.level == "ignore")
        frames = {
            "keep": spectra,
            "ignore": {spectrum: _without_level(spectra[spectrum]) for spectrum in ignoring},
        }
        return {
            view: _rows(view, frames[view.level][view.spectrum], n_samples, sample_rate_hz)
            for view in self.features
        }


def _without_level(frames: Rows) -> Rows:
    """The frames less their mean over time and bands."""
    level: np.float64 = frames.astype(np.float64).mean()  # adds up in a third of the time
    return frames - np.float32(level)


def _rows(view: ViewFeatures, frames: Rows, n_samples: int, rate_hz: int) -> Rows:
    first, n_each = _segment_index(n_samples, len(frames), rate_hz, view)
    return extract_rows(view.extractors, stack_segments(frames, first, n_each))


@lru_cache
def _segment_index(
    n_samples: int, n_frames: int, sample_rate_hz: int, view: ViewFeatures
) -> tuple[IndexArray, int]:
    """See `segment_frames`; kept, because most clips of a machine have one length."""
    bounds = segment_bounds(
        n_samples,
        length_samples=view.segment_s * sample_rate_hz,
        hop_samples=view.segment_hop_s * sample_rate_hz,
    )
    first, n_each = segment_frames(
        bounds,
        n_frames=n_frames,
        hop_samples=view.spectrum.hop_samples,
        middle_samples=0 if view.spectrum.center else view.spectrum.n_fft / 2,
    )
    first.flags.writeable = False
    return first, n_each


def log_mel_of(waveform: Waveform, spectrum: SpectrumConfig) -> Rows:
    """The log-mel spectrogram in dB, (n_frames, n_mels), less that of the reference if any.

    Raises
    ------
    ValueError
        If the clip is shorter than one frame.
    """
    n_samples, n_fft = len(waveform.samples), spectrum.n_fft
    if n_samples < n_fft:
        raise ValueError(f"samples: got {n_samples}, expected at least one frame of {n_fft}")
    log_mel, rate_hz = ENGINES[spectrum.engine].log_mel, waveform.sample_rate_hz
    frames = log_mel(waveform.samples, spectrum, sample_rate_hz=rate_hz)
    if waveform.reference is None:
        return frames
    return frames - log_mel(waveform.reference, spectrum, sample_rate_hz=rate_hz)
