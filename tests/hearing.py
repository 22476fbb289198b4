"""Windows of sound with given severities, heard one after the other."""

import json

from dcase_classic.alarms.operating import HeardWindow
from dcase_classic.alarms.settings import AlarmSettings
from dcase_classic.alarms.tracker import TrackerState, follow
from dcase_classic.config.specs import parse_record, to_plain

WINDOW_S = 10.0


def heard(number, severity, *, new_s=WINDOW_S, level_db=-20.0):
    """Window ``number`` of a stream, which ends ``new_s`` after the one before."""
    end_s = WINDOW_S + number * new_s
    return HeardWindow(
        begin_s=end_s - WINDOW_S, end_s=end_s, new_s=new_s, severity=severity, level_db=level_db
    )


SETTINGS, BEGIN = AlarmSettings(), TrackerState()


def follow_all(windows, settings=SETTINGS, state=BEGIN):
    """The last state, and all events as (kind, number of the window)."""
    events = []
    for window in windows:
        step = follow(state, window, settings)
        state = step.state
        events += [(event.kind.value, event.incident, window.end_s) for event in step.events]
    return state, events


def written_and_read(state):
    return parse_record(TrackerState, json.loads(json.dumps(to_plain(state))), where="state")
