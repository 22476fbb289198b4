"""Names of files that are being written, and the removal of those that killed runs have left.

A name tells the process that writes. A killed one cannot remove its files, so the next run that
writes into the folder does.
"""

import hashlib
import os
import platform
import re
import sys
import threading
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

_STARTED_NS = time.time_ns()  # tells this process from an earlier one of the same number
_OLD_S = 24 * 3600.0
_TEMPORARY = re.compile(
    r"\.dcase_classic-(?P<host>\w+)-(?P<pid>\d+)-(?P<started>\w+)-\w+-\w+\.part", re.ASCII
)


def temporary_path(path: Path) -> Path:
    """Where this process writes what will be called ``path``; no longer than a name may be."""
    writer = f"{_host()}-{os.getpid()}-{_STARTED_NS:x}-{threading.get_ident():x}"
    name = hashlib.sha256(os.fsencode(path.name)).hexdigest()[:8]
    return path.with_name(f".dcase_classic-{writer}-{name}.part")


@cache
def remove_leftovers(folder: Path) -> None:
    """Remove temporary files of processes that are gone; once for a folder and process.

    Of another computer, which may share the folder, only files of more than a day.
    """
    with suppress(OSError):  # a folder that cannot be listed, or whose files are removed meanwhile
        for path in folder.iterdir():
            parts = _TEMPORARY.fullmatch(path.name)
            if parts is not None and (_is_gone(**parts.groupdict()) or _is_old(path)):
                path.unlink(missing_ok=True)


def _is_gone(host: str, pid: str, started: str) -> bool:
    """Whether the process that writes is known to be gone."""
    if host != _host() or sys.platform == "win32":  # there a signal 0 is none
        return False
    if int(pid) == os.getpid():
        return started != f"{_STARTED_NS:x}"
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):  # of another user
        return False
    return False


def _is_old(path: Path) -> bool:
    return time.time() - path.stat().st_mtime > _OLD_S


@cache
def _host() -> str:
    """Stands for the computer, or the container, whose process numbers are ours."""
    try:
        numbers = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        numbers = ""
    return hashlib.sha256(f"{platform.node()} {numbers}".encode()).hexdigest()[:8]
