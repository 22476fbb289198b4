"""What levels a machine had in training, and how far outside of them a clip is.

A level that training never had is no evidence of a fault: a gain that was turned, a microphone that
was moved, another recorder do the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Self

from dcase_classic.config.recorder import LevelConfig
from dcase_classic.errors import DataError
from dcase_classic.grouping import grouped
from dcase_classic.records import Domain, Scores
from dcase_classic.sound.clip_format import FormatCheck


class Treatment(Enum):
    """What is done with a clip outside of the levels of training, and what is said of it."""

    AS_RECORDED = ""
    ADJUSTED = ", scored at the nearest level of training"
    LEVEL_IGNORED = ", scored by what does not depend on the level"


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRange:
    """The softest and the loudest of the ``n_clips`` training clips of a domain, in dB."""

    domain: Domain | None
    lowest_db: float
    highest_db: float
    n_clips: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelGuard:
    """The levels of training, by domain, and the margin around them that counts as inside."""

    ranges: tuple[LevelRange, ...]
    margin_db: float

    @classmethod
    def fit(cls, levels_db: Scores, domains: Sequence[Domain | None], *, margin_db: float) -> Self:
        """Learn from the levels of training clips (n_clips,) and their domains."""
        by_domain = grouped(zip(domains, levels_db.tolist(), strict=True))
        ranges = tuple(
            LevelRange(
                domain=domain, lowest_db=min(levels), highest_db=max(levels), n_clips=len(levels)
            )
            for domain in (Domain.SOURCE, Domain.TARGET, None)
            if (levels := by_domain.get(domain))
        )
        return cls(ranges=ranges, margin_db=margin_db)

    def excess_db(self, level_db: float) -> float:
        """How far a level lies above (or, negative, below) the nearest one of training.

        0 for a clip that the range of any domain holds, or its margin: the domain of a clip is not
        known.
        """
        gaps = [
            max(level_db - level.highest_db, 0.0) + min(level_db - level.lowest_db, 0.0)
            for level in self.ranges
        ]
        nearest = min(gaps, key=abs)
        return 0.0 if abs(nearest) <= self.margin_db else nearest

    def check(self, level_db: float, settings: LevelConfig, treatment: Treatment) -> FormatCheck:
        """What is said of a clip of this level, and whether it is refused."""
        excess_db = self.excess_db(level_db)
        if not excess_db:
            return FormatCheck(refusal=None, flags=())
        word = "louder" if excess_db > 0 else "softer"
        problem = f"{abs(excess_db):.1f} dB {word} than any training clip"
        if settings.out_of_range == "refuse":
            error = DataError(problem, advice="set gain and distance as in training")
            return FormatCheck(refusal=error, flags=())
        flag = f"{problem} (gain or distance changed?){treatment.value}"
        return FormatCheck(refusal=None, flags=(flag,))
