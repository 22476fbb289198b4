"""What ``prepare`` gives back."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

from dcase_classic.outcomes.recordings import SkippedClip
from dcase_classic.outcomes.tables import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What was done for the clips of one machine and split.

    ``n_kept`` clips were there already and verified; ``dropped_s`` seconds at the ends of
    ``n_cut`` clips fill no segment and were left out; of kept clips it is not counted again.
    """

    machine_type: str
    split: str
    n_clips: int
    n_kept: int
    n_segments: int
    n_cut: int
    dropped_s: float
    skipped: tuple[SkippedClip, ...]

    def rows(self) -> Iterator[Row]:
        """One row."""
        numbers = {
            item.name: getattr(self, item.name) for item in fields(self) if item.name != "skipped"
        }
        yield {**numbers, "n_skipped": len(self.skipped)}
