"""Extractors that look at a whole clip over time: ranked means, movement, rhythm, peakiness.

They serve shorter segments as well. All take dB frames (n_segments, n_frames, n_mels) and give one
row per segment; where a clip is too short or does not move at all, they say "no movement".
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np

from dcase_classic.config.setting import check_setting
from dcase_classic.records import Rows
from dcase_classic.sound import frame_statistics
from dcase_classic.sound.fourier import rfft
from dcase_classic.sound.kept import kept

# The length that r is stated for: the frames of 10 s at 16 kHz and hop 512.
_REFERENCE_FRAMES = 313
# Added to the modulation power (dB^2): far below any machine, it bounds the logarithm of nothing.
_MODULATION_FLOOR = 1e-3


@dataclass(frozen=True, slots=True)
class RankedMean:
    """Global weighted ranked pooling over time of every mel band, in dB.

    The frames of a band are sorted in descending order and weighted by ``r ** rank``: r = 0 is the
    maximum, r = 1 the mean, 0.9 about the ten loudest frames (Kolesnikov and Lampert, 2016; for
    machine sounds Guan et al., ICASSP 2023). ``r`` is stated for 10 s; a clip of T frames uses
    ``r ** (313 / T)``, which gives the same weight to the same share of any clip.

    Parameters
    ----------
    r : at most 20 different numbers from 0 to 1, a column of each band for each.

    Raises
    ------
    ValueError
        If there is none, one is out of range, or one is there twice.
    """

    r: tuple[float, ...] = (1.0, 0.9, 0.0)

    def __post_init__(self) -> None:
        """Check the range."""
        is_right = all(0 <= r <= 1 for r in self.r) and 0 < len(set(self.r)) == len(self.r) <= 20
        check_setting(is_right, "r", list(self.r), "different numbers from 0 to 1")

    def names(self, n_mels: int) -> tuple[str, ...]:
        """``gwrp_<r>_<band>``, all bands of the first r first."""
        return tuple(f"gwrp_{r:g}_{band}" for r in self.r for band in range(n_mels))

    def extract(self, frames: Rows) -> Rows:
        """Rows (n_segments, len(r) * n_mels) from (n_segments, n_frames, n_mels)."""
        n_frames = frames.shape[1]
        descending = np.sort(frames, axis=1)[:, ::-1]
        effective = np.array(self.r) ** (_REFERENCE_FRAMES / n_frames)
        weights = effective[:, np.newaxis] ** np.arange(n_frames)
        weights = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
        pooled: Rows = np.einsum("rt,stm->srm", weights, descending)
        return pooled.reshape(len(frames), -1)


@dataclass(frozen=True, slots=True)
class Dynamics:
    """How every mel band moves around its own temporal mean, whatever its level.

    Standard deviation (dB), distance of the 5th and the 95th percentile (dB), logarithm of the
    kurtosis (0 for a constant band, log 3 for Gaussian movement), and mean absolute difference of
    neighbouring frames (dB). A gain or an equaliser changes none of them.
    """

    aspect: ClassVar[str] = "movement"

    def names(self, n_mels: int) -> tuple[str, ...]:
        """``dynamics_<statistic>_<band>``, all bands of the first statistic first."""
        statistics = ("std", "range", "log_kurtosis", "step")
        return tuple(f"dynamics_{name}_{band}" for name in statistics for band in range(n_mels))

    def extract(self, frames: Rows) -> Rows:
        """Rows (n_segments, 4 * n_mels) from (n_segments, n_frames, n_mels)."""
        centred, _ = frame_statistics.centre(frames)
        low, high = frame_statistics.percentiles(centred, [5, 95])
        std, _, kurtosis = frame_statistics.moments(centred, constant=1.0)
        step = frame_statistics.mean(np.abs(frame_statistics.steps(centred)))
        columns = (std, high - low, np.log(kurtosis), step)
        return np.concatenate(columns, axis=1)


@dataclass(frozen=True, slots=True)
class ModulationSpectrum:
    """The rhythm of a machine: power spectra over time of coarse mel bands, in dB.

    Mel bands are averaged into ``n_bands``. Hann windows of ``window_frames`` frames, overlapping
    by at least a half and spread over all frames, lose their mean; their power spectra are averaged
    and then summarised in ``n_rates`` logarithmic steps from two cycles per window to half a cycle
    per frame (0.5 to 15.6 Hz at 16 kHz, hop 512 and 128 frames). A shorter clip is one window.
    (Modulation spectra of machine sounds: Haunschmid and Praher, DCASE 2020, and others.)

    Parameters
    ----------
    n_bands : number of coarse bands; 1 to 1024, at most as many as the spectrum has are used.
    n_rates : number of modulation rates; 1 to 1024.
    window_frames : length of the windows in frames; 8 to 65536.

    Raises
    ------
    ValueError
        If one of them is less or more.
    """

    aspect: ClassVar[str] = "rhythm"
    n_bands: int = 24
    n_rates: int = 12
    window_frames: int = 128

    def __post_init__(self) -> None:
        """Check the ranges."""
        ranges = {"n_bands": (1, 2**10), "n_rates": (1, 2**10), "window_frames": (8, 2**16)}
        for name, (least, most) in ranges.items():
            value = getattr(self, name)
            check_setting(least <= value <= most, name, value, f"at least {least}, at most {most}")

    def names(self, n_mels: int) -> tuple[str, ...]:
        """``modulation_<band>_<rate>``, all rates of the first band first."""
        n_bands = min(self.n_bands, n_mels)
        return tuple(f"modulation_{i}_{j}" for i in range(n_bands) for j in range(self.n_rates))

    def extract(self, frames: Rows) -> Rows:
        """Rows (n_segments, n_bands * n_rates) from (n_segments, n_frames, n_mels)."""
        n_frames, n_mels = frames.shape[1:]
        bands = frames @ band_means(n_mels, min(self.n_bands, n_mels))
        bands = np.ascontiguousarray(bands.transpose(0, 2, 1))
        power = _mean_power(bands, min(self.window_frames, n_frames))
        summary = power @ _rate_means(n_frames, self.window_frames, self.n_rates)
        rows: Rows = 10 * np.log10(summary + np.float32(_MODULATION_FLOOR))
        return rows.reshape(len(frames), -1)


@dataclass(frozen=True, slots=True)
class LevelKurtosis:
    """How peaked the level of a clip is over time: one number without unit.

    Excess kurtosis over time of the mean over mel bands in dB: below 0 for a hum, about 0 for
    noise, far above it for rare clicks; 0 where the level is constant.
    """

    aspect: ClassVar[str] = "peaks"

    def names(self, n_mels: int) -> tuple[str, ...]:
        """The one column."""
        return ("level_kurtosis",)

    def extract(self, frames: Rows) -> Rows:
        """Rows (n_segments, 1) from (n_segments, n_frames, n_mels)."""
        level = frames.mean(axis=2, keepdims=True, dtype=np.float32)
        _, _, kurtosis = frame_statistics.moments(frame_statistics.centre(level)[0])
        return kurtosis - np.float32(3)


def _mean_power(bands: Rows, n_window: int) -> Rows:
    """Mean periodogram (n_segments, n_bands, n_window // 2 + 1) of windows over all frames.

    Parameters
    ----------
    bands : array, shape (n_segments, n_bands, n_frames)
    """
    n_frames = bands.shape[2]
    n_windows = 1 + -(-(n_frames - n_window) // max(1, n_window // 2))
    starts = np.linspace(0, n_frames - n_window, n_windows).round().astype(np.intp)
    windows = np.empty((n_windows, *bands.shape[:2], n_window), np.float32)
    for window, start in zip(windows, starts, strict=True):  # faster than one index of all
        window[:] = bands[:, :, start : start + n_window]
    windows -= windows @ np.full((n_window, 1), 1 / n_window, np.float32)
    taper = _taper(n_window)
    windows *= taper
    parts = rfft(windows).view(np.float32)
    power = np.square(parts, out=parts).mean(axis=0) / np.square(taper).sum()
    return np.asarray(power[..., ::2] + power[..., 1::2])  # of the real and the imaginary part


@kept
def _taper(n_window: int) -> Rows:
    """The Hann window (n_window,) without the zeros at its ends."""
    return np.hanning(n_window + 2)[1:-1].astype(np.float32)


@kept
def band_means(n_mels: int, n_bands: int) -> Rows:
    """Matrix (n_mels, n_bands) that averages neighbouring mel bands."""
    matrix = np.zeros((n_mels, n_bands), np.float32)
    for band, members in enumerate(np.array_split(np.arange(n_mels), n_bands)):
        matrix[members, band] = 1 / len(members)
    return matrix


@kept
def _rate_means(n_frames: int, window_frames: int, n_rates: int) -> Rows:
    """Matrix (n_frequencies, n_rates) that averages the frequencies of each modulation rate.

    A rate without a frequency of its own, as short clips have them, takes the nearest one.
    """
    frequencies = np.fft.rfftfreq(min(window_frames, n_frames))
    edges = np.geomspace(2 / window_frames, 0.5, n_rates + 1)
    edges[-1] = 1.0  # half a cycle per frame belongs to the last rate
    matrix = np.zeros((len(frequencies), n_rates), np.float32)
    for rate, (low, high) in enumerate(pairwise(edges)):
        members = np.flatnonzero((frequencies >= low - 1e-9) & (frequencies < high - 1e-9))
        if not members.size:
            members = np.array([np.abs(frequencies - low).argmin()])
        matrix[members, rate] = 1 / len(members)
    return matrix
