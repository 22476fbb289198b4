"""What a clip has and normal clips have not: a level, a moment, a rhythm or a beat."""

from dataclasses import dataclass
from enum import StrEnum

from dcase_classic.model.beat_faults import BeatFault
from dcase_classic.records import Rows

_WIDER = 2  # times as many bands as it shares with a level: a moment is a sound of its own


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
    lasting : of a level or a rhythm, the frames in which it is odd; None for all.
    rates : of a rhythm, from and to, in cycles per frame: where no normal clip moves so.
    own_rates : of a rhythm, from and to: where it moves most; those farthest from normal ones may
        be its multiples.
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
    lasting: tuple[int, int] | None = None
    rates: tuple[float, float] | None = None
    own_rates: tuple[float, float] | None = None
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
        return overlap(self.bands, other.bands)

    def is_same_as(self, other: "Oddity") -> bool:
        """Whether both tell of the same sound: there are levels over several spans of time."""
        kinds = (self.kind is OddityKind.RHYTHM, other.kind is OddityKind.RHYTHM)
        if kinds[0] != kinds[1] or self.is_more != other.is_more:
            return False
        return self.shares_bands(other) and overlap(self.frames, other.frames)

    def contradicts(self, other: "Oddity") -> bool:
        """Whether one is a moment of more and one of less at the same place."""
        has_place = self.frames is not None and other.frames is not None
        is_at_place = has_place and overlap(self.frames, other.frames)
        return is_at_place and self.is_more != other.is_more and self.shares_bands(other)

    def is_told_by(self, other: "Oddity") -> bool:
        """Whether who is told of the other knows of this: a knock in all bands is no whine in one.

        A level is at all times, so it shares some with every moment.
        """
        if not self.is_same_as(other):
            return False
        moments = [odd for odd in (self, other) if odd.frames is not None]
        shared = min(self.bands[1], other.bands[1]) - max(self.bands[0], other.bands[0])
        first, behind = moments[0].bands if len(moments) == 1 else (0, 0)
        return behind - first <= _WIDER * shared


def overlap(first: tuple[int, int] | None, second: tuple[int, int] | None) -> bool:
    """Whether two ranges share a place; None is everywhere."""
    if first is None or second is None:
        return True
    return first[0] < second[1] and second[0] < first[1]
