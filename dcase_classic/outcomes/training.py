"""What a model says of the clips that it was fitted on."""

from dataclasses import dataclass

from dcase_classic.records import Domain


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
