"""Rules over the last seconds of sound, and the one incident that is open."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from dcase_classic.alarms.settings import AlarmRule, AlarmSettings
from dcase_classic.config.setting import check_finite, check_setting


class AlarmState(StrEnum):
    """How things stand."""

    OK = "ok"
    WATCH = "watch"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What is remembered of a window: its severity by the limit as it stood then.

    ``is_normal`` tells whether it is of no incident, so that the limit may learn from it.
    """

    begin_s: float
    end_s: float
    new_s: float
    severity: float
    is_normal: bool

    def __post_init__(self) -> None:
        """Check the ranges."""
        check_setting(0 < self.new_s < math.inf, "new_s", self.new_s, "more than 0")
        check_finite(self, ("begin_s", "end_s", "severity"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One fault, from the first window above the level to the last.

    Attributes
    ----------
    number : from 1, of this machine.
    rule : what raised it, as `AlarmSettings.raising` has it.
    begin_s, end_s : by the clock of the source; what is open has no end.
    peak_begin_s, peak_end_s, peak : the worst window, and its severity.
    quiet_s : seconds of sound since a rule last held.
    last_s : when the last window above the level at which it goes on ended, while a rule held.
    source, why, kept : what was told of the peak, as `AlarmMessage` has them; empty of a new peak.
    """

    number: int
    rule: str
    begin_s: float
    end_s: float | None = None
    peak_begin_s: float
    peak_end_s: float
    peak: float
    quiet_s: float = 0.0
    last_s: float
    source: str = ""
    why: str = ""
    kept: str = ""

    def __post_init__(self) -> None:
        """Check the ranges."""
        check_setting(self.number >= 1, "number", self.number, "1 or more")
        check_setting(0 <= self.quiet_s < math.inf, "quiet_s", self.quiet_s, "0 or more")
        times = ("begin_s", "end_s", "peak_begin_s", "peak_end_s", "last_s")
        check_finite(self, (*times, "peak"))


def remember(
    memory: Sequence[Heard], heard: Heard, memory_s: float
) -> tuple[tuple[Heard, ...], tuple[Heard, ...]]:
    """The memory with one window more, and what is forgotten for it."""
    kept = (*memory, heard)
    total_s, n_forgotten = sum(item.new_s for item in kept), 0
    while total_s - kept[n_forgotten].new_s >= memory_s:
        total_s -= kept[n_forgotten].new_s
        n_forgotten += 1
    return kept[n_forgotten:], kept[:n_forgotten]


def windows_above(memory: Sequence[Heard], rule: AlarmRule) -> tuple[Heard, ...]:
    """The windows above the level within the last seconds of sound, if there are enough of them."""
    above, seconds, total_s = [], 0.0, 0.0
    for heard in reversed(memory):
        new_s = min(heard.new_s, rule.within_s - total_s)
        if new_s <= 0:
            break
        total_s += heard.new_s
        if heard.severity > rule.level:
            above.append(heard)
            seconds += new_s
    is_enough = seconds >= rule.seconds - 1e-6  # sums of new_s round
    return tuple(reversed(above)) if is_enough else ()


def raised(memory: Sequence[Heard], settings: AlarmSettings, *, number: int) -> Incident | None:
    """The incident that begins with the last window, if one does."""
    for name, rule in settings.raising.items():
        above = windows_above(memory, rule)
        if above:  # an earlier incident, which has told its own, may be remembered
            above = tuple(heard for heard in above if heard.is_normal) or above
            peak = max(above, key=lambda heard: heard.severity)
            return Incident(
                number=number,
                rule=name,
                begin_s=above[0].begin_s,
                peak_begin_s=peak.begin_s,
                peak_end_s=peak.end_s,
                peak=peak.severity,
                last_s=memory[-1].end_s,
            )
    return None


def gone_on(incident: Incident, memory: Sequence[Heard], settings: AlarmSettings) -> Incident:
    """The incident after the last window; it has an end if it was quiet long enough."""
    heard = memory[-1]
    rules = (*settings.raising.values(), settings.going_on)
    if any(windows_above(memory, rule) for rule in rules):
        incident = replace(incident, quiet_s=0.0)
        if heard.severity > settings.going_on.level:  # a rule holds for a while after the fault
            incident = replace(incident, last_s=heard.end_s)
    else:
        incident = replace(incident, quiet_s=incident.quiet_s + heard.new_s)
    if heard.severity > incident.peak:
        incident = replace(
            incident,
            peak_begin_s=heard.begin_s,
            peak_end_s=heard.end_s,
            peak=heard.severity,
            source="",
            why="",
            kept="",
        )
    is_over = incident.quiet_s >= settings.hold_off_s - 1e-6
    return replace(incident, end_s=incident.last_s) if is_over else incident
