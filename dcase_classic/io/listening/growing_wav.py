"""A wav file that a recorder still writes, as a stream that waits for more."""

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from dcase_classic.io.listening.samples import WavHeader, frame_bytes, read_wav_header
from dcase_classic.io.recordings.decoders import open_file

_POLL_S = 0.25


class GrowingWav:
    """The samples of a wav file while it grows; a context manager.

    Parameters
    ----------
    path : the file.
    n_skipped : samples that were heard before.
    is_done : whether nothing more is waited for: tells after what is there.
    wait : sleeps for so many seconds.

    Raises
    ------
    DataError
        If the file is missing, or no wav file.
    """

    def __init__(
        self,
        path: Path,
        *,
        n_skipped: int = 0,
        is_done: Callable[[], bool],
        wait: Callable[[float], object],
    ) -> None:
        self._is_done, self._wait = is_done, wait
        self._file: BinaryIO = open_file(path)
        self.header: WavHeader = read_wav_header(self._file.read)
        self._file.seek(self.header.n_bytes + n_skipped * frame_bytes(self.header.raw))

    def read(self, n_bytes: int) -> bytes:
        """At most so many bytes of samples; none when nothing more is waited for."""
        while True:
            is_done = self._is_done()
            content = self._file.read(n_bytes)
            if content or is_done:
                return content
            self._wait(_POLL_S)

    def __enter__(self) -> Self:
        """The file itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it."""
        self._file.close()
