"""Recordings that come as streams: standard input and pipes, put into files that can be read."""

import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from dcase_classic.errors import DataError

STDIN = Path("-")
_CHUNK_BYTES = 2**20
_LEFT_FREE_BYTES = 2**28


@contextmanager
def spooled(paths: Sequence[Path]) -> Iterator[list[tuple[Path, Path]]]:
    """The file to read for each of ``paths``, with the name that it was given by.

    Standard input (``-``) and pipes are copied to temporary files, which are removed at the end; in
    constant memory, whatever they hold.

    Raises
    ------
    DataError
        If a stream cannot be read to its end, or there is no room for it.
    """
    with tempfile.TemporaryDirectory(prefix="dcase_classic_") as folder:
        yield [
            (_spool(path, Path(folder) / f"stream{number}") if _is_stream(path) else path, path)
            for number, path in enumerate(paths)
        ]


def _is_stream(path: Path) -> bool:
    try:
        return path == STDIN or path.is_fifo()
    except OSError:  # reading it tells
        return False


def _spool(path: Path, target: Path) -> Path:
    try:
        with target.open("wb") as file:
            if path == STDIN:
                _copy(sys.stdin.buffer, file, path)
            else:
                with path.open("rb") as source:
                    _copy(source, file, path)
    except OSError as error:
        raise DataError(f"cannot be read to its end ({error.strerror})", path=path) from error
    return target


def _copy(source: IO[bytes], target: IO[bytes], path: Path) -> None:
    """Copy to the end, which a stream may not have: the disk is not filled up for it.

    Raises
    ------
    DataError
        If it does not fit.
    """
    while chunk := source.read(_CHUNK_BYTES):
        if shutil.disk_usage(tempfile.gettempdir()).free < _LEFT_FREE_BYTES:
            raise DataError(
                f"its {target.tell() / 1e6:.0f} MB so far leave less than "
                f"{_LEFT_FREE_BYTES / 1e6:.0f} MB free in {tempfile.gettempdir()}",
                path=path,
                advice="watch scores a stream that does not end, TMPDIR names another place",
            )
        target.write(chunk)
