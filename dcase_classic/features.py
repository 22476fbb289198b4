"""Extractors: from the log-mel frames of segments to one feature row per segment.

An extractor is a frozen dataclass with ``names(n_mels)`` and ``extract(frames)``. All segments of a
call have the same number of frames. A new extractor is one class and one line in ``EXTRACTORS``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dcase_classic.features_clip import Dynamics, LevelKurtosis, ModulationSpectrum, RankedMean

Rows = NDArray[np.float32]

_RANKS = {"min": 0, "max": 100, "p5": 5, "p25": 25, "p50": 50, "p75": 75, "p95": 95}
LOGMEL_STATISTICS = ("mean", "std", *_RANKS, "skewness", "kurtosis")
MFCC_STATISTICS = ("mean", "std", "delta_std")

# Below this spread in dB a band counts as constant: float32 rounding near 100 dB is about 1e-5.
_CONSTANT_DB = 1e-4


class Extractor(Protocol):
    """What every entry of ``EXTRACTORS`` makes."""

    def names(self, n_mels: int) -> tuple[str, ...]:
        """One name per column of ``extract``."""
        ...

    def extract(self, frames: Rows) -> Rows:
        """Rows (n_segments, n_features) from dB frames (n_segments, n_frames, n_mels)."""
        ...


@dataclass(frozen=True, slots=True)
class LogMelStats:
    """Statistics over time of every mel band, in dB (skewness and kurtosis without unit).

    ``std``, ``skewness`` and ``kurtosis`` are the biased population moments (kurtosis minus 3), as
    scipy.stats computes them; a constant band has skewness and kurtosis 0. Percentiles interpolate
    linearly, as numpy does.
    """

    statistics: tuple[str, ...] = LOGMEL_STATISTICS

    def __post_init__(self) -> None:
        """Check the names of the statistics."""
        _check_statistics(self.statistics, LOGMEL_STATISTICS)

    def names(self, n_mels: int) -> tuple[str, ...]:
        """``logmel_<statistic>_<band>``, all bands of the first statistic first."""
        return tuple(f"logmel_{name}_{band}" for name in self.statistics for band in range(n_mels))

    def extract(self, frames: Rows) -> Rows:
        """Rows (n_segments, n_statistics * n_mels) from (n_segments, n_frames, n_mels)."""
        columns = _moments(frames, self.statistics)
        ranks = [name for name in self.statistics if name in _RANKS]
        if ranks:
            percentiles = _percentiles(frames, [_RANKS[name] for name in ranks])
            columns |= zip(ranks, np.moveaxis(percentiles, 2, 0), strict=True)
        return np.concatenate([columns[name] for name in self.statistics], axis=1)


@dataclass(frozen=True, slots=True)
class MfccEmbedding:
    """Statistics over time of the mel-frequency cepstral coefficients 0 to ``n_mfcc - 1``.

    The coefficients are the orthonormal DCT-II of the dB log-mel frame (Davis and Mermelstein,
    1980), as ``librosa.feature.mfcc`` computes them. ``delta_std`` is the standard deviation of the
    first differences between frames; one frame alone has 0.
    """

    n_mfcc: int = 20
    statistics: tuple[str, ...] = MFCC_STATISTICS

    def __post_init__(self) -> None:
        """Check the number of coefficients and the names of the statistics."""
        if self.n_mfcc < 1:
            raise ValueError(f"n_mfcc: got {self.n_mfcc}, expected at least 1")
        _check_statistics(self.statistics, MFCC_STATISTICS)

    def names(self, n_mels: int) -> tuple[str, ...]:
        """``mfcc_<statistic>_<coefficient>``, all coefficients of the first statistic first."""
        n_mfcc = min(self.n_mfcc, n_mels)
        return tuple(f"mfcc_{name}_{i}" for name in self.statistics for i in range(n_mfcc))

    def extract(self, frames: Rows) -> Rows:
        """Rows (n_segments, n_statistics * n_mfcc) from (n_segments, n_frames, n_mels)."""
        n_segments, n_frames, n_mels = frames.shape
        matrix = _dct_matrix(n_mels, min(self.n_mfcc, n_mels))
        mfcc = (frames.reshape(-1, n_mels) @ matrix).reshape(n_segments, n_frames, -1)
        statistics: Mapping[str, Callable[[], Rows]] = {
            "mean": lambda: _mean(mfcc),
            "std": lambda: _std(mfcc),
            "delta_std": lambda: _std(mfcc[:, 1:] - mfcc[:, :-1]),
        }
        return np.concatenate([statistics[name]() for name in self.statistics], axis=1)


EXTRACTORS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "logmel_stats": LogMelStats,
        "mfcc": MfccEmbedding,
        "gwrp": RankedMean,
        "dynamics": Dynamics,
        "modulation": ModulationSpectrum,
        "level_kurtosis": LevelKurtosis,
    }
)


def extract_rows(extractors: tuple[Extractor, ...], frames: Rows) -> Rows:
    """The columns of all extractors side by side, shape (n_segments, n_features), float32."""
    return np.concatenate([extractor.extract(frames) for extractor in extractors], axis=1)


def _check_statistics(names: tuple[str, ...], known: tuple[str, ...]) -> None:
    if not names or not set(known).issuperset(names) or len(set(names)) < len(names):
        raise ValueError(f"statistics: got {list(names)}, expected some of {', '.join(known)}")


def _moments(frames: Rows, statistics: tuple[str, ...]) -> dict[str, Rows]:
    """Mean and those central moments that are asked for, each (n_segments, n_mels)."""
    mean = _mean(frames)
    moments = {"mean": mean}
    if not {"std", "skewness", "kurtosis"}.isdisjoint(statistics):
        centred = frames - mean[:, np.newaxis]
        squared = np.square(centred)
        std = np.sqrt(_mean_product(centred, centred))
        is_constant = std < _CONSTANT_DB
        safe_std = np.where(is_constant, np.float32(np.inf), std)
        moments["std"] = std
        moments["skewness"] = _mean_product(squared, centred) / safe_std**3
        fourth = _mean_product(squared, squared) / safe_std**4
        moments["kurtosis"] = np.where(is_constant, np.float32(0), fourth - np.float32(3))
    return moments


def _mean(values: Rows) -> Rows:
    """The mean over time, (n_segments, n_columns), of values (n_segments, n_frames, n_columns)."""
    # A float32 sum over a whole clip is off by 1e-3 dB: a constant band would seem to vary.
    mean: Rows = values.mean(axis=1, dtype=np.float64).astype(np.float32)
    return mean


def _mean_product(a: Rows, b: Rows) -> Rows:
    """The mean over time of ``a * b``, which einsum sums without writing the products."""
    mean: Rows = np.einsum("ijk,ijk->ik", a, b) / np.float32(a.shape[1])
    return mean


def _std(values: Rows) -> Rows:
    """The standard deviation over time, (n_segments, n_columns); 0 where there is no frame."""
    if values.shape[1] == 0:
        return np.zeros((values.shape[0], values.shape[2]), np.float32)
    centred = values - _mean(values)[:, np.newaxis]
    return np.sqrt(_mean_product(centred, centred))


def _percentiles(frames: Rows, percentiles: list[int]) -> Rows:
    """Percentiles over time, shape (n_segments, n_mels, n_percentiles)."""
    # One sort serves all ranks; over contiguous memory it is vectorised, a partition never is.
    ordered = np.ascontiguousarray(frames.transpose(0, 2, 1))
    ordered.sort(axis=2)
    positions = np.array(percentiles) / 100 * (ordered.shape[2] - 1)
    below = positions.astype(np.intp)
    lower = ordered[:, :, below]
    upper = ordered[:, :, np.minimum(below + 1, ordered.shape[2] - 1)]
    value: Rows = lower + (positions - below).astype(np.float32) * (upper - lower)
    return value


@lru_cache
def _dct_matrix(n_mels: int, n_mfcc: int) -> Rows:
    """The orthonormal DCT-II as a matrix, shape (n_mels, n_mfcc), float32."""
    band = np.arange(n_mels)[:, np.newaxis]
    matrix = np.cos(np.pi * (band + 0.5) * np.arange(n_mfcc) / n_mels) * np.sqrt(2 / n_mels)
    matrix[:, 0] = np.sqrt(1 / n_mels)
    rounded: Rows = matrix.astype(np.float32)
    rounded.flags.writeable = False
    return rounded
