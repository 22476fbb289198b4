"""One machine over time: each window of sound changes its state, and may raise or end an alarm.

Nothing here knows files, networks or clocks. The state is a record of plain numbers that can be
written down after every window and read again; the same windows give the same events.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from dcase_classic.alarms.incidents import (
    AlarmState,
    Heard,
    Incident,
    gone_on,
    raised,
    remember,
    windows_above,
)
from dcase_classic.alarms.limit import LimitState, learn
from dcase_classic.alarms.operating import HeardWindow, OperatingCondition, OperatingState, operate
from dcase_classic.alarms.settings import AlarmSettings
from dcase_classic.config.setting import check_setting
from dcase_classic.model.standing import AT_THRESHOLD


class EventKind(StrEnum):
    """What is told of an incident."""

    RAISED = "raised"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmEvent:
    """An incident that was raised or has ended, by a window that ended at ``at_s``."""

    kind: EventKind
    at_s: float
    incident: Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerState:
    """All that is remembered of a machine.

    Attributes
    ----------
    alarm : how things stand.
    operating : what the machine does.
    limit : where the limit stands.
    memory : the last seconds of sound while the machine ran.
    incident : the one that is open.
    n_incidents : that there have been.
    scale : what severities are measured by; empty where it is not known.
    """

    alarm: AlarmState = AlarmState.OK
    operating: OperatingState = field(default_factory=OperatingState)
    limit: LimitState = field(default_factory=LimitState)
    memory: tuple[Heard, ...] = ()
    incident: Incident | None = None
    n_incidents: int = 0
    scale: str = ""

    def __post_init__(self) -> None:
        """Check that the parts agree."""
        check_setting(self.n_incidents >= 0, "n_incidents", self.n_incidents, "0 or more")
        is_open = self.incident is not None
        expected = "alarm if and only if there is an incident"
        check_setting(is_open == (self.alarm is AlarmState.ALARM), "alarm", self.alarm, expected)

    @property
    def last_s(self) -> float:
        """When the last sound that is remembered ended; 0 where none is."""
        if self.memory:
            return self.memory[-1].end_s
        return 0.0 if self.incident is None else self.incident.last_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The state after a window, what is to be told, and the window's severity as it counted."""

    state: TrackerState
    events: tuple[AlarmEvent, ...] = ()
    severity: float | None = None


def follow(state: TrackerState, window: HeardWindow, settings: AlarmSettings) -> Step:
    """The state after a window; windows come in the order in which they were heard."""
    operating = operate(state.operating, window, settings.operating)
    state = replace(state, operating=operating)
    if window.severity is None:
        return Step(state=state)
    severity = window.severity - state.limit.shift
    if operating.condition is not OperatingCondition.RUNNING:
        return Step(state=state, severity=severity)
    heard = Heard(
        begin_s=window.begin_s,
        end_s=window.end_s,
        new_s=window.new_s,
        severity=severity,
        is_normal=state.incident is None,
    )
    memory, forgotten = remember(state.memory, heard, settings.memory_s)
    state = replace(state, memory=memory, limit=_learned(state.limit, forgotten, settings))
    step = (
        _raise(state, settings)
        if state.incident is None
        else _go_on(state, state.incident, settings)
    )
    return replace(step, severity=severity)


def interrupt(state: TrackerState, condition: OperatingCondition) -> TrackerState:
    """The state after a gap, or the loss of the source; an open incident stays open."""
    return replace(state, operating=OperatingState(condition=condition))


def forget_limit(state: TrackerState) -> TrackerState:
    """The state with the limit where the model has put it."""
    return replace(state, limit=LimitState())


def on_scale(state: TrackerState, scale: str) -> TrackerState:
    """The state on a scale; severities of another one, and a limit moved on it, mean nothing."""
    if state.scale not in {"", scale}:
        state = replace(forget_limit(state), memory=())
    return replace(state, scale=scale)


def _learned(
    limit: LimitState, forgotten: tuple[Heard, ...], settings: AlarmSettings
) -> LimitState:
    """The limit after the windows that can belong to no alarm any more."""
    for heard in forgotten:
        if heard.is_normal:
            limit = learn(
                limit, settings.limit, seconds=heard.new_s, is_above=heard.severity > AT_THRESHOLD
            )
    return limit


def _raise(state: TrackerState, settings: AlarmSettings) -> Step:
    incident = raised(state.memory, settings, number=state.n_incidents + 1)
    if incident is None:
        return Step(state=replace(state, alarm=_watched(state, settings)))
    state = replace(
        state,
        alarm=AlarmState.ALARM,
        memory=tuple(replace(heard, is_normal=False) for heard in state.memory),
        incident=incident,
        n_incidents=incident.number,
    )
    return Step(state=state, events=(_event(EventKind.RAISED, state, incident),))


def _go_on(state: TrackerState, incident: Incident, settings: AlarmSettings) -> Step:
    incident = gone_on(incident, state.memory, settings)
    if incident.end_s is None:
        return Step(state=replace(state, incident=incident))
    state = replace(state, alarm=_watched(state, settings), incident=None)
    return Step(state=state, events=(_event(EventKind.ENDED, state, incident),))


def _event(kind: EventKind, state: TrackerState, incident: Incident) -> AlarmEvent:
    return AlarmEvent(kind=kind, at_s=state.memory[-1].end_s, incident=incident)


def _watched(state: TrackerState, settings: AlarmSettings) -> AlarmState:
    is_odd = bool(windows_above(state.memory, settings.watch))
    return AlarmState.WATCH if is_odd else AlarmState.OK
