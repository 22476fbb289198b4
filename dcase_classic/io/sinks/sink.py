"""What every sink does, and the thread that serves it.

A sink whose server is away holds up nobody: what it has not taken waits in the journal.
"""

import threading
from collections import deque
from collections.abc import Callable
from time import monotonic, sleep
from typing import ClassVar

from dcase_classic.alarms.messages import AlarmMessage, MachineStatus
from dcase_classic.errors import printable
from dcase_classic.io.journal import Journal

_LEAST_WAIT_S, _MOST_WAIT_S = 1.0, 300.0
_MOST_CHANGES = 1000  # that wait; then the oldest go


class UndeliveredError(Exception):
    """A message could not be delivered now; it says why, without anything secret."""


class Sink:
    """Somebody who is told; what a kind of sink has no use for does nothing.

    Attributes
    ----------
    name : what it is called in messages and in the journal.
    keeps_status : whether a status stands there until the next one, and has to be right after a
        restart.
    """

    name: ClassVar[str]
    keeps_status: ClassVar[bool] = False

    def deliver(self, message: AlarmMessage) -> None:
        """Tell of an alarm; return when it has arrived.

        Raises
        ------
        UndeliveredError
            If it has not; it is tried again.
        """

    def show(self, status: MachineStatus) -> None:
        """Tell how a machine stands; only the latest status matters to who keeps it.

        Raises
        ------
        UndeliveredError
            If it cannot be told now.
        """

    def close(self) -> None:
        """Say that the watch ends."""


class Courier:
    """Serves one sink in a thread of its own: alarms in order, each until it has arrived.

    Parameters
    ----------
    sink : who is told.
    journal : where messages wait.
    complain : is told in a line when the sink goes away, and when it is back.
    """

    def __init__(self, sink: Sink, journal: Journal, complain: Callable[[str], None]) -> None:
        self.sink, self._journal, self._complain = sink, journal, complain
        self._wake, self._is_ending = threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self._statuses: dict[str, MachineStatus] = {}  # the latest
        # of who keeps none: changes, each with the number of the last alarm before it
        self._changes: deque[tuple[int, MachineStatus]] = deque(maxlen=_MOST_CHANGES)
        self._failure, self._deadline_s = "", 0.0
        self._thread = threading.Thread(target=self._run, name=sink.name, daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look for new messages."""
        self._wake.set()

    def show(self, status: MachineStatus) -> None:
        """Tell how a machine stands, as soon as there is time."""
        with self._lock:
            if self.sink.keeps_status:
                self._statuses[status.name] = status
            elif status.has_news(self._statuses.get(status.name)):
                self._statuses[status.name] = status
                self._changes.append((self._journal.last_number, status))
        self._wake.set()

    def end(self, timeout_s: float) -> None:
        """Deliver what can be delivered in so many seconds, and close."""
        self._deadline_s = monotonic() + timeout_s
        self._is_ending.set()
        self._wake.set()

    def n_left(self) -> int:
        """Wait for the end; how many messages wait on."""
        self._thread.join(max(0.0, self._deadline_s - monotonic()) + _LEAST_WAIT_S)
        if self._thread.is_alive():
            self.sink.close()  # what it does is not waited for any longer
        return self._journal.n_waiting(self.sink.name)

    def _run(self) -> None:
        wait_s = 0.0
        while True:
            is_ending = self._is_ending.is_set()
            is_fine = self._serve()
            if is_ending and (is_fine or monotonic() >= self._deadline_s):
                break
            wait_s = 0.0 if is_fine else min(max(2 * wait_s, _LEAST_WAIT_S), _MOST_WAIT_S)
            if is_fine:
                self._wake.wait()
                self._wake.clear()
            elif is_ending:
                sleep(min(_LEAST_WAIT_S, max(0.0, self._deadline_s - monotonic())))
            else:  # new messages do not make a server come back sooner
                self._is_ending.wait(wait_s)
        self.sink.close()

    def _serve(self) -> bool:
        """Deliver all that waits; whether the sink took it."""
        try:
            self._deliver()
            with self._lock:
                statuses = list(self._statuses.values()) if self.sink.keeps_status else []
            for status in statuses:
                self.sink.show(status)
                self._was_shown(status)
        except UndeliveredError as error:
            if str(error) != self._failure:
                self._failure = str(error)
                self._complain(printable(f"{self.sink.name}: {error}; tried again"))
            return False
        if self._failure:
            self._failure = ""
            self._complain(f"{self.sink.name}: delivered again")
        return True

    def _deliver(self) -> None:
        """Alarms and changes, in the order in which they came."""
        while True:
            change = self._changes[0] if self._changes else None
            pair = self._journal.next_message(self.sink.name)  # all that came before the change
            if change is not None and (pair is None or change[0] < pair[0]):
                self.sink.show(change[1])
                with self._lock:  # else it had to go meanwhile
                    if self._changes and self._changes[0] is change:
                        self._changes.popleft()
            elif pair is not None:
                number, message = pair
                self.sink.deliver(message)
                self._journal.delivered(self.sink.name, number, message.id)
            else:
                return

    def _was_shown(self, status: MachineStatus) -> None:
        """Forget a status, if there is no newer one of the machine; others are shown again."""
        with self._lock:
            if self._statuses[status.name] is status:
                del self._statuses[status.name]
