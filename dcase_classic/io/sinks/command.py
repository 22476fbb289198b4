"""A command for every alarm."""

import json
import os
import shlex
import signal
import subprocess
import sys
from contextlib import suppress
from threading import Timer

from dcase_classic.alarms.messages import AlarmMessage, json_ready
from dcase_classic.errors import ConfigError
from dcase_classic.io.sinks.sink import Sink, UndeliveredError

_MOST_S = 60.0


class CommandSink(Sink):
    """Runs a command for every alarm, with the message as a line of JSON on its standard input.

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
        self._process: subprocess.Popen[bytes] | None = None  # that runs

    def deliver(self, message: AlarmMessage) -> None:
        """See `Sink`."""
        try:
            process = subprocess.Popen(  # noqa: S603 - the user's own command
                self._words,
                stdin=subprocess.PIPE,
                stdout=_error_stream(),  # ours holds lines of JSON
                process_group=0,
            )
        except OSError as error:
            raise UndeliveredError(f"cannot be run ({error.strerror})") from error
        self._process, late = process, list[bool]()
        timer = Timer(_MOST_S, _end_late, [process, late])
        timer.start()
        try:
            with process:  # waited for without looking again and again: it is known at once
                process.communicate(f"{json.dumps(json_ready(message))}\n".encode())
        finally:
            timer.cancel()
            self._process = None
        if process.returncode:
            status = (
                f"not ended after {_MOST_S:g} s"
                if late
                else f"ended with status {process.returncode}"
            )
            raise UndeliveredError(status)

    def close(self) -> None:
        """See `Sink`; a command that still runs is ended, since its alarm waits on."""
        process = self._process
        if process is not None:
            _end_all(process)


def _error_stream() -> int:
    """Where a command may print: nowhere if a program has no file as standard error."""
    try:
        return sys.stderr.fileno()
    except (AttributeError, OSError):  # closed, or replaced as in a notebook
        return subprocess.DEVNULL


def _end_late(process: subprocess.Popen[bytes], late: list[bool]) -> None:
    """End a command with all that it has begun: it is tried again, and would become many."""
    late.append(True)
    _end_all(process)


def _end_all(process: subprocess.Popen[bytes]) -> None:
    with suppress(OSError):  # it has ended meanwhile
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
