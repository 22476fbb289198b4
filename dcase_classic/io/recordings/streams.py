"""Recordings that come as streams: standard input and pipes, put into files that can be read."""

import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dcase_classic.errors import DataError

STDIN = Path("-")
_CHUNK_BYTES = 2**20


@contextmanager
def spooled(paths: Sequence[Path]) -> Iterator[list[tuple[Path, Path]]]:
    """The file to read for each of ``paths``, with the name that it was given by.

    Standard input (``-``) and pipes are copied to temporary files, which are removed at the end; in
    constant memory, whatever they hold.

    Raises
    ------
    DataError
        If a stream cannot be read to its end.
    """
    with tempfile.TemporaryDirectory(prefix="dcase_classic_") as folder:
        yield [
            (_spool(path, Path(folder) / f"stream{number}") if _is_stream(path) else path, path)
            for number, path in enumerate(paths)
        ]


def _is_stream(path: Path) -> bool:
    return path == STDIN or path.is_fifo()


def _spool(path: Path, target: Path) -> Path:
    try:
        with target.open("wb") as file:
            if path == STDIN:
                shutil.copyfileobj(sys.stdin.buffer, file, _CHUNK_BYTES)
            else:
                with path.open("rb") as source:
                    shutil.copyfileobj(source, file, _CHUNK_BYTES)
    except OSError as error:
        raise DataError(f"cannot be read to its end ({error.strerror})", path=path) from error
    return target
