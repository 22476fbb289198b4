"""What lies in folders of recordings: clips, names that cannot be understood, and the rest."""

from dataclasses import dataclass, field

from dcase_classic.errors import DataError
from dcase_classic.outcomes.recordings import LeftOut
from dcase_classic.records import Clip


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """All clips of a data set, an error for each name that cannot be understood, and the rest."""

    clips: list[Clip]
    problems: list[DataError] = field(default_factory=list)
    left_out: LeftOut = field(default_factory=LeftOut)
