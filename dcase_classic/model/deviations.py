"""A clip beside normal ones: which bands, moments and rhythms deviate, and by how much."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from dcase_classic.grouping import run_around, runs
from dcase_classic.model.normal_sound import NormalSound
from dcase_classic.model.oddity import Oddity, OddityKind
from dcase_classic.records import Rows
from dcase_classic.sound.portrait import (
    CONTRAST_FRAMES,
    LOUDEST,
    MOMENT_FRAMES,
    QUIETEST,
    Portrait,
    PortraitColumns,
    RunningSums,
    coarse_bands,
    grouped_bands,
    rate_edges,
    with_grouped_bands,
)

_EDGE = 0.5  # neighbours with this share of the largest deviation belong to it
_FEWEST = 0.7  # reaches; less is what many normal clips have somewhere
_LEVELS = 3
_STANDS_OUT_DB = 8.0  # the loudest frame of noise is less above its median
_PASSING = 0.15  # of what it is in its moment: so odd is a level beside it that is none
_MOST_LASTING = 0.85  # of a clip: what is left tells how loud it is without
_SAME_RATE_DB = 3.0  # a rate that moves by half the power less is another one
_MOST_MOVING = 0.5  # of a clip; what moves for longer is said to do so all the time
_PERIODS = 2.0  # of a rhythm, over which its power is taken
_MOVES = 0.25  # of the largest power, at least: half of its excursion
_SMOOTH = 5  # bands; single ones are noisy in a single frame


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Deviations:
    """A clip beside the normal ones.

    ``bands`` are the frames with coarse bands beside them. ``reaches`` and ``excess`` are portraits
    of deviations: in reaches and in dB. ``outside`` is the row of a third one, see `beyond`.
    ``near`` are the deviations of levels from the nearest normal clips, in reaches and in dB.
    """

    frames: Rows
    bands: Rows
    reaches: PortraitColumns
    excess: PortraitColumns
    outside: Rows
    near: tuple[Rows, Rows]

    @classmethod
    def from_frames(
        cls, frames: Rows, normal: NormalSound, *, heard: "Deviations | None" = None
    ) -> "Deviations":
        """Those of a clip (n_frames, n_mels).

        Of frames that were changed nothing is beyond all training clips that was not in the clip
        as it was ``heard``: those have not been changed so.
        """
        row = normal.aligned(Portrait().extract(frames[np.newaxis])[0])
        outside = np.maximum(row - normal.most, 0) + np.minimum(row - normal.least, 0)
        if heard is not None:
            outside = np.where(heard.outside == 0, 0, outside)
        return cls(
            frames=frames,
            bands=with_grouped_bands(frames),
            reaches=PortraitColumns.from_row(normal.reaches(row)),
            excess=PortraitColumns.from_row(row - normal.median),
            outside=outside,
            near=normal.beyond_nearest(row),
        )

    @property
    def beyond(self) -> PortraitColumns:
        """How far every column lies beyond the range of all training clips, in dB."""
        return PortraitColumns.from_row(self.outside)

    @property
    def n_mels(self) -> int:
        """The number of single bands."""
        return int(self.frames.shape[1])

    def levels(self) -> Iterator[Oddity]:
        """What is louder and what is quieter all the time, at some places each.

        Than in normal clips at large, and than in those that are like this one elsewhere.
        """
        at_large = self.reaches.mean, self.excess.mean
        for (all_reaches, excess), sign in product((at_large, self.near), (1, -1)):
            reaches = sign * all_reaches
            for _ in range(_LEVELS):
                top = int(reaches.argmax())
                bands = self._bands(reaches, sign * excess, top)
                yield Oddity(
                    kind=OddityKind.LEVEL,
                    strength=float(reaches[top]),
                    bands=bands,
                    excess_db=self._within(excess, bands, sign),
                    is_beyond_all=bool(sign * self.beyond.mean[top] > 0),
                )
                reaches = np.where(self._inside(bands), -np.inf, reaches)

    def moments(self) -> Iterator[Oddity]:
        """What is too loud, too quiet or too weak at one time."""
        lengths = range(len(MOMENT_FRAMES))
        for length, end, sign in product(lengths, (LOUDEST, QUIETEST), (1, -1)):
            reaches = sign * self.reaches.moments[length, end]
            excess = self.excess.moments[length, end]
            top = int(reaches.argmax())
            bands = self._bands(reaches, sign * excess, top)
            is_outlier = (sign > 0) == (end == LOUDEST)
            reach_db = float(excess[top]) if is_outlier else 0.0
            frames = self._frames(top, MOMENT_FRAMES[length], end, reach_db)
            track = self.bands[:, top]
            stands_out_db = abs(float(track[slice(*frames)].mean() - np.median(track)))
            yield Oddity(
                kind=OddityKind.MOMENT,
                strength=float(reaches[top]),
                bands=bands,
                frames=frames,
                excess_db=self._within(excess, bands, sign),
                is_outlier=is_outlier,
                is_anywhere=is_outlier or stands_out_db > _STANDS_OUT_DB,
                is_beyond_all=bool(sign * self.beyond.moments[length, end, top] > 0),
            )

    def contrasts(self) -> Iterator[Oddity]:
        """What stands out of what is before and behind it, above and below."""
        sums = RunningSums(self.bands[np.newaxis])
        both = [sums.contrasts(length) for length in CONTRAST_FRAMES]
        for (i, length), (end, sign) in product(
            enumerate(CONTRAST_FRAMES), ((LOUDEST, 1), (QUIETEST, -1))
        ):
            reaches = sign * self.reaches.contrasts[i, end]
            top = int(reaches.argmax())
            tracks = sign * both[i][end][0]
            at = int(tracks[:, top].argmax())
            bands = self._around(tracks[at], top)
            yield Oddity(
                kind=OddityKind.MOMENT,
                strength=float(reaches[top]),
                bands=bands,
                frames=self._lasting(sign * self.bands[:, top], (at, at + length), tracks[at, top]),
                excess_db=sign * np.maximum(tracks[at, : self.n_mels], 0),
                is_outlier=True,
                is_beyond_all=bool(sign * self.beyond.contrasts[i, end, top] > 0),
            )

    def rhythm(self, sign: int) -> Oddity:
        """What moves more, or less, at a rate."""
        edges = rate_edges()
        members = coarse_bands(self.n_mels)
        reaches, excess_db = sign * self.reaches.rhythm, sign * self.excess.rhythm
        top, rate = map(int, np.unravel_index(reaches.argmax(), reaches.shape))
        first, behind = 0, len(members) - 1
        if top < behind:
            are_odd = _are_odd(reaches[:-1, rate], excess_db[:-1, rate], top)
            first, behind = run_around(are_odd, top)
        bands = int(members[first][0]), int(members[behind - 1][-1]) + 1
        excess = np.zeros(self.n_mels, np.float32)
        for band, singles in enumerate(members[:-1]):
            excess[singles] = sign * max(float(excess_db[band, rate]), 0)

        def between(rates: tuple[int, int]) -> tuple[float, float]:
            return float(edges[rates[0]]), float(edges[rates[1]])

        own = int(excess_db[top].argmax())
        rates = between(run_around(reaches[top] >= _EDGE * reaches[top, rate], rate))
        return Oddity(
            kind=OddityKind.RHYTHM,
            strength=float(reaches[top, rate]),
            bands=bands,
            lasting=self._moving(members[top], rates) if sign > 0 else None,
            rates=rates,
            own_rates=between(
                run_around(excess_db[top] >= excess_db[top, own] - _SAME_RATE_DB, own)
            ),
            every_rate=tuple(map(between, runs(reaches[top] > 1))),
            excess_db=excess,
            is_beyond_all=bool(sign * self.beyond.rhythm[top, rate] > 0),
        )

    def _moving(
        self, members: NDArray[np.intp], rates: tuple[float, float]
    ) -> tuple[int, int] | None:
        """The frames in which bands move at some rates, if that is half of the clip or less."""
        n_frames = len(self.frames)
        spectrum = np.fft.rfft(self.frames[:, members].mean(axis=1))
        frequencies = np.fft.rfftfreq(n_frames)
        spectrum[(frequencies < rates[0]) | (frequencies > rates[1])] = 0
        width = min(n_frames, round(_PERIODS / rates[0]))
        power = np.convolve(np.square(np.fft.irfft(spectrum, n=n_frames)), np.ones(width), "same")
        moving = np.flatnonzero(power >= _MOVES * power.max())
        first, behind = int(moving[0]), int(moving[-1]) + 1
        return (first, behind) if behind - first <= _MOST_MOVING * n_frames else None

    def lasting(self, level: Oddity, moments: Sequence[Oddity]) -> NDArray[np.bool_] | None:
        """Which frames, (n_frames,), are odd in a level, if the others hardly are; else None.

        Those are its moments. Where they fill nearly the whole clip nobody knows the others.
        """
        levels = self.frames[:, slice(*level.bands)].mean(axis=1)
        levels += self.excess.mean[slice(*level.bands)].mean() - levels.mean()
        spans = []
        for moment in moments:
            is_own = moment.is_outlier and moment.strength > 1 and level.is_same_as(moment)
            if is_own and moment.frames is not None:
                spans.append(moment.frames)
        # one of them may be enough; or else it comes more than once
        for own in (*([span] for span in spans), spans):
            is_odd = np.zeros(len(levels), np.bool_)
            for span in own:
                is_odd[slice(*span)] = True
            if not 0 < is_odd.mean() <= _MOST_LASTING:
                continue
            if abs(levels[~is_odd].mean()) < _PASSING * abs(levels[is_odd].mean()):
                return is_odd
        return None

    def _around(self, excess_db: Rows, top: int) -> tuple[int, int]:
        """The members of the top band, and the single bands around that deviate by half as much."""
        members = np.array([top])
        if top >= self.n_mels:
            members = grouped_bands(self.n_mels)[top - self.n_mels]
        singles = np.convolve(excess_db[: self.n_mels], np.ones(_SMOOTH) / _SMOOTH, "same")
        least = _EDGE * float(singles[members].mean())
        first, _ = run_around(singles >= least, int(members[0]))
        _, behind = run_around(singles >= least, int(members[-1]))
        ends = first + np.flatnonzero(excess_db[first:behind] >= least)
        if len(members) == self.n_mels or not len(ends):
            return int(members[0]), int(members[-1]) + 1
        return int(ends[0]), int(ends[-1]) + 1

    @staticmethod
    def _lasting(track_db: Rows, moment: tuple[int, int], excess_db: float) -> tuple[int, int]:
        """A moment, and its neighbours that stand out by half as much."""
        inside = track_db[slice(*moment)]
        least = float(inside.mean()) - (1 - _EDGE) * excess_db
        first, behind = run_around(track_db >= least, moment[0] + int(inside.argmax()))
        return min(first, moment[0]), max(behind, moment[1])

    def _bands(self, reaches: Rows, excess_db: Rows, top: int) -> tuple[int, int]:
        """The single bands around the top one that deviate with it, by as many dB."""
        n_mels = self.n_mels
        if top >= n_mels:
            return self._around(excess_db, top)
        return run_around(_are_odd(reaches[:n_mels], excess_db[:n_mels], top), top)

    def _inside(self, bands: tuple[int, int]) -> NDArray[np.bool_]:
        """Which bands, single and coarse ones, are within some single bands or overlap them."""
        is_in = np.zeros(self.n_mels, np.bool_)
        is_in[slice(*bands)] = True
        grouped = [is_in[members].any() for members in grouped_bands(self.n_mels)]
        return np.concatenate((is_in, grouped))

    def _frames(self, band: int, length: int, end: int, excess_db: float) -> tuple[int, int]:
        """The frames of the loudest or quietest moment of a band, and neighbours as odd."""
        levels = self.bands[np.newaxis, :, band : band + 1]
        means = RunningSums(levels).means(length)[0, :, 0]
        sign = 1 if end == LOUDEST else -1
        top = int((sign * means).argmax())
        least = sign * means[top] - _EDGE * abs(excess_db)
        first, behind = run_around(sign * means >= least, top) if excess_db else (top, top + 1)
        # what lasts longer begins and ends in the middle of the moments that have half of it
        within = min(length // 2, (behind - first) // 2)
        last, n_frames = behind - 1 + length, len(self.frames)
        return first + (within if first > 0 else 0), last - within if last < n_frames else n_frames

    def _within(self, excess: Rows, bands: tuple[int, int], sign: int) -> Rows:
        """The excess (n_mels,) of bands that have it, 0 elsewhere."""
        kept = np.zeros(self.n_mels, np.float32)
        inside = slice(*bands)
        kept[inside] = sign * np.maximum(sign * excess[: self.n_mels][inside], 0)
        if not kept.any():
            kept[inside] = sign * 1e-3  # a coarse band alone deviates
        return kept


def _are_odd(reaches: Rows, excess_db: Rows, top: int) -> NDArray[np.bool_]:
    """Which bands deviate as the top one: more than most clips, and half its dB at least."""
    least = min(_FEWEST, _EDGE * float(reaches[top]))
    return np.asarray((reaches >= least) & (excess_db >= _EDGE * float(excess_db[top])))


def around_top(excess_db: Rows) -> tuple[int, int]:
    """The single bands around the top one of an excess (n_mels,) that have half of it at least."""
    smooth = np.convolve(excess_db, np.ones(_SMOOTH) / _SMOOTH, "same")
    top = int(smooth.argmax())
    return run_around(smooth >= _EDGE * smooth[top], top)
