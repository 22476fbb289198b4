"""From a waveform to the feature rows of every view, through one shared log-mel spectrogram."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Self

from dcase_classic.config import Config, SpectrumConfig, ViewConfig, build
from dcase_classic.records import IndexArray, Waveform
from dcase_classic.sound.engines import ENGINES
from dcase_classic.sound.features import Extractor, extract_rows
from dcase_classic.sound.features_clip import LevelKurtosis
from dcase_classic.sound.frame_statistics import Rows
from dcase_classic.sound.segments import segment_bounds, segment_frames, stack_segments


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewFeatures:
    """The features of one view and the time scale they are taken at, in seconds.

    ``spectrum`` is None where the view reads the spectrogram that all views share.
    """

    extractors: tuple[Extractor, ...]
    segment_s: float
    segment_hop_s: float
    spectrum: SpectrumConfig | None = None


# What a gate between groups of views is set by.
PEAKINESS = ViewFeatures(extractors=(LevelKurtosis(),), segment_s=math.inf, segment_hop_s=math.inf)


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontEnd:
    """The feature extraction of all views; equal settings make equal front ends.

    ``views`` has an entry for each view, then that of the peakiness if the fusion needs it.
    """

    spectrum: SpectrumConfig
    views: tuple[ViewFeatures, ...]

    @classmethod
    def from_config(cls, config: Config, *, with_peakiness: bool = False) -> Self:
        """Build the extractors that the views name.

        Raises
        ------
        ConfigError
            If an extractor or an option of it is unknown or out of range.
        """
        views = tuple(
            ViewFeatures(
                extractors=_extractors(view, view.spectrum or config.spectrum),
                segment_s=view.segment_s,
                segment_hop_s=view.segment_hop_s,
                spectrum=view.spectrum,
            )
            for view in config.views
        )
        extra = (PEAKINESS,) if with_peakiness else ()
        return cls(spectrum=config.spectrum, views=views + extra)

    def rows(self, waveform: Waveform) -> tuple[Rows, ...]:
        """The rows of every entry of ``views``, each (n_segments, n_features), float32.

        Equal entries share one array.

        Raises
        ------
        ValueError
            If the clip is shorter than one frame.
        """
        spectra = {view.spectrum or self.spectrum for view in self.views}
        frames = {spectrum: log_mel_of(waveform, spectrum) for spectrum in spectra}
        return tuple(self._view_rows(view, waveform, frames) for view in self.views)

    def distinct(self) -> Self:
        """The same with every kind of features once: views often differ in the detector only."""
        return replace(self, views=tuple(dict.fromkeys(self.views)))

    def _view_rows(
        self, view: ViewFeatures, waveform: Waveform, frames: Mapping[SpectrumConfig, Rows]
    ) -> Rows:
        spectrum = view.spectrum or self.spectrum
        first, n_each = _segment_index(
            len(waveform.samples), len(frames[spectrum]), waveform.sample_rate_hz, spectrum, view
        )
        return extract_rows(view.extractors, stack_segments(frames[spectrum], first, n_each))


def _extractors(view: ViewConfig, spectrum: SpectrumConfig) -> tuple[Extractor, ...]:
    known, where = ENGINES[spectrum.engine].extractors, f"view {view.name}: features"
    return tuple(build(spec, known, where=where) for spec in view.features)


@lru_cache
def _segment_index(
    n_samples: int, n_frames: int, sample_rate_hz: int, spectrum: SpectrumConfig, view: ViewFeatures
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
        hop_samples=spectrum.hop_samples,
        middle_samples=0 if spectrum.center else spectrum.n_fft / 2,
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
