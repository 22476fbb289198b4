"""What computes spectra and coefficients: our fast code, or librosa's own functions.

librosa's take several times as long; they are for who must equal a published front end to the last
digit. librosa is imported by the first clip that is computed with it: that takes 1.5 s.
"""

import math
from collections import ChainMap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType, ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcase_classic.config.sound import SpectrumConfig
from dcase_classic.errors import ConfigError
from dcase_classic.records import Rows
from dcase_classic.sound.features import EXTRACTORS, MfccEmbedding
from dcase_classic.sound.spectra import log_mel, mel_edges_hz, n_bands_below
from dcase_classic.wording import counted

_DELTA_FRAMES = 9  # librosa's default; its polynomials do not reach over the ends of a segment


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What computes the spectrogram of a clip, and the extractors that go with it.

    ``log_mel(samples, spectrum, sample_rate_hz=...)`` gives dB, (n_frames, n_bands), float32;
    ``edges_hz(spectrum, sample_rate_hz)`` where its bands begin: band i ends at edge i + 2.
    """

    log_mel: Callable[..., Rows]
    edges_hz: Callable[..., NDArray[np.float64]]
    extractors: Mapping[str, Callable[..., Any]]


def librosa_log_mel(samples: Rows, spectrum: SpectrumConfig, *, sample_rate_hz: int) -> Rows:
    """``librosa.feature.melspectrogram`` and ``power_to_db`` with ``ref=1``, frames first.

    Parameters
    ----------
    samples : array, shape (n_samples,), float32
    spectrum, sample_rate_hz : the arguments of both functions, and the rate of the samples.

    Returns
    -------
    array, shape (n_frames, n_bands), float32, in dB

    Raises
    ------
    ConfigError
        If librosa cannot be imported.
    """
    librosa = _librosa()
    fmax_hz = sample_rate_hz / 2 if spectrum.fmax_hz is None else spectrum.fmax_hz
    mel = librosa.feature.melspectrogram(
        y=samples,
        sr=sample_rate_hz,
        n_fft=spectrum.n_fft,
        hop_length=spectrum.hop_samples,
        n_mels=spectrum.n_mels,
        fmin=spectrum.fmin_hz,
        fmax=fmax_hz,
        center=spectrum.center,
        pad_mode=spectrum.pad_mode,
        htk=spectrum.htk,
        norm=None if spectrum.norm == "none" else spectrum.norm,
        power=spectrum.power,
    )
    mel = mel[: n_bands_below(librosa_edges_hz(spectrum, sample_rate_hz), spectrum.highest_hz)]
    top_db = None if spectrum.top_db == math.inf else spectrum.top_db
    return np.ascontiguousarray(librosa.power_to_db(mel, amin=spectrum.amin, top_db=top_db).T)


def librosa_edges_hz(spectrum: SpectrumConfig, sample_rate_hz: int) -> NDArray[np.float64]:
    """``librosa.mel_frequencies`` of the bands, (n_mels + 2,)."""
    fmax_hz = sample_rate_hz / 2 if spectrum.fmax_hz is None else spectrum.fmax_hz
    return np.asarray(
        _librosa().mel_frequencies(
            spectrum.n_mels + 2, fmin=spectrum.fmin_hz, fmax=fmax_hz, htk=spectrum.htk
        )
    )


@dataclass(frozen=True, slots=True)
class LibrosaMfcc(MfccEmbedding):
    """The same statistics of ``librosa.feature.mfcc`` and ``librosa.feature.delta``."""

    def coefficients(self, frames: Rows) -> Rows:
        """The coefficients (n_segments, n_frames, n_mfcc) of (n_segments, n_frames, n_mels)."""
        S = frames.transpose(0, 2, 1)  # noqa: N806 - librosa's name
        mfcc: Rows = _librosa().feature.mfcc(S=S, n_mfcc=self.n_mfcc)
        return mfcc.transpose(0, 2, 1)

    def deltas(self, mfcc: Rows, _centred: Rows, /, *, order: int) -> Rows:
        """The derivatives of coefficients, of the same shape.

        Raises
        ------
        ValueError
            If there are fewer frames than librosa's filter spans.
        """
        n_frames = mfcc.shape[1]
        if n_frames < _DELTA_FRAMES:
            raise ValueError(
                f"deltas: got {counted(n_frames, 'frame')} in a "
                f"segment, librosa wants {_DELTA_FRAMES}"
            )
        return np.asarray(_librosa().feature.delta(mfcc, order=order, axis=1))


ENGINES: Mapping[str, Engine] = MappingProxyType(
    {
        "fast": Engine(log_mel=log_mel, edges_hz=mel_edges_hz, extractors=EXTRACTORS),
        "librosa": Engine(
            log_mel=librosa_log_mel,
            edges_hz=librosa_edges_hz,
            extractors=ChainMap({"mfcc": LibrosaMfcc}, EXTRACTORS),
        ),
    }
)


def band_centres_hz(spectrum: SpectrumConfig, sample_rate_hz: int) -> NDArray[np.float64]:
    """Where the bands of a log-mel spectrogram are loudest, (n_bands,)."""
    edges_hz = ENGINES[spectrum.engine].edges_hz(spectrum, sample_rate_hz)
    return edges_hz[1:-1][: n_bands_below(edges_hz, spectrum.highest_hz)]


def _librosa() -> ModuleType:
    try:
        import librosa.feature
    except ImportError as error:
        problem = f"spectrum: the engine librosa cannot be imported ({error})"
        advice = "run pip install librosa, or take the engine fast"
        raise ConfigError(problem, advice=advice) from error
    return librosa
