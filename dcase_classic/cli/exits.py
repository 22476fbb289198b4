"""How a command ends: its exit status, the last line it says, and streams that nobody reads."""

import io
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NoReturn

import click

from dcase_classic.errors import DcaseClassicError, printable, system_error
from dcase_classic.io.dates import fixed_date_s

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

FAILED = 2
CRASHED = 70  # EX_SOFTWARE of sysexits.h
INTERRUPTED = 128 + signal.SIGINT  # as a shell reports signals
TERMINATED = 128 + signal.SIGTERM

_SHARED_LIBRARIES = (".so", ".pyd", ".dll", ".dylib")


class _Terminated(BaseException):
    """The process was asked to end; no handler of errors may swallow it."""


def run_command(
    command: click.Command, arguments: list[str] | None = None, *, name: str | None = None
) -> NoReturn:
    """Run a command and exit: what a user can mend becomes one line and status 2."""
    _prepare_streams()
    status, message = _outcome(command, arguments, name)
    with suppress(OSError, ValueError):
        if message:
            click.echo(message, err=True)
    try:
        sys.stdout.flush()
    except OSError as error:
        sys.stdout = None  # or Python tries again, with its own words
        if status != FAILED:  # else it was said
            click.echo(f"standard output: {system_error(error)}", err=True)
        status = FAILED
    try:
        sys.stderr.flush()
    except (AttributeError, OSError):  # nothing can be said of it, and the work is done
        sys.stderr = None  # or Python tries again, and ends with a status of its own
    sys.exit(status)


def _outcome(
    command: click.Command, arguments: list[str] | None, name: str | None
) -> tuple[int, str]:
    """Exit status and last line of a command."""
    try:
        fixed_date_s()  # numpy ends at a wrong one, with words of its own
        with _ending_on_signal():
            given = sys.argv[1:] if arguments is None else arguments
            status = command.main(args=given, prog_name=name, standalone_mode=False, obj=given)
    except click.ClickException as error:
        with suppress(OSError, ValueError):  # standard error may not be writable
            error.show()
        return FAILED, ""
    except SystemExit:
        raise
    except BaseException as error:
        return _failure(error, name or "error")
    return (status if isinstance(status, int) else 0), ""


def _failure(error: BaseException, name: str) -> tuple[int, str]:
    """Exit status and last line of a command that was asked to end, or ended by an error."""
    causes = list(_with_contexts(error))  # who cleans up after a signal may fail at it
    if any(isinstance(cause, _Terminated) for cause in causes):
        return TERMINATED, "terminated; what was finished is kept"
    if any(isinstance(cause, (click.Abort, KeyboardInterrupt)) for cause in causes):
        return INTERRUPTED, "interrupted; what was finished is kept"
    message = _said(error)
    if message is None:  # a fault of this program, which must not look like a finding
        return CRASHED, "".join(traceback.format_exception(error)).rstrip()
    return FAILED, f"{name}: {message}"


def _with_contexts(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__context__


def _said(error: BaseException) -> str | None:
    """What is said of an error that a user can mend; None of others."""
    if isinstance(error, OSError):
        return str(system_error(error))
    if isinstance(error, MemoryError):
        return str(error) or "there is not enough memory; try fewer --jobs or fewer recordings"
    if isinstance(error, ImportError) and (error.path or "").endswith(_SHARED_LIBRARIES):
        return printable(f"{error}; free some memory, or install the package again")
    return str(error) if isinstance(error, DcaseClassicError) else None


@contextmanager
def _ending_on_signal() -> Iterator[None]:
    """End the block by an exception when the process is asked to end, so that workers end too."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough
        raise _Terminated

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class _ForgivingFile(io.FileIO):
    """A stream whose reader may go away: ``| head`` takes what it wants, and the work goes on."""

    def write(self, content: "ReadableBuffer", /) -> int:
        """Write, or let it go where nobody reads."""
        try:
            return super().write(content)
        except BrokenPipeError:
            return memoryview(content).nbytes


def _prepare_streams() -> None:
    """Let a stream that is closed, or closed meanwhile, end nothing, and names be any bytes."""
    if sys.stdout is not sys.__stdout__ or sys.stderr is not sys.__stderr__:
        return  # somebody else looks after them
    _fill_closed()
    if sys.platform == "win32":  # a console takes no bytes
        return
    for number, name in ((1, "stdout"), (2, "stderr")):
        before = getattr(sys, name)
        if before is not None:
            with suppress(OSError, ValueError):
                before.flush()
        raw = _ForgivingFile(number, "w", closefd=False)
        stream = io.TextIOWrapper(
            io.BufferedWriter(raw),
            encoding=getattr(before, "encoding", None) or "utf-8",
            errors="backslashreplace",
            line_buffering=raw.isatty() or number == 2,
        )
        setattr(sys, name, stream)


def _fill_closed() -> None:
    """Open what is closed of input, output and errors, so that no file of ours takes its number."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)
