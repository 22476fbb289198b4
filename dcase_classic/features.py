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
        if not _RANKS.keys().isdisjoint(self.statistics):
            ordered = np.sort(frames, axis=1)  # one sort serves every rank
            columns |= {name: _percentile(ordered, rank) for name, rank in _RANKS.items()}
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
        mfcc = frames @ _dct_matrix(frames.shape[2], min(self.n_mfcc, frames.shape[2]))
        statistics: Mapping[str, Callable[[], Rows]] = {
            "mean": lambda: mfcc.mean(axis=1),
            "std": lambda: mfcc.std(axis=1),
            "delta_std": lambda: _delta_std(mfcc),
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
    # A float32 sum over a whole clip is off by 1e-3 dB: a constant band would seem to vary.
    mean = frames.mean(axis=1, dtype=np.float64).astype(np.float32)
    moments = {"mean": mean}
    if not {"std", "skewness", "kurtosis"}.isdisjoint(statistics):
        centred = frames - mean[:, np.newaxis]
        squared = np.square(centred)
        variance = squared.mean(axis=1)
        std = np.sqrt(variance)
        is_constant = std < _CONSTANT_DB
        safe_std = np.where(is_constant, np.float32(np.inf), std)
        moments["std"] = std
        moments["skewness"] = (squared * centred).mean(axis=1) / safe_std**3
        fourth = np.square(squared).mean(axis=1) / safe_std**4
        moments["kurtosis"] = np.where(is_constant, np.float32(0), fourth - np.float32(3))
    return moments


def _percentile(ordered: Rows, percentile: int) -> Rows:
    """A percentile over time, (n_segments, n_mels), from frames in ascending order."""
    position = percentile / 100 * (ordered.shape[1] - 1)
    below = int(position)
    above = min(below + 1, ordered.shape[1] - 1)
    step = ordered[:, above] - ordered[:, below]
    value: Rows = ordered[:, below] + np.float32(position - below) * step
    return value


def _delta_std(mfcc: Rows) -> Rows:
    if mfcc.shape[1] == 1:
        return np.zeros((mfcc.shape[0], mfcc.shape[2]), np.float32)
    return np.asarray(np.diff(mfcc, axis=1).std(axis=1))


@lru_cache
def _dct_matrix(n_mels: int, n_mfcc: int) -> Rows:
    """The orthonormal DCT-II as a matrix, shape (n_mels, n_mfcc), float32."""
    band = np.arange(n_mels)[:, np.newaxis]
    matrix = np.cos(np.pi * (band + 0.5) * np.arange(n_mfcc) / n_mels) * np.sqrt(2 / n_mels)
    matrix[:, 0] = np.sqrt(1 / n_mels)
    rounded: Rows = matrix.astype(np.float32)
    rounded.flags.writeable = False
    return rounded
