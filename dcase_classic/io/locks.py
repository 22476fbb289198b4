"""A lock for the files of a folder that several processes read, change and write again.

The system gives a lock back when its process ends, in whatever way: none is ever left behind.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

_LOCK = ".lock"

if sys.platform == "win32":
    import msvcrt

    def _take(file: BinaryIO) -> None:
        while True:
            with suppress(OSError):  # it gives up after ten seconds
                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
                return

else:
    import errno
    import fcntl

    # Some network drives know no locks; then two runs at once are as safe as before there were any.
    _NO_LOCKS = {errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS}

    def _take(file: BinaryIO) -> None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Wait until no other process changes files in ``folder``, and keep it so for the block.

    The folder is made if it is missing. The lock is a file in it that is gone afterwards; one that
    a killed run has left is taken over.

    Raises
    ------
    OSError
        If the folder cannot be written to; it names the folder.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = _locked_file(folder / _LOCK)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from error
    with file:
        try:
            yield
        finally:
            with suppress(OSError):  # Windows removes no file that is open
                (folder / _LOCK).unlink()


def _locked_file(path: Path) -> BinaryIO:
    """The file, opened and locked, that still is the one at ``path``."""
    while True:
        file = path.open("ab")
        try:
            _take(file)
            if _is_at(file, path):
                return file
        except BaseException:
            file.close()
            raise
        file.close()  # whoever had it before has removed it meanwhile


def _is_at(file: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
