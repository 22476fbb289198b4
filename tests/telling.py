"""Alarms and statuses to be told of in tests, and a sink that remembers."""

import threading

from dcase_classic.alarms.incidents import AlarmState
from dcase_classic.alarms.messages import AlarmMessage, MachineStatus
from dcase_classic.alarms.operating import OperatingCondition
from dcase_classic.alarms.tracker import EventKind
from dcase_classic.io.sinks.sink import UndeliveredError


def alarm(number=1, **values):
    usual = {
        "id": f"pump-00-{number}-raised",
        "event": EventKind.RAISED,
        "at_s": 1_000_012.0,
        "machine": "pump",
        "section": "00",
        "number": number,
        "rule": "severe",
        "begin_s": 1_000_000.0 + number,
        "end_s": None,
        "peak_at_s": 1_000_001.0,
        "peak": 250.0,
    }
    return AlarmMessage(**usual | values)


def status(**values):
    usual = {
        "machine": "pump",
        "section": "00",
        "at_s": 1_000_000.0,
        "state": AlarmState.OK,
        "condition": OperatingCondition.RUNNING,
        "severity": 10.0,
        "limit_moved": 0.0,
        "share_above": None,
        "is_limit_at_end": False,
        "n_incidents": 0,
    }
    return MachineStatus(**usual | values)


class Listener:
    """A sink that fails as often as it is told to, then takes everything.

    ``n_unshown`` is the same for statuses.
    """

    name = "listener"

    def __init__(self, n_failures=0, n_unshown=0, *, keeps_status=True):
        self.n_failures, self.n_unshown = n_failures, n_unshown
        self.keeps_status = keeps_status
        self.taken, self.shown, self.told = [], [], []
        self.is_closed = threading.Event()
        self.has_taken, self.has_shown = threading.Event(), threading.Event()

    def deliver(self, message):
        if self.n_failures:
            self.n_failures -= 1
            raise UndeliveredError("away")
        self.taken.append(message)
        self.told.append(message)
        self.has_taken.set()

    def show(self, said):
        if self.n_unshown:
            self.n_unshown -= 1
            raise UndeliveredError("away")
        self.shown.append(said)
        self.told.append(said)
        self.has_shown.set()

    def close(self):
        self.is_closed.set()
