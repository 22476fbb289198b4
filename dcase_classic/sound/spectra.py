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

POWER_FLOOR = 1e-10  # -100 dB; full scale is near 0 dB and above

# A clip of 10 s is one block (smaller blocks cost more calls than they save cache misses); longer
# clips go through the same few MB.
_BLOCK_FRAMES = 512
_BANDS_PER_BLOCK = 8
# The logarithm to base e is four times as fast in float32 as that to base 10.
_DB_PER_NEPER = np.float32(10 / np.log(10))


def log_mel(
    samples: NDArray[np.float32], *, sample_rate_hz: int, n_fft: int, hop_samples: int, n_mels: int
) -> NDArray[np.float32]:
    """Log-mel spectrogram in dB, shape (n_frames, n_mels), float32; frames are never padded.

    Parameters
    ----------
    samples : array, shape (n_samples,), float32
    sample_rate_hz, n_fft, hop_samples, n_mels : the spectrogram's settings.

    Raises
    ------
    ValueError
        If the clip is shorter than one frame.
    """
    if len(samples) < n_fft:
        raise ValueError(f"samples: got {len(samples)}, expected at least one frame of {n_fft}")
    frames = _frames(samples, n_fft, hop_samples)
    filters = _filter_blocks(sample_rate_hz, n_fft, n_mels)
    mel = np.empty((len(frames), n_mels), np.float32)
    for start in range(0, len(frames), _BLOCK_FRAMES):
        block = slice(start, start + _BLOCK_FRAMES)
        squares = _squared_parts(frames[block])
        for parts, bands, weights in filters:
            np.matmul(squares[:, parts], weights, out=mel[block, bands])
    np.maximum(mel, np.float32(POWER_FLOOR), out=mel)
    np.log(mel, out=mel)
    mel *= _DB_PER_NEPER
    return mel


def _frames(samples: NDArray[np.float32], n_fft: int, hop_samples: int) -> NDArray[np.float32]:
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


def _squared_parts(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """Squared real and imaginary parts of the spectra of frames (n, n_fft), in turn.

    The power of a bin is the sum of its two; the filters add them up, which saves a pass.

    Returns
    -------
    array, shape (n, 2 * (n_fft // 2 + 1)), float32
    """
    from scipy.fft import rfft

    n_frames, n_fft = frames.shape
    windowed = _buffer(get_ident(), n_fft)[:n_frames]
    np.multiply(frames, _hann(n_fft), out=windowed)
    # scipy keeps float32, where librosa and older numpy compute in double
    parts: NDArray[np.float32] = rfft(windowed, axis=1, overwrite_x=True).view(np.float32)
    return np.square(parts, out=parts)


@lru_cache(maxsize=8)
def _buffer(thread: int, n_fft: int) -> NDArray[np.float32]:  # noqa: ARG001 - each thread has its own
    """Room for the windowed frames of a block.

    Kept, because the first touch of fresh memory costs more than the arithmetic in it.
    """
    return np.empty((_BLOCK_FRAMES, n_fft), np.float32)


@lru_cache
def _filter_blocks(
    sample_rate_hz: int, n_fft: int, n_mels: int
) -> tuple[tuple[slice, slice, NDArray[np.float32]], ...]:
    """The mel filters as a few small dense blocks for squared parts: parts, bands, and weights.

    98 % of the filter matrix are zeros; neighbouring bands share most of their bins.
    """
    filters = mel_filters(sample_rate_hz, n_fft, n_mels)
    blocks = []
    for start in range(0, n_mels, _BANDS_PER_BLOCK):
        bands = slice(start, min(start + _BANDS_PER_BLOCK, n_mels))
        used = np.flatnonzero(filters[:, bands].any(axis=1))
        bins = slice(used[0], used[-1] + 1) if used.size else slice(0, 0)
        weights = np.repeat(filters[bins, bands], 2, axis=0)
        blocks.append((slice(2 * bins.start, 2 * bins.stop), bands, weights))
    return tuple(blocks)


@lru_cache
def mel_filters(sample_rate_hz: int, n_fft: int, n_mels: int) -> NDArray[np.float32]:
    """Triangular mel filters with area norm, shape (n_fft // 2 + 1, n_mels), float32.

    The scale is linear below 1 kHz and logarithmic above (Slaney, Auditory Toolbox, 1998).
    """
    edges_mel = np.linspace(0.0, _hz_to_mel(sample_rate_hz / 2), n_mels + 2)
    edges_hz = _mel_to_hz(edges_mel)
    bins_hz = np.linspace(0.0, sample_rate_hz / 2, n_fft // 2 + 1)[:, np.newaxis]
    rising = (bins_hz - edges_hz[:-2]) / np.diff(edges_hz)[:-1]
    falling = (edges_hz[2:] - bins_hz) / np.diff(edges_hz)[1:]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    filters = (triangles * 2.0 / (edges_hz[2:] - edges_hz[:-2])).astype(np.float32)
    filters.flags.writeable = False
    return filters


@lru_cache
def _hann(n_fft: int) -> NDArray[np.float32]:
    """The periodic Hann window, shape (n_fft,)."""
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)).astype(np.float32)
    window.flags.writeable = False
    return window


_LINEAR_HZ_PER_MEL = 200 / 3
_BREAK_HZ = 1000.0
_LOG_STEP = np.log(6.4) / 27


def _hz_to_mel(hz: float) -> float:
    if hz < _BREAK_HZ:
        return hz / _LINEAR_HZ_PER_MEL
    return float(_BREAK_HZ / _LINEAR_HZ_PER_MEL + np.log(hz / _BREAK_HZ) / _LOG_STEP)


def _mel_to_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    break_mel = _BREAK_HZ / _LINEAR_HZ_PER_MEL
    logarithmic = _BREAK_HZ * np.exp(_LOG_STEP * (np.maximum(mel, break_mel) - break_mel))
    return np.where(mel < break_mel, mel * _LINEAR_HZ_PER_MEL, logarithmic)
