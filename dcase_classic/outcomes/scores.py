"""What ``score`` gives back: the results of a machine and section."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields

from dcase_classic.outcomes.predictions import ClipScore, Prediction
from dcase_classic.outcomes.recordings import FlaggedClip, SkippedClip
from dcase_classic.outcomes.tables import Row
from dcase_classic.records import Clip


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionScores:
    """The results for the test clips of one machine and section, sorted by name."""

    machine_type: str
    section: str
    scores: tuple[ClipScore, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scored:
    """The results of one machine and section, and the clips that got none or are odd.

    P-values rest on ``n_held_out`` normal clips; ``data_sha256`` stands for names and content of
    the clips; ``predictions`` are the rows of each, if they were asked for.
    """

    result: SectionScores
    skipped: tuple[SkippedClip, ...]
    flagged: tuple[FlaggedClip, ...]
    notes: tuple[str, ...]
    n_held_out: int
    data_sha256: str = ""
    predictions: Mapping[Clip, Sequence[Prediction]] = field(default_factory=dict)

    def rows(self) -> Iterator[Row]:
        """One row for every clip, also for those that have no score."""
        key = {"machine_type": self.result.machine_type, "section": self.result.section}
        flags = {odd.clip.name: "; ".join(odd.flags) for odd in self.flagged}
        for score in self.result.scores:
            yield {**key, **asdict(score), "flags": flags.get(score.name, ""), "reason": ""}
        for lost in self.skipped:
            values = {item.name: None for item in fields(ClipScore)} | {"name": lost.clip.name}
            yield {**key, **values, "flags": "", "reason": lost.reason}
