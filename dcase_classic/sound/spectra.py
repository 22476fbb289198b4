"""The log-mel spectrogram of a clip: one float32 pass that every view reuses.

The numbers are those of ``librosa.feature.melspectrogram`` with ``center=False`` (Hann window,
Slaney mel scale and area norm, power 2) followed by ``librosa.power_to_db`` with ``ref=1``,
``amin=1e-10`` and no ``top_db``; librosa is the reference in the tests and is not imported here,
because its first spectrogram costs seconds in every process. The agreement is 1e-3 dB within 80 dB
of the loudest band of a frame; below that a pure tone shows the noise floor of a float32 FFT.
"""

from functools import lru_cache
from threading import get_ident

import numpy as np
from numpy.typing import NDArray

from dcase_classic.config.sound import SpectrumConfig
from dcase_classic.records import Rows
from dcase_classic.sound.fourier import rfft
from dcase_classic.sound.kept import kept

# Slaney's scale: 15 mel are 1 kHz, and 27 more are 6.4 kHz.
_LINEAR_HZ_PER_MEL = 200 / 3
_BREAK_HZ = 1000.0
_LOG_STEP = np.log(6.4) / 27
# A clip of 10 s is one block (smaller blocks cost more calls than they save cache misses); longer
# clips go through the same few MB.
_BLOCK_FRAMES = 512
_BANDS_PER_BLOCK = 8
# The logarithm to base e is four times as fast in float32 as that to base 10.
_DB_PER_NEPER = np.float32(10 / np.log(10))


def log_mel(samples: Rows, spectrum: SpectrumConfig, *, sample_rate_hz: int) -> Rows:
    """Log-mel spectrogram in dB, shape (n_frames, n_bands), float32; frames are never padded.

    Parameters
    ----------
    samples : array, shape (n_samples,), float32, at least one frame
    spectrum, sample_rate_hz : its settings, and the rate of the samples.
    """
    frames = _frames(samples, spectrum.n_fft, spectrum.hop_samples)
    filters = _filter_blocks(spectrum, sample_rate_hz)
    mel = np.empty((len(frames), filters[-1][1].stop), np.float32)
    for start in range(0, len(frames), _BLOCK_FRAMES):
        block = slice(start, start + _BLOCK_FRAMES)
        squares = _squared_parts(frames[block])
        for parts, bands, weights in filters:
            np.matmul(squares[:, parts], weights, out=mel[block, bands])
    np.maximum(mel, np.float32(spectrum.amin), out=mel)
    np.log(mel, out=mel)
    mel *= _DB_PER_NEPER
    return mel


def _frames(samples: Rows, n_fft: int, hop_samples: int) -> Rows:
    """The frames (n_frames, n_fft), not copied.

    What sliding_window_view gives, which takes thirty times as long to make it.
    """
    samples = np.ascontiguousarray(samples)
    return np.ndarray(
        ((len(samples) - n_fft) // hop_samples + 1, n_fft),
        samples.dtype,
        samples,
        strides=(hop_samples * samples.itemsize, samples.itemsize),
    )


def _squared_parts(frames: Rows) -> Rows:
    """Squared real and imaginary parts of the spectra of frames (n, n_fft), in turn.

    The power of a bin is the sum of its two; the filters add them up, which saves a pass.

    Returns
    -------
    array, shape (n, 2 * (n_fft // 2 + 1)), float32
    """
    n_frames, n_fft = frames.shape
    windowed = _buffer(get_ident(), n_fft)[:n_frames]
    np.multiply(frames, _hann(n_fft), out=windowed)
    # scipy keeps float32, where librosa and older numpy compute in double
    parts: Rows = rfft(windowed).view(np.float32)
    return np.square(parts, out=parts)


@lru_cache(maxsize=8)
def _buffer(thread: int, n_fft: int) -> Rows:  # noqa: ARG001 - each thread has its own
    """Room for the windowed frames of a block.

    Kept, because the first touch of fresh memory costs more than the arithmetic in it.
    """
    return np.empty((_BLOCK_FRAMES, n_fft), np.float32)


@lru_cache
def _filter_blocks(
    spectrum: SpectrumConfig, sample_rate_hz: int
) -> tuple[tuple[slice, slice, Rows], ...]:
    """The mel filters as a few small dense blocks for squared parts: parts, bands, and weights.

    98 % of the filter matrix are zeros; neighbouring bands share most of their bins.
    """
    edges_hz = mel_edges_hz(spectrum, sample_rate_hz)
    n_bands = n_bands_below(edges_hz, spectrum.highest_hz)
    filters = mel_filters(spectrum, sample_rate_hz)[:, :n_bands]
    blocks = []
    for start in range(0, n_bands, _BANDS_PER_BLOCK):
        bands = slice(start, min(start + _BANDS_PER_BLOCK, n_bands))
        used = np.flatnonzero(filters[:, bands].any(axis=1))
        bins = slice(used[0], used[-1] + 1) if used.size else slice(0, 0)
        weights = np.repeat(filters[bins, bands], 2, axis=0)
        blocks.append((slice(2 * bins.start, 2 * bins.stop), bands, weights))
    return tuple(blocks)


@kept
def mel_filters(spectrum: SpectrumConfig, sample_rate_hz: int) -> Rows:
    """Triangular mel filters with area norm, shape (n_fft // 2 + 1, n_mels), float32.

    The scale is linear below 1 kHz and logarithmic above (Slaney, Auditory Toolbox, 1998).
    """
    edges_hz = mel_edges_hz(spectrum, sample_rate_hz)
    bins_hz = np.linspace(0.0, sample_rate_hz / 2, spectrum.n_fft // 2 + 1)[:, np.newaxis]
    rising = (bins_hz - edges_hz[:-2]) / np.diff(edges_hz)[:-1]
    falling = (edges_hz[2:] - bins_hz) / np.diff(edges_hz)[1:]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return (triangles * 2.0 / (edges_hz[2:] - edges_hz[:-2])).astype(np.float32)


def mel_edges_hz(spectrum: SpectrumConfig, sample_rate_hz: int) -> NDArray[np.float64]:
    """Where the bands begin, (n_mels + 2,): band i reaches from edge i to edge i + 2."""
    fmax_hz = sample_rate_hz / 2 if spectrum.fmax_hz is None else spectrum.fmax_hz
    ends_mel = _hz_to_mel(spectrum.fmin_hz), _hz_to_mel(fmax_hz)
    return _mel_to_hz(np.linspace(*ends_mel, spectrum.n_mels + 2))


def n_bands_below(edges_hz: NDArray[np.float64], highest_hz: float) -> int:
    """The number of bands that end at or below ``highest_hz``; one at least."""
    return max(1, int(np.count_nonzero(edges_hz[2:] <= highest_hz)))


@kept
def _hann(n_fft: int) -> Rows:
    """The periodic Hann window, shape (n_fft,)."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)).astype(np.float32)


def _hz_to_mel(hz: float) -> float:
    """The place of a frequency on Slaney's scale, in mel."""
    if hz < _BREAK_HZ:
        return hz / _LINEAR_HZ_PER_MEL
    return float(_BREAK_HZ / _LINEAR_HZ_PER_MEL + np.log(hz / _BREAK_HZ) / _LOG_STEP)


def _mel_to_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    """The frequencies in Hz of places on Slaney's scale, of the same shape."""
    break_mel = _BREAK_HZ / _LINEAR_HZ_PER_MEL
    logarithmic = _BREAK_HZ * np.exp(_LOG_STEP * (np.maximum(mel, break_mel) - break_mel))
    return np.where(mel < break_mel, mel * _LINEAR_HZ_PER_MEL, logarithmic)
