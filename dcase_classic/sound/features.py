"""Extractors: from the log-mel frames of segments to one feature row per segment.

An extractor is a frozen dataclass with ``names(n_mels)`` and ``extract(frames)``. All segments of a
call have the same number of frames. A new extractor is one class and one line in ``EXTRACTORS``.
It may have an ``aspect``, the word that explanations have for what it looks at, else ``spectrum``.
"""

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from dcase_classic.config.setting import check_setting
from dcase_classic.errors import ConfigError
from dcase_classic.records import Rows
from dcase_classic.sound import frame_statistics
from dcase_classic.sound.features_clip import (
    Dynamics,
    LevelKurtosis,
    ModulationSpectrum,
    RankedMean,
)
from dcase_classic.sound.kept import kept
from dcase_classic.wording import counted

_RANKS = {"min": 0, "max": 100, "p5": 5, "p25": 25, "p50": 50, "p75": 75, "p95": 95}
LOGMEL_STATISTICS = ("mean", "std", *_RANKS, "skewness", "kurtosis")
_DELTA_ORDERS = {"delta": 1, "delta2": 2}
MFCC_STATISTICS = (
    *("mean", "std", "step_std"),
    *(f"{delta}_{statistic}" for delta in _DELTA_ORDERS for statistic in ("mean", "std")),
)


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

    Parameters
    ----------
    statistics : in the order of the columns, some of mean, std, min, max, p5, p25, p50, p75, p95,
        skewness and kurtosis.

    Raises
    ------
    ValueError
        If a statistic is unknown or there twice, or if there is none.
    """

    statistics: tuple[str, ...] = LOGMEL_STATISTICS

    def __post_init__(self) -> None:
        """Check the names of the statistics."""
        _check_statistics(self.statistics, LOGMEL_STATISTICS)

    @property
    def aspect(self) -> str:
        """The loudest moments alone are no spectrum."""
        return "peaks" if self.statistics == ("max",) else "spectrum"

    def names(self, n_mels: int) -> tuple[str, ...]:
        """``logmel_<statistic>_<band>``, all bands of the first statistic first."""
        return tuple(f"logmel_{name}_{band}" for name in self.statistics for band in range(n_mels))

    def extract(self, frames: Rows) -> Rows:
        """Rows (n_segments, n_statistics * n_mels) from (n_segments, n_frames, n_mels)."""
        columns = _moments(frames, self.statistics) | _ranks(frames, self.statistics)
        return np.concatenate([columns[name] for name in self.statistics], axis=1)


@dataclass(frozen=True, slots=True)
class MfccEmbedding:
    """Statistics over time of the mel-frequency cepstral coefficients 0 to ``n_mfcc - 1``.

    The coefficients are the orthonormal DCT-II of the dB log-mel frame (Davis and Mermelstein,
    1980), as ``librosa.feature.mfcc`` computes them. ``delta`` and ``delta2`` are their local first
    and second derivatives (see `frame_statistics.derivative`), as ``librosa.feature.delta`` has
    them; ``step_std`` is the standard deviation of the differences between neighbouring frames.

    Parameters
    ----------
    n_mfcc : the number of coefficients; from 1, all there are if the spectrum has fewer bands.
    statistics : in the order of the columns, some of mean, std, step_std, delta_mean, delta_std,
        delta2_mean and delta2_std.

    Raises
    ------
    ValueError
        If there is no coefficient or no statistic, or one is unknown or there twice.
    """

    n_mfcc: int = 20
    statistics: tuple[str, ...] = ("mean", "std", "delta_std")

    def __post_init__(self) -> None:
        """Check the number of coefficients and the names of the statistics."""
        check_setting(self.n_mfcc >= 1, "n_mfcc", self.n_mfcc, "at least 1")
        _check_statistics(self.statistics, MFCC_STATISTICS)

    def names(self, n_mels: int) -> tuple[str, ...]:
        """``mfcc_<statistic>_<coefficient>``, all coefficients of the first statistic first."""
        n_mfcc = min(self.n_mfcc, n_mels)
        return tuple(f"mfcc_{name}_{i}" for name in self.statistics for i in range(n_mfcc))

    def extract(self, frames: Rows) -> Rows:
        """Rows (n_segments, n_statistics * n_mfcc) from (n_segments, n_frames, n_mels)."""
        mfcc = self.coefficients(frames)
        centred, mean = frame_statistics.centre(mfcc)
        columns = {"mean": mean, "std": frame_statistics.std(centred)}
        if "step_std" in self.statistics:
            steps, _ = frame_statistics.centre(frame_statistics.steps(centred))
            columns["step_std"] = frame_statistics.std(steps)
        for name, order in _DELTA_ORDERS.items():
            if any(statistic.startswith(f"{name}_") for statistic in self.statistics):
                deltas = self.deltas(mfcc, centred, order=order)
                deltas, columns[f"{name}_mean"] = frame_statistics.centre(deltas)
                columns[f"{name}_std"] = frame_statistics.std(deltas)
        return np.concatenate([columns[name] for name in self.statistics], axis=1)

    def coefficients(self, frames: Rows) -> Rows:
        """The coefficients (n_segments, n_frames, n_mfcc) of (n_segments, n_frames, n_mels)."""
        n_segments, n_frames, n_mels = frames.shape
        matrix = _dct_matrix(n_mels, min(self.n_mfcc, n_mels))
        mfcc: Rows = frames.reshape(-1, n_mels) @ matrix
        return mfcc.reshape(n_segments, n_frames, -1)

    def deltas(self, _mfcc: Rows, centred: Rows, /, *, order: int) -> Rows:
        """The derivatives of coefficients, of the same shape.

        They are those of the ``centred`` coefficients too, which float32 rounds less.
        """
        return frame_statistics.derivative(centred, order=order)


EXTRACTORS: MutableMapping[str, Callable[..., Extractor]] = {
    "logmel_stats": LogMelStats,
    "mfcc": MfccEmbedding,
    "gwrp": RankedMean,
    "dynamics": Dynamics,
    "modulation": ModulationSpectrum,
    "level_kurtosis": LevelKurtosis,
}


def extract_rows(extractors: tuple[Extractor, ...], frames: Rows) -> Rows:
    """The columns of all extractors side by side, shape (n_segments, n_features), float32.

    Parameters
    ----------
    extractors : at least one.
    frames : array, shape (n_segments, n_frames, n_mels), float32, in dB

    Raises
    ------
    ConfigError
        If an extractor does not give a row for every segment.
    ValueError
        If one gives no finite numbers.
    """
    rows = np.concatenate([_extracted(extractor, frames) for extractor in extractors], axis=1)
    if not np.isfinite(rows).all():
        names = " or ".join(type(extractor).__name__ for extractor in extractors)
        raise ValueError(f"extract of {names} gave NaN or inf")
    return rows


def _extracted(extractor: Extractor, frames: Rows) -> Rows:
    rows = extractor.extract(frames)
    if np.ndim(rows) != 2 or len(rows) != len(frames):
        got = f"extract of {type(extractor).__name__} gave numbers of shape {np.shape(rows)}"
        raise ConfigError(f"{got}, expected a row for each of {counted(len(frames), 'segment')}")
    return rows


def _check_statistics(names: tuple[str, ...], known: tuple[str, ...]) -> None:
    is_right = bool(names) and set(known) >= set(names) and len(set(names)) == len(names)
    check_setting(is_right, "statistics", list(names), f"some of {', '.join(known)}")


def _moments(frames: Rows, statistics: tuple[str, ...]) -> dict[str, Rows]:
    """The moments that are asked for, and others that come with them; each (n_segments, n_mels)."""
    if {"mean", "std", "skewness", "kurtosis"}.isdisjoint(statistics):
        return {}
    centred, mean = frame_statistics.centre(frames)
    if {"skewness", "kurtosis"}.isdisjoint(statistics):
        return {"mean": mean, "std": frame_statistics.std(centred)}
    std, skewness, kurtosis = frame_statistics.moments(centred)
    return {"mean": mean, "std": std, "skewness": skewness, "kurtosis": kurtosis - np.float32(3)}


def _ranks(frames: Rows, statistics: tuple[str, ...]) -> dict[str, Rows]:
    """Those percentiles that are asked for, each (n_segments, n_mels)."""
    wanted = [name for name in statistics if name in _RANKS]
    if set(wanted) <= {"min", "max"}:  # no need to sort
        return {name: getattr(frames, name)(axis=1) for name in wanted}
    percentiles = frame_statistics.percentiles(frames, [_RANKS[name] for name in wanted])
    return dict(zip(wanted, percentiles, strict=True))


@kept
def _dct_matrix(n_mels: int, n_mfcc: int) -> Rows:
    """The orthonormal DCT-II as a matrix, shape (n_mels, n_mfcc), float32."""
    band = np.arange(n_mels)[:, np.newaxis]
    matrix = np.cos(np.pi * (band + 0.5) * np.arange(n_mfcc) / n_mels) * np.sqrt(2 / n_mels)
    matrix[:, 0] = np.sqrt(1 / n_mels)
    return np.asarray(matrix.astype(np.float32))
