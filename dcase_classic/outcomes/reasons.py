"""Why a recording scores as it does: what is odd, where, and how much of the score that is."""

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Self

from dcase_classic.records import Span


class Direction(StrEnum):
    """How a recording differs from normal ones."""

    LOUDER = "louder"
    QUIETER = "quieter"
    MISSING = "missing"
    FASTER = "faster"
    SLOWER = "slower"
    MORE_REGULAR = "more regular"
    LESS_REGULAR = "less regular"
    EXTRA = "extra"
    LATE = "late"
    EARLY = "early"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason for a score.

    Attributes
    ----------
    aspect : of the sound, such as ``spectrum``, ``movement``, ``rhythm`` or ``peaks``.
    share : of the anomaly score, in its unit; the shares of all reasons sum to the score.
    band_hz : from and to, in Hz.
    from_s, to_s : when, in seconds from the start of the recording.
    is_all_the_time : whether that is the whole recording.
    direction : how it differs; None, like places, for what cannot be placed.
    excess_db : by how much, where it is about levels.
    rate_hz : of a rhythm, how often it comes in a second; of a beat that is missing, too many
        (extra), late or early, how often beats come.
    is_beyond_all : whether no training recording goes as far.
    """

    aspect: str
    share: float
    band_hz: tuple[float, float] | None = None
    from_s: float | None = None
    to_s: float | None = None
    is_all_the_time: bool = False
    direction: Direction | None = None
    excess_db: float | None = None
    rate_hz: tuple[float, float] | None = None
    is_beyond_all: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyShare:
    """What a family of views adds to the score; the shares of all families sum to it."""

    family: str
    aspect: str
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NearestNormal:
    """The training clip that sounds most like a recording.

    Attributes
    ----------
    position : among the training clips of the model.
    path : where it lay when the model was fitted; None where the model does not tell.
    is_there : whether it still does.
    span : what of it, if it is long and was learned from in windows.
    name : what people are told; with folders where others have the name too.
    """

    position: int
    path: Path | None = None
    is_there: bool = False
    span: Span | None = None
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a recording has its score.

    Attributes
    ----------
    anomaly_score : higher = more anomalous.
    why : the reasons that can be placed, the weightiest first, then what is left of each aspect.
    families : the largest share first.
    nearest_normal : what to listen to beside it.
    """

    anomaly_score: float
    why: tuple[Reason, ...]
    families: tuple[FamilyShare, ...]
    nearest_normal: NearestNormal

    def later(self, start_s: float) -> Self:
        """The same of a window that begins at ``start_s`` of a recording."""
        why = tuple(
            reason
            if reason.from_s is None or reason.to_s is None
            else replace(reason, from_s=reason.from_s + start_s, to_s=reason.to_s + start_s)
            for reason in self.why
        )
        return replace(self, why=why)
