"""Feature rows in a temporary file, so that those of a machine need not fit into memory.

Few rows stay in memory altogether. The file has no name: nothing is left of it after a kill. Rows
are read and not mapped, because mapped pages stay: measured from 1,000 to 3,000 clips, the peak of
fitting and scoring grows from 99 to 124 MB, with `numpy.memmap` from 104 to 142.
"""

import tempfile
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import IO

import numpy as np

from dcase_classic.model.row_tables import ChosenRows
from dcase_classic.records import IndexArray, Rows

_MOST_BYTES_IN_MEMORY = 2**20
_BYTES_AT_A_TIME = 2**20


class RowFile:
    """Rows that are appended clip by clip, all with the same columns, and read from anywhere.

    Attributes
    ----------
    n_features : number of columns; 0 as long as there is no row.
    """

    def __init__(self) -> None:
        self.n_features = 0
        self._counts: list[int] = []
        file = tempfile.SpooledTemporaryFile(_MOST_BYTES_IN_MEMORY)
        weakref.finalize(self, _close, file)  # when no table refers to it any more
        self._file = file
        self._reading = threading.Lock()  # views share rows, and threads take views

    @property
    def n_clips(self) -> int:
        """Number of clips that were appended."""
        return len(self._counts)

    def append(self, rows: Rows) -> None:
        """Add the rows of the next clip, (n_segments, n_features).

        Raises
        ------
        OSError
            If the disk is full; it names the folder for temporary files.
        """
        self.n_features = rows.shape[1]
        self._counts.append(len(rows))
        with _naming_the_folder():
            self._file.write(np.ascontiguousarray(rows, np.float32).tobytes())

    def table(self, clips: Sequence[int]) -> ChosenRows:
        """The rows of some of the clips, by ascending position, as one table."""
        positions = np.repeat(np.arange(self.n_clips), self._counts)
        return ChosenRows.from_clips(self, positions, np.asarray(clips, np.intp))

    def take(self, rows: IndexArray) -> Rows:
        """Some rows, (n, n_features), by ascending position."""
        taken = np.empty((len(rows), self.n_features), np.float32)
        n_at_a_time = max(1, _BYTES_AT_A_TIME // (4 * self.n_features))
        start = 0
        while start < len(rows):
            first = rows[start]
            stop = int(np.searchsorted(rows, first + n_at_a_time))
            taken[start:stop] = self._read(first, rows[stop - 1])[rows[start:stop] - first]
            start = stop
        return taken

    def _read(self, first: int, last: int) -> Rows:
        """All rows from one to another."""
        n_rows, row_bytes = last - first + 1, 4 * self.n_features
        with self._reading, _naming_the_folder():
            self._file.seek(first * row_bytes)
            content = self._file.read(n_rows * row_bytes)
        return np.frombuffer(content, np.float32).reshape(n_rows, self.n_features)


@contextmanager
def _naming_the_folder() -> Iterator[None]:
    """The file has no name that an error could tell."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, tempfile.gettempdir()) from error


def _close(file: IO[bytes]) -> None:
    with suppress(OSError):  # what a full disk did not take has been told
        file.close()
