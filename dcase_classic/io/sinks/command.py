"""A command for every alarm."""

import json
import shlex
import subprocess
import sys

from dcase_classic.alarms.messages import AlarmMessage, MachineStatus, json_ready
from dcase_classic.errors import ConfigError
from dcase_classic.io.sinks.sink import UndeliveredError

_MOST_S = 60.0


class CommandSink:
    """Runs a command for every alarm, with the message as JSON on its standard input.

    It is run again until it ends with 0.

    Parameters
    ----------
    command : as a shell has it, without a shell.

    Raises
    ------
    ConfigError
        If it is empty, or a quotation mark is not closed.
    """

    name = "exec"

    def __init__(self, command: str) -> None:
        try:
            self._words = shlex.split(command)
        except ValueError as error:
            raise ConfigError(f"exec: {error}") from error
        if not self._words:
            raise ConfigError("exec: got an empty command")

    def deliver(self, message: AlarmMessage) -> None:
        """See `Sink`."""
        try:
            ended = subprocess.run(  # noqa: S603 - the user's own command
                self._words,
                input=json.dumps(json_ready(message)).encode(),
                stdout=_error_stream(),  # ours holds lines of JSON
                timeout=_MOST_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise UndeliveredError(f"not ended after {_MOST_S:g} s") from error
        except OSError as error:
            raise UndeliveredError(f"cannot be run ({error.strerror})") from error
        if ended.returncode:
            raise UndeliveredError(f"ended with status {ended.returncode}")

    def show(self, status: MachineStatus) -> None:
        """Nothing: a command is for alarms."""

    def close(self) -> None:
        """See `Sink`."""


def _error_stream() -> int:
    """Where a command may print: nowhere if a program has no file as standard error."""
    try:
        return sys.stderr.fileno()
    except (AttributeError, OSError):  # closed, or replaced as in a notebook
        return subprocess.DEVNULL
