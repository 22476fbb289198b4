"""Where a clip differs from all normal ones: bands, moments and rhythms, the strangest first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

import numpy as np
from numpy.typing import NDArray

from dcase_classic.grouping import run_around, runs
from dcase_classic.model.beat_faults import BeatFault, beat_faults
from dcase_classic.model.fillings import bridged, revived
from dcase_classic.model.normal_sound import NormalSound
from dcase_classic.model.standstill import dead_spans
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
_LEAST_STRENGTH = 0.5  # what is weaker is nowhere near the farthest normal clips
_LEVELS = 3
_ROUNDS = 3  # of moments that stand out: those that are left when the strongest have gone
_AGAIN = 0.7  # of the strongest; what comes so strongly again comes more than once
_FAR = 1.5  # reaches; what many normal clips have is not said to come again
_SAME_DB = 6.0
_STANDS_OUT_DB = 8.0  # the loudest frame of noise is less above its median
_SMOOTH = 5  # bands; single ones are noisy in a single frame


class OddityKind(StrEnum):
    """What is odd: the level at all times, a moment, what comes again and again, or one beat."""

    LEVEL = "level"
    MOMENT = "moment"
    RHYTHM = "rhythm"
    BEAT = "beat"


class Filling(StrEnum):
    """What is put in the place of a level that is taken out: nobody knows what it would be."""

    SHIFTED = "shifted"  # the same, as loud as usual
    SUBTRACTED = "subtracted"  # what is left of its power without a steady sound
    BESIDE = "beside"  # what moves as the bands beside it, as loud as usual


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Oddity:
    """One thing that a clip has and normal clips have not.

    Attributes
    ----------
    strength : in reaches of normal clips (see `NormalSound`); above 1 no normal clip goes.
    excess_db : array, shape (n_mels,)
        How much louder than usual every band is there, negative for quieter; 0 where nothing is.
    bands : the first single band, and the one behind the last.
    frames : the first frame, and the one behind the last; of a moment alone.
    rates : of a rhythm, from and to, in cycles per frame.
    every_rate : of a rhythm, all rates beyond normal clips, from and to, the lowest first: those
        behind it may be its multiples.
    is_outlier : of a moment, whether it should not be there at all, rather than be stronger.
    is_beyond_all : whether no training clip goes as far.
    is_anywhere : of a moment, whether it stands out of the clip; else it is at no certain place.
    filling : what is put in its place when it is taken out.
    beat : what is wrong with a beat.
    """

    kind: OddityKind
    strength: float
    excess_db: Rows
    bands: tuple[int, int]
    frames: tuple[int, int] | None = None
    rates: tuple[float, float] | None = None
    every_rate: tuple[tuple[float, float], ...] = ()
    is_outlier: bool = False
    is_beyond_all: bool = False
    is_anywhere: bool = True
    filling: Filling = Filling.SHIFTED
    beat: BeatFault | None = None

    @property
    def is_more(self) -> bool:
        """Whether there is more than usual."""
        return float(self.excess_db.sum()) > 0

    def shares_bands(self, other: "Oddity") -> bool:
        """Whether both are about some of the same bands."""
        return _overlap(self.bands, other.bands)

    def is_same_as(self, other: "Oddity") -> bool:
        """Whether both tell of the same sound: there are levels over several spans of time."""
        kinds = (self.kind is OddityKind.RHYTHM, other.kind is OddityKind.RHYTHM)
        if kinds[0] != kinds[1] or self.is_more != other.is_more:
            return False
        return self.shares_bands(other) and _overlap(self.frames, other.frames)


def find_oddities(frames: Rows, normal: NormalSound) -> list[Oddity]:
    """All kinds of oddity at their strangest place, the strangest first; none where all is usual.

    Parameters
    ----------
    frames : array, shape (n_frames, n_mels), the spectrogram that portraits are made of.
    normal : what normal clips have in common.
    """
    dead = dead_spans(frames, normal)
    living = revived(frames, dead)
    faults = beat_faults(living, normal)
    beats = [_beat(living, fault) for fault in faults]
    for fault in faults:
        living = fault.mended(living)
    clip = _Comparison.from_frames(living, normal)
    levels = list(clip.levels())
    moments = [moment for moment in clip.moments() if not _is_part_of(moment, levels)]
    singular, calm = _singular(clip, normal)
    gone = [_gone(frames, living, span, normal) for span in dead[:_ROUNDS]]
    every = [*gone, *beats, *levels, *moments, *singular, *calm.rhythms()]
    odd = [oddity for oddity in every if oddity.strength > _LEAST_STRENGTH]
    return sorted(odd, key=lambda oddity: -oddity.strength)


def _gone(frames: Rows, living: Rows, span: tuple[int, int], normal: NormalSound) -> Oddity:
    """What a clip has gone dead in, beside what it sounds like otherwise."""
    n_mels = frames.shape[1]
    excess_db = frames[slice(*span)].mean(axis=0) - living.mean(axis=0)
    reach = PortraitColumns.from_row(normal.low).moments[0, QUIETEST, :n_mels]
    return Oddity(
        kind=OddityKind.MOMENT,
        strength=float(np.median(-excess_db / reach)),
        excess_db=excess_db,
        bands=(0, n_mels),
        frames=span,
        is_outlier=True,
        is_beyond_all=True,
    )


def _beat(frames: Rows, fault: BeatFault) -> Oddity:
    """A beat that is not in time, in the bands that beats are in."""
    excess_db = fault.excess_db(frames)
    smooth = np.convolve(np.abs(excess_db), np.ones(_SMOOTH) / _SMOOTH, "same")
    top = int(smooth.argmax())
    return Oddity(
        kind=OddityKind.BEAT,
        strength=fault.strength,
        excess_db=excess_db,
        bands=run_around(smooth >= _EDGE * smooth[top], top),
        frames=fault.frames,
        rates=(1 / fault.interval, 1 / fault.interval),
        is_outlier=True,
        is_beyond_all=True,
        beat=fault,
    )


def _singular(clip: "_Comparison", normal: NormalSound) -> tuple[list[Oddity], "_Comparison"]:
    """Moments that stand out, and the clip without them: what comes once is no rhythm.

    What comes again, as strongly, when the strongest have been taken out, is none of them.
    """
    rounds = [list(clip.contrasts())]
    while once := [odd.frames for odd in rounds[-1] if odd.strength > 1 and odd.frames]:
        clip = _Comparison.from_frames(bridged(clip.frames, once), normal)
        if len(rounds) == _ROUNDS:
            break
        rounds.append(list(clip.contrasts()))
    singular = [
        moment
        for moments in zip(*rounds, strict=True)
        for moment in moments
        if len(rounds) < _ROUNDS or moments[-1].strength < max(_AGAIN * moments[0].strength, _FAR)
    ]
    return singular, clip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Comparison:
    """A clip beside the normal ones.

    ``bands`` are the frames with coarse bands beside them. ``reaches``, ``excess`` and ``beyond``
    are portraits of deviations: in reaches, in dB, and beyond the range of all training clips.
    ``near`` are the deviations of levels from the nearest normal clips, in reaches and in dB.
    """

    frames: Rows
    bands: Rows
    reaches: PortraitColumns
    excess: PortraitColumns
    beyond: PortraitColumns
    near: tuple[Rows, Rows]

    @classmethod
    def from_frames(cls, frames: Rows, normal: NormalSound) -> "_Comparison":
        row = normal.aligned(Portrait().extract(frames[np.newaxis])[0])
        outside = np.maximum(row - normal.most, 0) + np.minimum(row - normal.least, 0)
        return cls(
            frames=frames,
            bands=with_grouped_bands(frames),
            reaches=PortraitColumns.from_row(normal.reaches(row)),
            excess=PortraitColumns.from_row(row - normal.median),
            beyond=PortraitColumns.from_row(outside),
            near=normal.beyond_nearest(row),
        )

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

    def rhythms(self) -> Iterator[Oddity]:
        """What moves more, and what moves less, at a rate."""
        edges = rate_edges()
        members = coarse_bands(self.n_mels)
        for sign in (1, -1):
            reaches, excess_db = sign * self.reaches.rhythm, sign * self.excess.rhythm
            top, rate = map(int, np.unravel_index(reaches.argmax(), reaches.shape))
            first, behind = 0, len(members) - 1
            if top < behind:
                first, behind = run_around(
                    _are_odd(reaches[:-1, rate], excess_db[:-1, rate], top), top
                )
            bands = int(members[first][0]), int(members[behind - 1][-1]) + 1
            excess = np.zeros(self.n_mels, np.float32)
            for band, singles in enumerate(members[:-1]):
                excess[singles] = sign * max(sign * float(self.excess.rhythm[band, rate]), 0)
            first, behind = run_around(reaches[top] >= _EDGE * reaches[top, rate], rate)
            yield Oddity(
                kind=OddityKind.RHYTHM,
                strength=float(reaches[top, rate]),
                bands=bands,
                rates=(float(edges[first]), float(edges[behind])),
                every_rate=tuple(
                    (float(edges[low]), float(edges[high])) for low, high in runs(reaches[top] > 1)
                ),
                excess_db=excess,
                is_beyond_all=bool(sign * self.beyond.rhythm[top, rate] > 0),
            )

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
        return first, min(behind - 1 + length, len(self.frames))

    def _within(self, excess: Rows, bands: tuple[int, int], sign: int) -> Rows:
        """The excess (n_mels,) of bands that have it, 0 elsewhere."""
        kept = np.zeros(self.n_mels, np.float32)
        inside = slice(*bands)
        kept[inside] = sign * np.maximum(sign * excess[: self.n_mels][inside], 0)
        if not kept.any():
            kept[inside] = sign * 1e-3  # a coarse band alone deviates
        return kept


def _is_part_of(moment: Oddity, levels: Sequence[Oddity]) -> bool:
    """Whether what is odd in a moment is so all the time."""
    return any(
        level.strength > 1
        and level.is_same_as(moment)
        and np.abs(moment.excess_db).max() < np.abs(level.excess_db).max() + _SAME_DB
        for level in levels
    )


def _are_odd(reaches: Rows, excess_db: Rows, top: int) -> NDArray[np.bool_]:
    """Which bands deviate as the top one: more than most clips, and half its dB at least."""
    least = min(_FEWEST, _EDGE * float(reaches[top]))
    return np.asarray((reaches >= least) & (excess_db >= _EDGE * float(excess_db[top])))


def _overlap(first: tuple[int, int] | None, second: tuple[int, int] | None) -> bool:
    """Whether two ranges share a place; None is everywhere."""
    if first is None or second is None:
        return True
    return first[0] < second[1] and second[0] < first[1]
