"""What the verbs give back: the records that reports show and scripts read."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dcase_classic.calibration_config import USUAL_RATE
from dcase_classic.errors import DcaseClassicError
from dcase_classic.records import Clip, Domain, Finding, SectionScores, Severity

if TYPE_CHECKING:
    import pandas as pd

Interval = tuple[float, float]
PLACE = ["machine_type", "section", "mean"]  # what tells the rows of frames of results apart


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionMetrics:
    """The metrics of one machine and section.

    Attributes
    ----------
    values : from key (``auc_source``, ``precision_target`` ...) to a number in [0, 1], or None
        where a class or a domain is absent or there are no decisions.
    counts : from domain (``source``, ``target``, or ``all`` where there are no domains) to counts.
    intervals : from key to a 95 % interval, or None; empty if none were asked for.
    warnings : one line for everything that could not be computed, with the reason.
    """

    machine_type: str
    section: str
    values: dict[str, float | None]
    counts: dict[str, dict[str, int]]
    intervals: dict[str, Interval | None]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """Means over sections, from key to mean; a key without its domain averages over both."""

    arithmetic_mean: dict[str, float | None]
    harmonic_mean: dict[str, float | None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evaluation:
    """The metrics of one system, over all its sections.

    Attributes
    ----------
    system : its name.
    rule : in words, which clips an AUC compares.
    machines : from machine type to the means over its sections.
    totals : the means over all sections of all machines.
    official_score : None for 2020, which has none.
    official_replicates : the official score with one clip left out, an array of shape (n_clips,)
        for each section; None if there is none or no intervals were asked for.
    warnings : one line for everything that was left out, with the reason.
    """

    system: str
    year: int | None
    rule: str
    sections: tuple[SectionMetrics, ...]
    machines: dict[str, Means]
    totals: Means
    official_score: float | None
    official_score_ci95: Interval | None
    official_replicates: list[NDArray[np.float64]] | None
    warnings: tuple[str, ...]

    def to_frame(self) -> "pd.DataFrame":
        """One row for every section, then two for the means of every machine and of all.

        Columns: ``machine_type`` (empty for all), ``section`` (empty for means), ``mean`` (empty,
        ``arithmetic`` or ``harmonic``), every value in [0, 1], with its interval as ``<key>_low``
        and ``<key>_high``, NaN where there is none. ``official_score`` stands beside the means of
        all.
        """
        import pandas as pd

        rows: list[tuple[str, str, str, Mapping[str, float | None]]] = [
            (section.machine_type, section.section, "", section.values | _bounds(section.intervals))
            for section in self.sections
        ]
        score = {"official_score": self.official_score}
        score |= _bounds({"official_score": self.official_score_ci95})
        for machine_type, means in (*self.machines.items(), ("", self.totals)):
            overall = {} if machine_type else score
            rows.append((machine_type, "", "arithmetic", means.arithmetic_mean | overall))
            rows.append((machine_type, "", "harmonic", means.harmonic_mean | overall))
        places = pd.DataFrame([row[:3] for row in rows], columns=PLACE)
        return places.join(pd.DataFrame([row[3] for row in rows], dtype=float))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Evaluations, best first, and the systems that could not be evaluated, with the reason."""

    evaluations: tuple[Evaluation, ...]
    failures: dict[str, str]
    warnings: tuple[str, ...]

    @property
    def all_warnings(self) -> list[str]:
        """Everything that was left out, of all systems, with the reason."""
        own = [warning for system in self.evaluations for warning in system.warnings]
        failures = [f"not evaluated: {name}: {why}" for name, why in self.failures.items()]
        return [*self.warnings, *own, *failures]

    @property
    def is_single(self) -> bool:
        """Whether a single system was looked at."""
        return len(self.evaluations) + len(self.failures) == 1

    def to_frame(self) -> "pd.DataFrame":
        """The rows of all systems, best first, below ``rank`` and ``system``."""
        import pandas as pd

        frames = [evaluation.to_frame() for evaluation in self.evaluations]
        for rank, (frame, evaluation) in enumerate(zip(frames, self.evaluations, strict=True), 1):
            frame.insert(0, "rank", rank)
            frame.insert(1, "system", evaluation.system)
        return pd.concat(frames, ignore_index=True)


OURS = "ours"  # the mark of results that were computed here


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedDifference:
    """Official score of one run minus that of another, with its 95 % interval (None: unknown)."""

    first: str
    second: str
    difference: float
    interval: Interval | None

    @property
    def is_more_than_noise(self) -> bool | None:
        """Whether the interval leaves out zero; None without interval."""
        return None if self.interval is None else not self.interval[0] <= 0 <= self.interval[1]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """Own results and published ones side by side, and the paired differences of own runs.

    Attributes
    ----------
    year, subset : whose results.
    rows : see `to_frame`.
    pairs : every run with every later one.
    warnings : one line for everything that was left out or could not be compared.
    """

    year: int
    subset: str
    rows: "pd.DataFrame"
    pairs: tuple[PairedDifference, ...]
    warnings: tuple[str, ...]

    def to_frame(self) -> "pd.DataFrame":
        """One row for every system and place, machines first, means of all at the end.

        Columns: `PLACE`, ``system``, ``mark`` (`OURS`, or how far to trust a published result),
        ``source``, then every value in [0, 1] and, as ``<key>_difference``, the first run's value
        minus this; NaN where there is none.
        """
        return self.rows.copy()


def _bounds(intervals: Mapping[str, Interval | None]) -> dict[str, float | None]:
    """Both ends of every interval."""
    return {
        f"{key}_{end}": interval and interval[position]
        for key, interval in intervals.items()
        for position, end in enumerate(("low", "high"))
    }


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedClip:
    """A clip that could not be used, and why."""

    clip: Clip
    error: DcaseClassicError

    @property
    def reason(self) -> str:
        """Why, in one line that names the path."""
        return str(self.error)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlaggedClip:
    """A clip that was used although something is odd about it."""

    clip: Clip
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainAlarms:
    """How many held-out normal clips of a domain lie above the threshold.

    ``domain`` is None for clips whose name does not tell it, ``n_sessions`` where sessions are not
    known; ``has_fitted_tail`` where the limit lies beyond what so few clips show.
    """

    domain: Domain | None
    n_clips: int
    n_alarms: int
    n_sessions: int | None = None
    has_fitted_tail: bool = False

    @property
    def false_alarm_rate(self) -> float:
        """Share of the clips that lie above the threshold, in [0, 1]."""
        return self.n_alarms / self.n_clips


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """One of the least typical training clips.

    Attributes
    ----------
    name : of the clip.
    rank : 1 for the least typical.
    excess : its strangeness as a multiple of the limit; above 1 it does not fit.
    is_named : whether the rule names it.
    is_dropped : whether it was left out.
    """

    name: str
    rank: int
    excess: float
    is_named: bool
    is_dropped: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
    """One fitted machine and section; ``is_new`` is False for a model that was there already.

    The model itself is in its file: with many machines it is fitted in another process.
    ``skipped``, ``flagged`` and ``notes`` tell of the clips that were read for a new model.
    ``misfits`` are the least typical clips; ``siblings`` are the sections and machines that it was
    told from; ``session_source`` says what tells sessions, and is empty where nothing does.
    """

    machine_type: str
    section: str
    threshold: float
    alarms: tuple[DomainAlarms, ...]
    peakiness: float | None
    group_weights: dict[str, float]
    is_new: bool
    misfits: tuple[Misfit, ...] = ()
    siblings: tuple[str, ...] = ()
    session_source: str = ""
    is_for_new_sessions: bool = False
    false_alarms: float = USUAL_RATE
    skipped: tuple[SkippedClip, ...] = ()
    flagged: tuple[FlaggedClip, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scored:
    """The results of one machine and section, and the clips that got none or are odd.

    P-values rest on ``n_held_out`` normal clips.
    """

    result: SectionScores
    skipped: tuple[SkippedClip, ...]
    flagged: tuple[FlaggedClip, ...]
    notes: tuple[str, ...]
    n_held_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What is said of one recording.

    Attributes
    ----------
    machine_type : of the model; None where no model was found.
    anomaly_score : higher = more anomalous; None for a recording that was not scored.
    p_value : the share of held-out normal recordings that score at least as high, in (0, 1].
    decision : 1 for an anomaly, 0 for a normal recording.
    reason : why there is no score; for a scored recording what is odd about it, or None.
    """

    path: Path
    machine_type: str | None
    anomaly_score: float | None = None
    p_value: float | None = None
    decision: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What was done for the clips of one machine and split.

    ``n_kept`` clips were there already and verified; ``dropped_s`` seconds at the ends of
    ``n_cut`` clips fill no segment and were left out.
    """

    machine_type: str
    split: str
    n_clips: int
    n_kept: int
    n_segments: int
    n_cut: int
    dropped_s: float
    skipped: tuple[SkippedClip, ...]
