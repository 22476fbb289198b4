"""What ``fit`` and changes of a model give back."""

from collections.abc import Iterator
from dataclasses import dataclass

from dcase_classic.config.calibration import USUAL_RATE
from dcase_classic.outcomes.recordings import FlaggedClip, SkippedClip
from dcase_classic.outcomes.tables import Row
from dcase_classic.outcomes.training import DomainAlarms, Misfit


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
    """One fitted machine and section; ``is_new`` is False for a model that was there already.

    The model itself is in its file: with many machines it is fitted in another process.
    ``skipped``, ``flagged`` and ``notes`` tell of the clips that were read for a new model.
    ``misfits`` are the least typical clips; ``siblings`` are the sections and machines that it was
    told from; ``session_source`` says what tells sessions, and is empty where nothing does;
    ``false_alarms`` is the rate that the threshold is for, None where nobody knows;
    ``window_s`` is the length of the windows that long recordings were cut into, None for no cut;
    where it ``is_recalibrated`` the ``alarms`` are not those of the clips that it was fitted on.
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
    window_s: float | None = None
    is_for_new_sessions: bool = False
    is_recalibrated: bool = False
    false_alarms: float | None = USUAL_RATE
    skipped: tuple[SkippedClip, ...] = ()
    flagged: tuple[FlaggedClip, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def unit(self) -> str:
        """What it was learned from, in people's words."""
        return "recording" if self.window_s is None else "window"

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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recalibrated:
    """A model whose threshold has changed: what it was, what it is, and what was left out."""

    title: str
    threshold_before: float
    fitted: Fitted
    skipped: tuple[SkippedClip, ...] = ()
    flagged: tuple[FlaggedClip, ...] = ()
    notes: tuple[str, ...] = ()
