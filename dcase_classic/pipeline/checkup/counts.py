"""Counts unlike those that the year promises, and sections that cannot be fitted."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from dcase_classic.outcomes.examinations import CountRow
from dcase_classic.records import Finding, Split
from dcase_classic.wording import counted


def count_findings(data: Path, counts: Sequence[CountRow]) -> Iterator[Finding]:
    """Every count that differs, then every section without training clips."""
    for row in counts:
        if row.n_expected is not None and row.n_clips != row.n_expected:
            kind = " ".join(filter(None, (row.split, row.domain, row.label)))
            clips = f"{counted(row.n_clips, f'{kind} clip')}, the year promises {row.n_expected}"
            problem = f"{row.machine_type} section {row.section}: {clips}"
            yield Finding.warning(data, problem, advice="download or unpack the rest", kind="count")
    sections = {(row.machine_type, row.section) for row in counts}
    training = [row for row in counts if row.split == Split.TRAIN and row.n_clips]
    for machine_type, section in sorted(
        sections - {(row.machine_type, row.section) for row in training}
    ):
        problem = f"{machine_type} section {section}: no training clip"
        yield Finding.warning(
            data, problem, advice="it cannot be fitted, only scored", kind="count"
        )
