"""A clip in numbers that people can place: level, moments, contrasts, rhythm and beats.

The features of views are made to tell machines from faults; these are made to say where in a clip,
in Hz and seconds, it differs from others.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from dcase_classic.config.sound import SpectrumConfig
from dcase_classic.records import IndexArray, Rows
from dcase_classic.sound.beats import N_UNEVENNESS, unevenness
from dcase_classic.sound.features_clip import ModulationSpectrum
from dcase_classic.sound.front_end import ViewFeatures
from dcase_classic.sound.kept import kept
from dcase_classic.wording import counted

# Frames of a moment: a click, a word, a second (32 ms, 0.26 s and 1 s by default).
MOMENT_FRAMES = (1, 8, 32)
LOUDEST, QUIETEST = 0, 1  # of moments and contrasts
CONTRAST_FRAMES = (1, 8)  # of moments that are compared with what is around them
_AROUND_FRAMES, _LEAST_AROUND = 16, 4
_COARSE_BANDS = 24
_WIDE_COARSE = (2, 4, 8)  # coarse bands of wide ones, which overlap by half
_MODULATION = ModulationSpectrum(n_bands=2**10)
N_LEVELS = 1 + 2 * len(MOMENT_FRAMES)  # statistics of every band that a gain shifts
_N_STATISTICS = N_LEVELS + 2 * len(CONTRAST_FRAMES)


@dataclass(frozen=True, slots=True)
class Portrait:
    """Level, moments, contrasts, rhythm and beats of a clip, in dB.

    Bands are those of the spectrogram, then `grouped_bands`. The columns are the mean over time of
    every band; the loudest and the quietest moment of every band, for each of ``MOMENT_FRAMES``;
    how far the moment that stands out most is above, and below, what is before and behind it, for
    each of ``CONTRAST_FRAMES``; the rhythm (see `ModulationSpectrum`) of coarse bands and all; and
    how uneven the beats are (see `unevenness`).
    """

    def names(self, n_mels: int) -> tuple[str, ...]:
        """``portrait_<what>_<band>``, all bands of the first statistic first."""
        n_coarse = len(coarse_bands(n_mels))
        moments = [f"{end}{length}" for length in MOMENT_FRAMES for end in ("max", "min")]
        contrasts = [f"{end}{length}" for length in CONTRAST_FRAMES for end in ("above", "below")]
        n_bands = n_mels + len(grouped_bands(n_mels))
        levels = [f"{what}_{i}" for what in ("mean", *moments, *contrasts) for i in range(n_bands)]
        rhythm = [f"rhythm_{i}_{j}" for i in range(n_coarse) for j in range(_MODULATION.n_rates)]
        uneven = [f"{what}_interval" for what in ("longest", "shortest")]
        return tuple(f"portrait_{name}" for name in levels + rhythm + uneven)

    def extract(self, frames: Rows) -> Rows:
        """Rows (n_segments, n_columns) from dB frames (n_segments, n_frames, n_mels)."""
        bands = with_grouped_bands(frames)
        sums = RunningSums(bands)
        columns = [sums.usual[:, 0]]
        for length in MOMENT_FRAMES:
            columns += sums.extremes(length)
        for length in CONTRAST_FRAMES:
            columns += sums.largest_contrasts(length)
        rhythm = _MODULATION.extract(in_coarse_bands(frames))
        uneven = np.array([unevenness(clip) for clip in frames])
        return np.concatenate([*columns, rhythm, uneven], axis=1).astype(np.float32)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PortraitColumns:
    """The columns of one portrait by what they are; each a view of it.

    Attributes
    ----------
    mean : array, shape (n_bands,)
        Of single bands, then `grouped_bands`.
    moments : array, shape (n_lengths, 2, n_bands), the loudest and the quietest of each length.
    contrasts : array, shape (n_lengths, 2, n_bands), above and below what is around.
    rhythm : array, shape (n_coarse, n_rates)
    unevenness : array, shape (2,)
    """

    mean: Rows
    moments: Rows
    contrasts: Rows
    rhythm: Rows
    unevenness: Rows

    @classmethod
    def from_row(cls, row: Rows) -> "PortraitColumns":
        """Take a row (n_columns,), or anything with the same columns, apart."""
        n_bands = n_level_bands(len(row))
        behind = _N_STATISTICS * n_bands
        levels, contrasts = np.split(row[:behind].reshape(-1, n_bands), [N_LEVELS])
        return cls(
            mean=levels[0],
            moments=levels[1:].reshape(len(MOMENT_FRAMES), 2, n_bands),
            contrasts=contrasts.reshape(len(CONTRAST_FRAMES), 2, n_bands),
            rhythm=row[behind:-N_UNEVENNESS].reshape(-1, _MODULATION.n_rates),
            unevenness=row[-N_UNEVENNESS:],
        )


def portrait_features(spectrum: SpectrumConfig) -> ViewFeatures:
    """What portraits of clips are kept under."""
    return ViewFeatures(extractors=(Portrait(),), spectrum=spectrum)


def coarse_bands(n_mels: int) -> list[IndexArray]:
    """The single bands of every coarse one; the last holds all."""
    every = np.arange(n_mels)
    return [*np.array_split(every, min(_COARSE_BANDS, n_mels)), every]


def grouped_bands(n_mels: int) -> list[IndexArray]:
    """The single bands of every coarse one, then of wide ones; the last holds all."""
    *coarse, every = coarse_bands(n_mels)
    wide = [np.concatenate(coarse[span]) for span in _wide_spans(len(coarse))]
    return [*coarse, *wide, every]


@lru_cache(maxsize=64)
def _wide_spans(n_coarse: int) -> list[slice]:
    """The coarse bands of every wide one."""
    return [
        slice(first, first + length)
        for length in _WIDE_COARSE
        for first in range(0, n_coarse - length + 1, length // 2)
    ]


def in_coarse_bands(frames: Rows) -> Rows:
    """The means of `coarse_bands` in frames (..., n_mels), (..., n_coarse)."""
    return np.asarray(frames @ _means(frames.shape[-1], is_coarse=True))


def with_grouped_bands(frames: Rows) -> Rows:
    """Frames (..., n_mels) with the means of `grouped_bands` beside them, (..., n_bands)."""
    return np.concatenate([frames, frames @ _means(frames.shape[-1], is_coarse=False)], axis=-1)


@kept
def _means(n_mels: int, *, is_coarse: bool) -> Rows:
    """Matrix (n_mels, n_groups) that averages the members of groups of bands."""
    groups = coarse_bands(n_mels) if is_coarse else grouped_bands(n_mels)
    matrix = np.zeros((n_mels, len(groups)), np.float32)
    for group, members in enumerate(groups):
        matrix[members, group] = 1 / len(members)
    return matrix


class RunningSums:
    """Means over any neighbouring frames, each by one difference of sums.

    Attributes
    ----------
    usual : array, shape (n_segments, 1, n_bands), the mean over all frames.
    """

    def __init__(self, frames: Rows) -> None:
        """Add up frames (n_segments, n_frames, n_bands)."""
        n_segments, n_frames, n_bands = frames.shape
        self._frames = frames
        self.usual: Rows = frames.mean(axis=1, dtype=np.float64, keepdims=True).astype(np.float32)
        self._sums = np.zeros((n_segments, n_frames + 1, n_bands), np.float32)
        # of values around 0, which float32 rounds least
        np.cumsum(frames - self.usual, axis=1, out=self._sums[:, 1:])

    def means(self, length: int) -> Rows:
        """Over ``length`` neighbouring frames, (n_segments, n_frames - length + 1, n_bands).

        Of a shorter clip the mean over all its frames.
        """
        length = min(length, self._frames.shape[1])
        return self._frames if length == 1 else self._unusual(length) + self.usual

    def extremes(self, length: int) -> tuple[Rows, Rows]:
        """The largest and the smallest of `means`, each (n_segments, n_bands)."""
        length = min(length, self._frames.shape[1])
        if length == 1:
            return self._frames.max(axis=1), self._frames.min(axis=1)
        unusual, usual = self._unusual(length), self.usual[:, 0]
        return unusual.max(axis=1) + usual, unusual.min(axis=1) + usual

    def contrasts(self, length: int) -> tuple[Rows, Rows]:
        """How far moments are above, and below, what is around them, in dB, as `means` has them.

        What is around is half a second (16 frames) before and as much behind, at the ends of a clip
        less; of both that counts which is nearer: a step up or down is no moment. Where one of them
        is hardly there (of less than 4 frames), nothing stands out.
        """
        n_segments, n_frames, n_bands = self._frames.shape
        n_moments = max(1, n_frames - length + 1)
        both = np.zeros((2, n_segments, n_moments, n_bands), np.float32)
        for inner, contrasts in zip(self._inner_contrasts(length), both, strict=False):
            contrasts[:, _LEAST_AROUND : n_moments - _LEAST_AROUND] = inner
        above, below = both
        return above, below

    def largest_contrasts(self, length: int) -> tuple[Rows, Rows]:
        """The largest of `contrasts` above, and the smallest below, each (n_segments, n_bands)."""
        largest = np.zeros((2, len(self._frames), self._frames.shape[2]), np.float32)
        extremes = np.max, np.min
        for inner, end, most in zip(self._inner_contrasts(length), extremes, largest, strict=False):
            end(inner, axis=1, out=most, initial=0)  # at the ends of a clip nothing stands out
        above, below = largest
        return above, below

    def _inner_contrasts(self, length: int) -> Iterator[Rows]:
        """The contrasts above, then those below, of moments with enough around; none if none has.

        Each is (n_segments, n_moments - 8, n_bands), and gone when the next is asked for.
        """
        n_inner = self._frames.shape[1] - length + 1 - 2 * _LEAST_AROUND
        if n_inner < 1:
            return
        moments = self._unusual(length)[:, _LEAST_AROUND:-_LEAST_AROUND]
        before = self._around[:, :n_inner]
        after = self._around[:, -n_inner:]
        contrasts = np.empty_like(moments)
        for nearer in (np.maximum, np.minimum):
            nearer(before, after, out=contrasts)
            yield np.subtract(moments, contrasts, out=contrasts)

    @cached_property
    def _around(self) -> Rows:
        """The means less the usual ones of what is before moments, and of what is behind others.

        The spans of 16 frames, or of what the clip has of them, but 4 at least: that before frame
        ``i`` stands at ``i - 4``, that which begins with it at ``i + 12``.
        """
        n_frames = self._frames.shape[1]
        behind = np.arange(_LEAST_AROUND, n_frames + _AROUND_FRAMES - _LEAST_AROUND + 1)
        firsts = np.maximum(behind - _AROUND_FRAMES, 0)
        behind = np.minimum(behind, n_frames)
        means: Rows = self._sums.take(behind, axis=1)
        means -= self._sums.take(firsts, axis=1)
        means /= (behind - firsts)[:, np.newaxis].astype(np.float32)
        return means

    def _unusual(self, length: int) -> Rows:
        """The means over ``length`` frames less the usual ones."""
        means: Rows = self._sums[:, length:] - self._sums[:, :-length]
        means /= np.float32(length)
        return means


def rate_edges() -> Rows:
    """Where the rates of the rhythm begin and end, (n_rates + 1,), in cycles per frame."""
    edges = np.geomspace(2 / _MODULATION.window_frames, 0.5, _MODULATION.n_rates + 1)
    return np.asarray(edges, np.float32)


@lru_cache(maxsize=64)
def n_level_bands(n_columns: int) -> int:
    """The number of bands, coarse ones among them, of a portrait with so many columns.

    Raises
    ------
    ValueError
        If no portrait has so many.
    """
    for n_mels in range(1, 2**10 + 1):
        n_coarse = min(_COARSE_BANDS, n_mels)
        n_bands = n_mels + n_coarse + len(_wide_spans(n_coarse)) + 1
        n_rhythm = (n_coarse + 1) * _MODULATION.n_rates
        if _N_STATISTICS * n_bands + n_rhythm + N_UNEVENNESS == n_columns:
            return n_bands
    raise ValueError(f"portrait: got {counted(n_columns, 'column')}, which no spectrogram gives")
