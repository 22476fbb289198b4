"""Recordings that were left out, or used although something is odd about them."""

from dataclasses import dataclass
from pathlib import Path

from dcase_classic.errors import DcaseClassicError
from dcase_classic.records import Clip


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """What was found and not used.

    Attributes
    ----------
    others : files that are no recordings.
    unplaced : recordings that lie where no layout has them.
    set_aside : recordings that a rule leaves out.
    unreadable : an error for each folder that could not be read.
    """

    others: tuple[Path, ...] = ()
    unplaced: tuple[Path, ...] = ()
    set_aside: tuple[Path, ...] = ()
    unreadable: tuple[DcaseClassicError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedClip:
    """A clip that could not be used, and why."""

    clip: Clip
    error: DcaseClassicError

    @property
    def reason(self) -> str:
        """Why, in one line that stands beside the path."""
        return self.error.reason_beside(self.clip.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlaggedClip:
    """A clip that was used although something is odd about it."""

    clip: Clip
    flags: tuple[str, ...]
