"""A wav file that a recorder still writes, as a stream that waits for more."""

from collections.abc import Callable
from typing import BinaryIO

from dcase_classic.io.listening.samples import WavHeader, read_wav_header

_POLL_S = 0.25


class GrowingWav:
    """The samples of a wav file while it grows.

    Parameters
    ----------
    file : the opened file, at its beginning.
    is_done : whether nothing more is waited for: tells after what is there.
    wait : sleeps for so many seconds.

    Raises
    ------
    DataError
        If it is no wav file.
    """

    def __init__(
        self, file: BinaryIO, *, is_done: Callable[[], bool], wait: Callable[[float], object]
    ) -> None:
        self._file, self._is_done, self._wait = file, is_done, wait
        self.header: WavHeader = read_wav_header(file.read)
        file.seek(self.header.n_bytes)

    def read(self, n_bytes: int) -> bytes:
        """At most so many bytes of samples; none when nothing more is waited for."""
        while True:
            is_done = self._is_done()
            content = self._file.read(n_bytes)
            if content or is_done:
                return content
            self._wait(_POLL_S)
