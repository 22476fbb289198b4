"""What ``doctor`` and ``submission check`` found."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dcase_classic.outcomes.recordings import LeftOut
from dcase_classic.records import Clip, Finding, Severity

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRow:
    """Clips of one kind; domain and label are None where the names do not tell them.

    ``n_expected`` is None where the year promises no number.
    """

    machine_type: str
    section: str
    split: str
    domain: str | None
    label: str | None
    n_clips: int
    n_expected: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What the doctor found.

    Attributes
    ----------
    years, year_reason : the years that fit, none for recordings of one's own, and why.
    clips : all that were looked at.
    is_deep : whether all samples were read.
    counts : clips of every machine, section, split, domain and label, and what the year promises.
    findings : the worst first.
    left_out : what lies in the folders and was not looked at.
    """

    data: Path
    years: tuple[int, ...]
    year_reason: str
    clips: tuple[Clip, ...]
    is_deep: bool
    counts: tuple[CountRow, ...]
    findings: tuple[Finding, ...]
    left_out: LeftOut

    def to_frame(self) -> "pd.DataFrame":
        """One row for every finding: ``severity``, ``kind``, ``path``, ``problem``, ``advice``."""
        import pandas as pd

        columns = ["severity", "kind", "path", "problem", "advice"]
        rows = [[str(getattr(item, name)) for name in columns] for item in self.findings]
        return pd.DataFrame(rows, columns=columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """Every finding about a submission, and what was looked at."""

    n_systems: int
    n_files: int
    findings: tuple[Finding, ...]

    @property
    def n_errors(self) -> int:
        """Number of findings for which the submission is refused."""
        return sum(finding.severity is Severity.ERROR for finding in self.findings)
