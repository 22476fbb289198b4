"""A clip in numbers that people can place: level, loudest and quietest moments, rhythm, by band.

The features of views are made to tell machines from faults; these are made to say where in a clip,
in Hz and seconds, it differs from others.
"""

from dataclasses import dataclass

import numpy as np

from dcase_classic.config.sound import SpectrumConfig
from dcase_classic.records import IndexArray, Rows
from dcase_classic.sound.features_clip import ModulationSpectrum, band_means
from dcase_classic.sound.front_end import ViewFeatures
from dcase_classic.sound.kept import kept

# Frames of a moment: a click, a word, a second (32 ms, 0.26 s and 1 s by default).
MOMENT_FRAMES = (1, 8, 32)
_COARSE_BANDS = 24
_MODULATION = ModulationSpectrum(n_bands=2**10)


@dataclass(frozen=True, slots=True)
class Portrait:
    """Level, moments and rhythm of a clip, in dB.

    Bands are those of the spectrogram, then 24 of neighbouring ones together, then all together.
    The columns are the mean over time of every band; the loudest and the quietest moment of every
    band, for each of ``MOMENT_FRAMES``; and the rhythm (see `ModulationSpectrum`) of every band
    but the single ones.
    """

    def names(self, n_mels: int) -> tuple[str, ...]:
        """``portrait_<what>_<band>``, all bands of the first statistic first."""
        n_coarse = len(coarse_bands(n_mels))
        moments = [f"{end}{length}" for length in MOMENT_FRAMES for end in ("max", "min")]
        levels = [f"{what}_{i}" for what in ("mean", *moments) for i in range(n_mels + n_coarse)]
        rhythm = [f"rhythm_{i}_{j}" for i in range(n_coarse) for j in range(_MODULATION.n_rates)]
        return tuple(f"portrait_{name}" for name in levels + rhythm)

    def extract(self, frames: Rows) -> Rows:
        """Rows (n_segments, n_columns) from dB frames (n_segments, n_frames, n_mels)."""
        bands = with_coarse_bands(frames)
        columns = [bands.mean(axis=1, dtype=np.float64)]
        for length in MOMENT_FRAMES:
            moments = moving_means(bands, length)
            columns += [moments.max(axis=1), moments.min(axis=1)]
        rhythm = _MODULATION.extract(bands[:, :, frames.shape[2] :])
        return np.concatenate([*columns, rhythm], axis=1).astype(np.float32)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PortraitColumns:
    """The columns of one portrait by what they are; each a view of it.

    Attributes
    ----------
    mean : array, shape (n_bands,)
        Of single bands, then coarse ones, then of all.
    moments : array, shape (n_lengths, 2, n_bands), the loudest and the quietest of each length.
    rhythm : array, shape (n_coarse, n_rates)
    """

    mean: Rows
    moments: Rows
    rhythm: Rows

    @classmethod
    def from_row(cls, row: Rows) -> "PortraitColumns":
        """Take a row (n_columns,), or anything with the same columns, apart."""
        n_bands = n_level_bands(len(row))
        n_levels = (1 + 2 * len(MOMENT_FRAMES)) * n_bands
        levels = row[:n_levels].reshape(-1, n_bands)
        return cls(
            mean=levels[0],
            moments=levels[1:].reshape(len(MOMENT_FRAMES), 2, n_bands),
            rhythm=row[n_levels:].reshape(-1, _MODULATION.n_rates),
        )


def portrait_features(spectrum: SpectrumConfig) -> ViewFeatures:
    """What portraits of clips are kept under."""
    return ViewFeatures(extractors=(Portrait(),), spectrum=spectrum)


def coarse_bands(n_mels: int) -> list[IndexArray]:
    """The single bands of every coarse one; the last holds all."""
    every = np.arange(n_mels)
    return [*np.array_split(every, min(_COARSE_BANDS, n_mels)), every]


def with_coarse_bands(frames: Rows) -> Rows:
    """Frames (..., n_mels) with the means of coarse bands beside them, (..., n_bands)."""
    return np.concatenate([frames, frames @ _coarse_means(frames.shape[-1])], axis=-1)


@kept
def _coarse_means(n_mels: int) -> Rows:
    """Matrix (n_mels, n_coarse) that averages the members of `coarse_bands`."""
    coarse = band_means(n_mels, min(_COARSE_BANDS, n_mels))
    return np.hstack([coarse, band_means(n_mels, 1)])


def moving_means(frames: Rows, length: int) -> Rows:
    """Means over ``length`` neighbouring frames, (n_segments, n_frames - length + 1, n_bands).

    Of a shorter clip the mean over all its frames.
    """
    length = min(length, frames.shape[1])
    if length == 1:
        return frames
    usual = frames.mean(axis=1, dtype=np.float64, keepdims=True).astype(np.float32)
    sums = np.cumsum(frames - usual, axis=1)  # of values around 0, which float32 rounds least
    means: Rows = sums[:, length - 1 :].copy()
    means[:, 1:] -= sums[:, :-length]
    means /= np.float32(length)
    means += usual
    return means


def rate_edges() -> Rows:
    """Where the rates of the rhythm begin and end, (n_rates + 1,), in cycles per frame."""
    edges = np.geomspace(2 / _MODULATION.window_frames, 0.5, _MODULATION.n_rates + 1)
    return np.asarray(edges, np.float32)


def n_level_bands(n_columns: int) -> int:
    """The number of bands, coarse ones among them, of a portrait with so many columns.

    Raises
    ------
    ValueError
        If no portrait has so many.
    """
    n_levels = 1 + 2 * len(MOMENT_FRAMES)
    for n_mels in range(1, 2**10 + 1):
        n_coarse = min(_COARSE_BANDS, n_mels) + 1
        if n_levels * (n_mels + n_coarse) + n_coarse * _MODULATION.n_rates == n_columns:
            return n_mels + n_coarse
    raise ValueError(f"portrait: got {n_columns} columns, which no spectrogram gives")
