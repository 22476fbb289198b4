"""What the verbs give back: the records that reports show and scripts read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING

from dcase_classic.config.calibration import USUAL_RATE
from dcase_classic.errors import DcaseClassicError
from dcase_classic.outcomes.reasons import Explanation
from dcase_classic.outcomes.tables import Row
from dcase_classic.records import Clip, Domain, Finding, Severity

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

    def rows(self) -> Iterator[Row]:
        """One row for every domain of its held-out clips."""
        for alarms in self.alarms:
            yield {
                "machine_type": self.machine_type,
                "section": self.section,
                "domain": alarms.domain,
                "n_clips": alarms.n_clips,
                "n_sessions": alarms.n_sessions,
                "n_alarms": alarms.n_alarms,
                "false_alarm_rate": alarms.false_alarm_rate,
                "threshold": self.threshold,
                "is_new": self.is_new,
                "n_skipped": len(self.skipped),
            }


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipScore:
    """The result for one clip: ``anomaly_score`` (higher = more anomalous) and the decision.

    Attributes
    ----------
    threshold : a greater score is decided to be an anomaly; None where it is not known, as below.
    severity : 0 for a usual normal clip, 100 at the threshold; see `model.standing`.
    p_value : the share of normal clips that score at least as high, in (0, 1].
    p_value_is_extrapolated : whether a fitted tail tells it, since no held-out clip is as high.
    """

    name: str
    anomaly_score: float
    is_anomaly: bool
    threshold: float | None = None
    severity: float | None = None
    p_value: float | None = None
    p_value_is_extrapolated: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionScores:
    """The results for the test clips of one machine and section, sorted by name."""

    machine_type: str
    section: str
    scores: tuple[ClipScore, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recalibrated:
    """A model whose threshold has changed: what it was, what it is, and what was left out."""

    title: str
    threshold_before: float
    fitted: Fitted
    skipped: tuple[SkippedClip, ...] = ()
    notes: tuple[str, ...] = ()


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
    predictions: "Mapping[Clip, Sequence[Prediction]]" = field(default_factory=dict)

    def rows(self) -> Iterator[Row]:
        """One row for every clip, also for those that have no score."""
        key = {"machine_type": self.result.machine_type, "section": self.result.section}
        flags = {odd.clip.name: "; ".join(odd.flags) for odd in self.flagged}
        for score in self.result.scores:
            yield {**key, **asdict(score), "flags": flags.get(score.name, ""), "reason": ""}
        for lost in self.skipped:
            values = {item.name: None for item in fields(ClipScore)} | {"name": lost.clip.name}
            yield {**key, **values, "flags": "", "reason": lost.reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What is said of one recording, or of a window of one.

    Attributes
    ----------
    machine_type : of the model; None where no model was found.
    anomaly_score, threshold, severity, p_value, p_value_is_extrapolated : as of `ClipScore`; None
        for a recording that was not scored.
    decision : 1 for an anomaly, 0 for a normal recording.
    reason : why there is no score; for a scored recording what is odd about it, or None.
    start_s, end_s : the window of a recording longer than those of training, in seconds; None for a
        recording that was taken as a whole.
    explanation : why it has this score, where that was asked for.
    """

    path: Path
    machine_type: str | None
    anomaly_score: float | None = None
    threshold: float | None = None
    severity: float | None = None
    p_value: float | None = None
    p_value_is_extrapolated: bool | None = None
    decision: int | None = None
    reason: str | None = None
    start_s: float | None = None
    end_s: float | None = None
    explanation: Explanation | None = None

    def rows(self) -> Iterator[Row]:
        """The row that it is, without the explanation, which is a tree."""
        values = {
            item.name: getattr(self, item.name)
            for item in fields(self)
            if item.name != "explanation"
        }
        yield values | {"path": str(self.path)}


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

    def rows(self) -> Iterator[Row]:
        """One row."""
        numbers = {
            item.name: getattr(self, item.name) for item in fields(self) if item.name != "skipped"
        }
        yield {**numbers, "n_skipped": len(self.skipped)}
