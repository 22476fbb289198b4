"""What a machine and its source are doing: running, warming up, off, or not to be heard."""

import math
from dataclasses import dataclass
from enum import StrEnum

from dcase_classic.alarms.settings import OperatingSettings
from dcase_classic.config.setting import check_setting


class OperatingCondition(StrEnum):
    """States that are no alarms; alarms are raised while the machine runs."""

    RUNNING = "running"
    WARMING_UP = "warming up"
    OFF = "off"
    UNUSABLE = "unusable"
    GAP = "gap"
    LOST = "source lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardWindow:
    """A window of sound.

    Attributes
    ----------
    begin_s, end_s : when it was heard, by whatever clock the source has.
    new_s : seconds of it that were in no window before.
    severity : by the limit that the model has put; None for a window that cannot be scored.
    level_db : of full scale.
    """

    begin_s: float
    end_s: float
    new_s: float
    severity: float | None
    level_db: float

    def __post_init__(self) -> None:
        """Check the ranges."""
        check_setting(0 < self.new_s < math.inf, "new_s", self.new_s, "more than 0")
        is_score = self.severity is None or math.isfinite(self.severity)
        check_setting(is_score, "severity", self.severity, "a finite number or None")


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingState:
    """A condition, and the seconds of sound heard since it began."""

    condition: OperatingCondition = OperatingCondition.RUNNING
    heard_s: float = 0.0

    def __post_init__(self) -> None:
        """Check the range."""
        check_setting(0 <= self.heard_s < math.inf, "heard_s", self.heard_s, "0 or more")


# After these the machine may have been started anew; a gap, or sound that can have no score, is of
# the recorder.
_STOPPED = {OperatingCondition.OFF, OperatingCondition.LOST}


def operate(
    state: OperatingState, window: HeardWindow, settings: OperatingSettings
) -> OperatingState:
    """The state after a window."""
    condition = _condition(state, window, settings)
    heard_s = state.heard_s if condition == state.condition else 0.0
    return OperatingState(condition=condition, heard_s=heard_s + window.new_s)


def _condition(
    state: OperatingState, window: HeardWindow, settings: OperatingSettings
) -> OperatingCondition:
    if window.level_db < settings.off_below_db:
        return OperatingCondition.OFF
    if window.severity is None:
        return OperatingCondition.UNUSABLE
    is_warm = settings.warm_up_s == 0
    if state.condition in _STOPPED and not is_warm:
        return OperatingCondition.WARMING_UP
    if state.condition is OperatingCondition.WARMING_UP and state.heard_s < settings.warm_up_s:
        return OperatingCondition.WARMING_UP
    return OperatingCondition.RUNNING
