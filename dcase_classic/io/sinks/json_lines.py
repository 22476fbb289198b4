"""Alarms, and changes of state, as lines of JSON."""

import json
from typing import TextIO

from dcase_classic.alarms.messages import AlarmMessage, MachineStatus, json_ready
from dcase_classic.io.sinks.sink import UndeliveredError


class JsonLines:
    """Writes a line for every alarm and for every change of state.

    Parameters
    ----------
    stream : where to.
    """

    name = "lines"

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown: dict[str, MachineStatus] = {}

    def deliver(self, message: AlarmMessage) -> None:
        """See `Sink`."""
        self._write({"type": "alarm", **json_ready(message)})

    def show(self, status: MachineStatus) -> None:
        """See `Sink`."""
        if status.has_news(self._shown.get(status.name)):
            self._write({"type": "state", **json_ready(status)})
            self._shown[status.name] = status

    def close(self) -> None:
        """See `Sink`."""

    def _write(self, table: dict[str, object]) -> None:
        try:
            self._stream.write(json.dumps(table) + "\n")
            self._stream.flush()
        except OSError as error:
            raise UndeliveredError(f"standard output: {error.strerror}") from error
