"""Writing files so that whatever stands at a final name is whole, and reading them strictly."""

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from dcase_classic.errors import ArtifactError
from dcase_classic.io.plain_text import write_rows
from dcase_classic.io.temporary import remove_leftovers, temporary_path
from dcase_classic.wording import counted


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside ``path`` that takes its name when the block ends well.

    Parent folders are made. After an error, or a kill, the final name holds what it held before; a
    pipe or a device is left alone.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(path.parent)
    with replacing_unsynced(path) as temporary:
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())


@contextmanager
def replacing_unsynced(path: Path) -> Iterator[Path]:
    """The same in a folder that is there, without waiting for the disk: for very many files.

    After a power cut such a file may be empty; a hash elsewhere has to tell.
    """
    _check_replaceable(path)
    temporary = temporary_path(path)
    try:
        yield temporary
        temporary.replace(path)
    except BaseException as error:
        if isinstance(error, OSError) and error.filename in {None, str(temporary)}:
            error.filename = str(path)  # which is what people know; a full disk names nothing
        temporary.unlink(missing_ok=True)
        raise


def _check_replaceable(path: Path) -> None:
    """Check that there is nothing that only looks like a file: who is root could replace it."""
    is_other = path.exists() and not (path.is_file() or path.is_dir())
    if is_other or path.absolute().parent == Path("/dev"):
        problem = "Not a file that can be replaced, but a pipe or a device"
        raise OSError(errno.EINVAL, problem, str(path))


def write_text(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8 with its line ends as they are, all or nothing.

    What is no UTF-8, as in some names of files, is written as Python writes it in a literal.
    """
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", errors="backslashreplace", newline="")


def write_csv(path: Path, header: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Write a header and rows as CSV in UTF-8 with LF, all or nothing; names as `write_text`."""
    with (
        replacing(path) as temporary,
        temporary.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file,
    ):
        write_rows(file, chain([header], rows))


def check_writable(folder: Path) -> None:
    """Check that files can be written in ``folder``, or that it can be made; nothing is written.

    Raises
    ------
    OSError
        If the system says that they cannot.
    """
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not there.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(there))
    if not os.access(there, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, "Not writable", str(there))


def read_bounded(path: Path, n_bytes: int) -> bytes:
    """The content of a regular file of at most ``n_bytes``, read once; links are not followed.

    Raises
    ------
    ArtifactError
        If it cannot be read, is not a regular file, is larger, or changes while it is read.
    """
    # a FIFO must not make the reader wait; Windows knows neither flag
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
    try:
        handle = os.open(path, flags | getattr(os, "O_BINARY", 0))
    except OSError as error:
        problem = f"cannot be opened as a regular file ({error.strerror})"
        raise ArtifactError(problem, path=path, advice="check the path") from error
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise ArtifactError("not a regular file", path=path, advice="put the file itself there")
        if status.st_size > n_bytes:
            problem = f"got {counted(status.st_size, 'byte')}, expected at most {n_bytes}"
            raise ArtifactError(problem, path=path, advice="fit it again")
        return _read_all(handle, status.st_size, path)
    finally:
        os.close(handle)


def _read_all(handle: int, n_bytes: int, path: Path) -> bytes:
    parts: list[bytes] = []  # one, as a rule, which is not copied
    n_left = n_bytes + 1
    try:
        while n_left > 0 and (part := os.read(handle, n_left)):
            parts.append(part)
            n_left -= len(part)
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
        raise ArtifactError(problem, path=path, advice="try again") from error
    if n_left != 1:
        raise ArtifactError("changed while it was read", path=path, advice="try again")
    return b"".join(parts)
