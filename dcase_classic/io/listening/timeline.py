"""When the samples of a live source were made, by two clocks of which one may be set.

The sample clock counts; the steady clock tells whether samples are missing, and the clock on the
wall what date it is.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic, time

from dcase_classic.alarms.operating import OperatingCondition
from dcase_classic.io.listening.items import Pause

_SET_S = 1.0  # a wall clock that is off by more was set; less is a clock that is slewed
_SURE_S = 1.0  # what is late for so long was not only held up
_ANCHOR_S = 3600.0  # sample clocks are off by up to a second an hour
_PACE = 0.01  # a source that is faster or slower by more is no live one


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """The clocks that a live source is timed by: seconds since 1970, and steady ones."""

    wall: Callable[[], float] = field(default=time)
    steady: Callable[[], float] = field(default=monotonic)


class Timeline:
    """Places sound in time as it comes.

    Parameters
    ----------
    clocks : that tell when it comes.
    gap_s : how much of it has to be missing for a gap.
    began_s : when the first of it was made, in seconds since 1970; None for as it comes.
    """

    def __init__(self, clocks: Clocks, gap_s: float, *, began_s: float | None = None) -> None:
        self._clocks, self._gap_s, self._began_s = clocks, gap_s, began_s
        self._wall_s = self._steady_s = self._heard_s = self._least_lag_s = self._anchored_s = 0.0
        self._late_since_s: float | None = None
        self._is_new = True

    def forget(self) -> None:
        """Begin anew with the next sound."""
        self._is_new, self._began_s = True, None

    def place(self, seconds: float, *, is_all: bool) -> tuple[float, Pause | None]:
        """When so many seconds of sound began that have just come, and what is to be said first.

        ``is_all`` tells that nothing else waits to be read: only then sound can be missing.
        """
        steady_s, wall_s = self._clocks.steady(), self._clocks.wall()
        pause = None if self._is_new else self._oddity(seconds, steady_s, wall_s, is_all=is_all)
        if self._is_new or pause is not None or self._is_due(steady_s):
            self._anchor(seconds, steady_s, wall_s)
        self._heard_s += seconds
        return self._wall_s + self._heard_s - seconds, pause

    def _anchor(self, seconds: float, steady_s: float, wall_s: float) -> None:
        begin_s = wall_s - seconds if self._began_s is None else self._began_s
        age_s = wall_s - seconds - begin_s
        self._wall_s, self._steady_s = begin_s, steady_s - seconds - age_s
        self._heard_s, self._least_lag_s, self._anchored_s = 0.0, age_s, steady_s
        self._began_s = None
        self._late_since_s, self._is_new = None, False

    def _oddity(
        self, seconds: float, steady_s: float, wall_s: float, *, is_all: bool
    ) -> Pause | None:
        elapsed_s = steady_s - self._steady_s
        change_s = wall_s - self._wall_s - elapsed_s
        if abs(change_s) > _SET_S:
            said = f"the clock was set by {change_s:+.0f} s"
            return Pause(condition=OperatingCondition.RUNNING, reason=said)
        lag_s = elapsed_s - self._heard_s - seconds
        self._least_lag_s = min(self._least_lag_s, lag_s)
        missing_s = lag_s - self._least_lag_s
        if not is_all or missing_s <= self._gap_s:
            self._late_since_s = None
            return None
        if self._late_since_s is None:
            self._late_since_s = steady_s
        if steady_s - self._late_since_s < _SURE_S:
            return None
        said = f"about {missing_s:.1f} s of sound are missing"
        return Pause(condition=OperatingCondition.GAP, reason=said)

    def _is_due(self, steady_s: float) -> bool:
        """Whether it is time to follow the wall clock, for a source that is a live one."""
        elapsed_s = steady_s - self._steady_s
        return (
            steady_s - self._anchored_s > _ANCHOR_S
            and abs(elapsed_s - self._heard_s) < _PACE * elapsed_s
        )
