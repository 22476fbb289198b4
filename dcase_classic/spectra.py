"""The log-mel spectrogram of a clip: one float32 pass that every view reuses.

The numbers are those of ``librosa.feature.melspectrogram`` with ``center=False`` (Hann window,
Slaney mel scale and area norm, power 2) followed by ``librosa.power_to_db`` with ``ref=1``,
``amin=1e-10`` and no ``top_db``; librosa is the reference in the tests and is not imported here,
because its first spectrogram costs seconds in every process.
"""

from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.fft import rfft

POWER_FLOOR = 1e-10  # -100 dB; full scale is near 0 dB and above


def log_mel(
    samples: NDArray[np.float32],
    *,
    sample_rate_hz: int,
    n_fft: int,
    hop_samples: int,
    n_mels: int,
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
    frames = sliding_window_view(samples, n_fft)[::hop_samples]
    spectrum = rfft(frames * _hann(n_fft), axis=1)
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    mel: NDArray[np.float32] = power @ mel_filters(sample_rate_hz, n_fft, n_mels)
    np.maximum(mel, np.float32(POWER_FLOOR), out=mel)
    np.log10(mel, out=mel)
    mel *= np.float32(10)
    return mel


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
