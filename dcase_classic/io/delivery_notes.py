"""What has arrived, noted at once: a line in a file beside the journal.

The journal's own transactions wait for the disk, and for each other; a watch that is killed in the
meantime would tell again what has arrived. To append a line to an open file takes no longer than
a call of the system. The disk is not waited for: after a power cut the journal alone counts.
"""

import errno
import json
import os
import stat
import threading
from collections.abc import Set
from contextlib import suppress
from pathlib import Path

_FULL = {errno.ENOSPC, errno.EDQUOT}  # then nothing but the journal tells
_MOST_BYTES = 2**20  # that are read: a kill leaves a few lines


class DeliveryNotes:
    """Notes of messages that have arrived, until the journal itself is without them.

    Parameters
    ----------
    path : of the file, which is made; None for no notes.

    Raises
    ------
    OSError, ValueError
        If there is something else than a file, or it cannot be written.
    """

    def __init__(self, path: Path | None) -> None:
        self._path, self._lock = path, threading.Lock()
        self._handle: int | None = None
        try:
            self._handle = None if path is None else _opened(path)
        except OSError as error:
            if error.errno not in _FULL:
                raise
        content = b"" if self._handle is None else os.read(self._handle, _MOST_BYTES)
        self._earlier, self._is_empty = set(content.splitlines(keepends=True)), not content
        self._noted: set[int] = set()

    def is_earlier(self, number: int, message_id: str) -> bool:
        """Whether a watch that was killed has noted a message; a number alone may come again."""
        return _line(number, message_id) in self._earlier

    def add(self, number: int, message_id: str) -> None:
        """Note that a message has arrived, if the disk has room."""
        if self._handle is None:
            return
        with self._lock, suppress(OSError):
            self._noted.add(number)
            self._is_empty = False
            os.write(self._handle, _line(number, message_id))

    def settle(self, waiting: Set[int]) -> None:
        """Forget all notes if the journal, in which these wait, has none of their messages."""
        with self._lock, suppress(OSError):
            self._noted &= waiting
            if self._handle is not None and not self._noted and not self._is_empty:
                os.ftruncate(self._handle, 0)
                self._is_empty = True

    def close(self) -> None:
        """Close the file, and remove it where nothing stands in it."""
        with self._lock:
            if self._handle is None or self._path is None:
                return
            os.close(self._handle)
            self._handle = None
            if self._is_empty:
                self._path.unlink(missing_ok=True)


def _line(number: int, message_id: str) -> bytes:
    return f"{number} {json.dumps(message_id)}\n".encode()


def _opened(path: Path) -> int:
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"):  # a pipe must not hold it up
        flags |= getattr(os, name, 0)
    handle = os.open(path, flags, 0o666)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise ValueError(f"{path.name} is not a regular file")
    return handle
