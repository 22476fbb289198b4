"""Writing files so that whatever stands at a final name is whole."""

import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from dcase_classic.errors import ArtifactError
from dcase_classic.io.plain_text import write_rows


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside ``path`` that takes its name when the block ends well.

    Parent folders are made. After an error, or a kill, the final name holds what it held before.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        temporary.chmod(0o644)
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8 with its line ends as they are, all or nothing."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")


def write_csv(path: Path, header: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Write a header and rows as CSV in UTF-8 with LF, all or nothing."""
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        write_rows(file, chain([header], rows))


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
            problem = f"got {status.st_size} bytes, expected at most {n_bytes}"
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
