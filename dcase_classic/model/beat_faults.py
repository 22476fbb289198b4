"""Beats that are missing, too many or out of time, where those of all normal clips are in time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from dcase_classic.model.fillings import neighbours
from dcase_classic.model.normal_sound import NormalSound
from dcase_classic.records import IndexArray, Rows
from dcase_classic.sound.beats import beats_in, heights, intervals_db
from dcase_classic.sound.portrait import PortraitColumns, in_coarse_bands

_IN_TIME_DB = 4.0  # a machine whose intervals differ by more, 1.6 to 1, does not beat in time
_AS_LONG_DB = 1.5  # an interval is as long as another one: within a sixth
_MOST_SHARE = 0.5  # of the intervals: where more are odd, the rhythm is another
_BEFORE = 2  # frames; a beat begins before its top
_OVER = 0.1  # of its height: what is left of a beat that is over
_LONGEST = 0.6  # of an interval; the next one begins before its top
_ALIKE = 0.5  # of what beats have over bands, in dB: what differs by more is no beat of these

FrameSpan = tuple[int, int]
PlaceFrames = Callable[[FrameSpan], FrameSpan]


class Timing(StrEnum):
    """What is wrong with a beat."""

    MISSING = "missing"
    EXTRA = "extra"
    LATE = "late"
    EARLY = "early"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BeatFault:
    """A beat that is not in time.

    Attributes
    ----------
    strength : in reaches of normal clips (see `NormalSound`).
    actual : the frames that it lasts; None of one that is missing.
    expected : those of the beats that should be there; none of one too many.
    model : a beat that is right.
    interval : in frames.
    """

    timing: Timing
    strength: float
    actual: FrameSpan | None
    expected: tuple[FrameSpan, ...]
    model: FrameSpan
    interval: float

    @property
    def frames(self) -> FrameSpan:
        """Where it is, or should be."""
        return self.actual or (self.expected[0][0], self.expected[-1][1])

    def excess_db(self, frames: Rows) -> Rows:
        """How much louder than usual bands are at the beat, (n_mels,); negative where it is not."""
        usual = np.median(frames, axis=0)
        excess = np.maximum(frames[slice(*(self.actual or self.model))].mean(axis=0) - usual, 0)
        return np.asarray(excess if self.actual else -excess, np.float32)

    def mended(self, frames: Rows, place: PlaceFrames = lambda span: span) -> Rows:
        """The frames (n_frames, n_bands) with that beat in its place, where ``place`` puts spans.

        Where it was, there is what is before and behind it.
        """
        mended = frames.copy()
        if self.actual is not None:
            actual = place(self.actual)
            mended[slice(*actual)] = neighbours(frames, actual)
        model = frames[slice(*place(self.model))]
        for first, _ in map(place, self.expected):
            room = mended[first : first + len(model)]
            np.maximum(room, model[: len(room)], out=room)
        return mended


def beat_faults(frames: Rows, normal: NormalSound) -> list[BeatFault]:
    """What is wrong with the beats of a clip; nothing where normal clips do not beat in time.

    Parameters
    ----------
    frames : array, shape (n_frames, n_mels), the spectrogram that portraits are made of.
    normal : what normal clips have in common.
    """
    usual = PortraitColumns.from_row(normal.median).unevenness
    reach = PortraitColumns.from_row(normal.high).unevenness
    beats = beats_in(frames)
    if (usual + reach > _IN_TIME_DB).any() or not len(beats):
        return []
    longer, far = intervals_db(beats), usual + reach
    is_odd = (longer > far[0]) | (longer < -far[1])
    if is_odd.mean() > _MOST_SHARE:
        return []
    longest, shortest = reach.tolist()
    reaches = np.where(is_odd, longer / np.where(longer > 0, longest, shortest), 0)
    return list(_faults(frames, beats, reaches))


def _faults(frames: Rows, beats: IndexArray, reaches: Rows) -> Iterator[BeatFault]:
    """The faults that odd intervals are made by, each interval by one.

    Parameters
    ----------
    reaches : array, shape (n_beats - 1,), by how much intervals are longer; 0 of those in time.
    """
    intervals = np.diff(beats)
    interval = float(np.median(intervals))
    behind = 0
    for number in np.flatnonzero(reaches).tolist():
        two = slice(number, number + 2)
        timing, n_intervals, n_expected = _timing(intervals[two] / interval, reaches[two])
        if timing is None or number < behind:
            continue
        behind = number + n_intervals
        right = np.delete(beats, slice(number, behind + 1))
        model, n_behind = _model(frames, right, interval, near=int(beats[number]))

        def around(top: float, n_behind: int = n_behind) -> FrameSpan:
            return max(0, round(top) - _BEFORE), min(len(frames), round(top) + n_behind)

        places = np.linspace(beats[number], beats[behind], n_expected + 2)[1:-1]
        fault = BeatFault(
            timing=timing,
            strength=float(np.abs(reaches[number:behind]).max()),
            actual=None if timing is Timing.MISSING else around(beats[number + 1]),
            expected=tuple(map(around, places.tolist())),
            model=around(model),
            interval=interval,
        )
        if _is_of_the_beats(fault, frames):
            yield fault


def _timing(ratios: NDArray[np.float64], reaches: Rows) -> tuple[Timing | None, int, int]:
    """What is wrong, in how many intervals, and how many beats belong between their ends.

    Parameters
    ----------
    ratios : array, shape (1,) or (2,), an odd interval and the next one, in usual ones.
    reaches : of those; see `_faults`.
    """
    if len(ratios) == 2 and reaches[0] * reaches[1] < 0 and _is_as_long(ratios.sum(), 2):
        return (Timing.LATE if reaches[0] > 0 else Timing.EARLY), 2, 1
    if len(ratios) == 2 and _is_as_long(ratios.sum(), 1):
        return Timing.EXTRA, 2, 0
    n_intervals = round(ratios[0])
    if n_intervals > 1 and _is_as_long(ratios[0], n_intervals):
        return Timing.MISSING, 1, n_intervals - 1
    return None, 1, 0


def _is_as_long(ratio: float, other: int) -> bool:
    return bool(abs(20 * np.log10(ratio / other)) < _AS_LONG_DB)


def _model(frames: Rows, right: IndexArray, interval: float, *, near: int) -> tuple[int, int]:
    """The nearest beat that is right and whole, and how long beats last from their top."""
    height = heights(frames)
    longest = max(1, int(_LONGEST * interval))
    is_whole = (right >= _BEFORE) & (right <= len(frames) - longest)
    whole = right[is_whole] if is_whole.any() else right[:1]
    course = np.mean([height[top : top + longest] for top in whole], axis=0)
    is_over = np.append(course < _OVER * course[0], True)
    return int(whole[np.abs(whole - near).argmin()]), max(1, int(is_over.argmax()))


def _is_of_the_beats(fault: BeatFault, frames: Rows) -> bool:
    """Whether a beat too many is like the others, rather than another sound between them."""
    if fault.timing is not Timing.EXTRA or fault.actual is None:
        return True
    coarse = in_coarse_bands(frames)
    coarse -= np.median(coarse, axis=0)
    own = coarse[slice(*fault.actual)].mean(axis=0)
    others = coarse[slice(*fault.model)].mean(axis=0)
    return bool(np.linalg.norm(own - others) < _ALIKE * np.linalg.norm(others))
