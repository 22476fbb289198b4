"""Alarms, and changes of state, as lines of JSON."""

import json
import os
from typing import TextIO

from dcase_classic.alarms.messages import AlarmMessage, MachineStatus, json_ready
from dcase_classic.io.sinks.sink import Sink, UndeliveredError


class JsonLines(Sink):
    """Writes a line for every alarm and for every change of state.

    A disk that is full takes a part of a line, or takes it later: what was handed over is never
    handed over again, and what was not taken is gone on with.

    Parameters
    ----------
    stream : where to; if it is a file, nobody else's writing may wait in it.
    """

    name = "lines"

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown: dict[str, MachineStatus] = {}
        self._untaken, self._begun_id = b"", ""

    def deliver(self, message: AlarmMessage) -> None:
        """See `Sink`."""
        self._write_rest()
        if message.id != self._begun_id:
            self._begun_id = message.id
            self._write({"type": "alarm", **json_ready(message)})

    def show(self, status: MachineStatus) -> None:
        """See `Sink`."""
        self._write_rest()
        if status.has_news(self._shown.get(status.name)):
            self._shown[status.name] = status
            self._write({"type": "state", **json_ready(status)})

    def _write(self, table: dict[str, object]) -> None:
        self._untaken = f"{json.dumps(table)}\n".encode()
        self._write_rest()

    def _write_rest(self) -> None:
        try:
            while self._untaken:
                self._untaken = self._untaken[self._put(self._untaken) :]
        except OSError as error:
            raise UndeliveredError(f"standard output: {error.strerror}") from error

    def _put(self, content: bytes) -> int:
        """Write some of it; how many bytes were taken."""
        try:
            handle = self._stream.fileno()
        except (AttributeError, OSError):  # of memory, as in a notebook
            self._stream.write(content.decode())
            self._stream.flush()
            return len(content)
        return os.write(handle, content)
