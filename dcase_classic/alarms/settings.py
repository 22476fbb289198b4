"""The settings of alarms; docs/watch.md tells how many false alarms a week they promise."""

import math
from dataclasses import dataclass, field

from dcase_classic.config.setting import check_setting
from dcase_classic.model.standing import AT_THRESHOLD

_LONGEST_S = 24 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRule:
    """What has to be heard: ``seconds`` above ``level`` within the last ``within_s`` of sound.

    It is the rule *k of n windows* for windows at any distance; gaps do not count as time.
    ``level`` is a severity.
    """

    level: float
    seconds: float
    within_s: float

    def __post_init__(self) -> None:
        """Check the ranges."""
        check_setting(0 < self.level < math.inf, "level", self.level, "more than 0")
        check_setting(
            0 < self.within_s <= _LONGEST_S, "within_s", self.within_s, "more than 0, at most a day"
        )
        expected = f"more than 0, at most within_s ({self.within_s:g})"
        check_setting(0 < self.seconds <= self.within_s, "seconds", self.seconds, expected)


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitSettings:
    """How the limit follows the slow drift of normal sound.

    Attributes
    ----------
    false_alarms : the share of normal sound that lies above the limit, in the long run.
    step, first_step : float
        How far ten seconds of sound can move it, in points of severity, once it has settled and at
        the beginning.
    most_up, most_down : points of severity that it moves at most: beyond, drift is an alarm.
    is_frozen : whether it stays where it is.
    """

    false_alarms: float = 0.02
    step: float = 0.5
    first_step: float = 4.0
    most_up: float = 50.0
    most_down: float = 30.0
    is_frozen: bool = False

    def __post_init__(self) -> None:
        """Check the ranges."""
        rate = self.false_alarms
        check_setting(0 < rate <= 0.5, "false_alarms", rate, "more than 0, at most 0.5")
        check_setting(0 < self.step <= AT_THRESHOLD, "step", self.step, "more than 0, at most 100")
        expected = f"step ({self.step:g}) to 100"
        check_setting(self.step <= self.first_step <= 100, "first_step", self.first_step, expected)
        check_setting(0 <= self.most_up < math.inf, "most_up", self.most_up, "0 or more")
        check_setting(
            0 <= self.most_down < AT_THRESHOLD,
            "most_down",
            self.most_down,
            "0 or more, less than 100",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingSettings:
    """When a machine counts as off, and how long it warms up.

    Attributes
    ----------
    off_below_db : level of a window, in dB of full scale, below which the machine is off.
    warm_up_s : seconds of sound after it was off in which nothing is raised and nothing learned.
    gap_s : seconds of sound of a live source that are missing and make a gap.
    lost_s : seconds without sound after which the source counts as lost.
    """

    off_below_db: float = -90.0
    warm_up_s: float = 30.0
    gap_s: float = 2.0
    lost_s: float = 30.0

    def __post_init__(self) -> None:
        """Check the ranges."""
        check_setting(
            -200 <= self.off_below_db < 0, "off_below_db", self.off_below_db, "-200 to less than 0"
        )
        longest = "0 or more, at most a day"
        check_setting(0 <= self.warm_up_s <= _LONGEST_S, "warm_up_s", self.warm_up_s, longest)
        check_setting(
            0 < self.gap_s <= _LONGEST_S, "gap_s", self.gap_s, "more than 0, at most a day"
        )
        expected = f"more than gap_s ({self.gap_s:g})"
        check_setting(self.gap_s < self.lost_s < math.inf, "lost_s", self.lost_s, expected)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmSettings:
    """When there is an alarm, and when it ends.

    Attributes
    ----------
    severe, strong, lasting : each raises an alarm: the slighter a fault, the longer it has to last.
    watch : makes the state ``watch``, which raises nothing.
    going_on : an incident goes on as long as this holds (hysteresis: a lower level) ...
    hold_off_s : ... and for so many seconds of sound after it: what comes back within them belongs
        to the same incident.
    limit, operating : see `LimitSettings`, `OperatingSettings`.
    """

    severe: AlarmRule = AlarmRule(level=200.0, seconds=2.0, within_s=3.0)
    strong: AlarmRule = AlarmRule(level=150.0, seconds=40.0, within_s=60.0)
    lasting: AlarmRule = AlarmRule(level=AT_THRESHOLD, seconds=90.0, within_s=180.0)
    watch: AlarmRule = AlarmRule(level=AT_THRESHOLD, seconds=40.0, within_s=90.0)
    going_on: AlarmRule = AlarmRule(level=80.0, seconds=30.0, within_s=60.0)
    hold_off_s: float = 60.0
    limit: LimitSettings = field(default_factory=LimitSettings)
    operating: OperatingSettings = field(default_factory=OperatingSettings)

    def __post_init__(self) -> None:
        """Check the range, and that incidents do not end at the level where they begin."""
        check_setting(
            0 < self.hold_off_s <= _LONGEST_S,
            "hold_off_s",
            self.hold_off_s,
            "more than 0, at most a day",
        )
        check_setting(
            self.going_on.level <= self.lowest_level,
            "going_on",
            self.going_on.level,
            f"a level of at most {self.lowest_level:g}, where alarms begin",
        )

    @property
    def raising(self) -> dict[str, AlarmRule]:
        """The rules that raise alarms, by their names."""
        return {"severe": self.severe, "strong": self.strong, "lasting": self.lasting}

    @property
    def lowest_level(self) -> float:
        """The severity above which a window may be one of an alarm."""
        return min(rule.level for rule in self.raising.values())

    @property
    def memory_s(self) -> float:
        """Seconds of sound that have to be remembered."""
        rules = (*self.raising.values(), self.watch, self.going_on)
        return max(rule.within_s for rule in rules)
