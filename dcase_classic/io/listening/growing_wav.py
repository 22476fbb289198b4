"""A wav file that a recorder still writes, as a stream that waits for more."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from dcase_classic.io.listening.samples import WavHeader, read_wav_header
from dcase_classic.io.recordings.raw_samples import frame_bytes
from dcase_classic.records import RawFormat

_POLL_S = 0.25
_KNOWN_BY = 4096  # samples: of those that follow more come all the time


class GrowingWav:
    """The samples of a wav file while it grows, until another one stands in its place.

    Parameters
    ----------
    path : of the file.
    file : the opened file, at its beginning.
    is_done : whether nothing more is waited for: tells after what is there.
    wait : sleeps for so many seconds.
    raw : the format of samples without a header; None for a wav file.

    Attributes
    ----------
    header : its header.
    key : tells it from another recording of the same name: by how it begins.

    Raises
    ------
    DataError
        If it is no wav file.
    """

    def __init__(
        self,
        path: Path,
        file: BinaryIO,
        *,
        is_done: Callable[[], bool],
        wait: Callable[[float], object],
        raw: RawFormat | None = None,
    ) -> None:
        self._path, self._file, self._is_done, self._wait = path, file, is_done, wait
        no_header = None if raw is None else WavHeader(raw=raw, n_bytes=0)
        self.header = no_header or read_wav_header(file.read)
        file.seek(self.header.n_bytes)
        beginning, n_bytes = b"", _KNOWN_BY * frame_bytes(self.header.raw)
        while len(beginning) < n_bytes and (more := self.read(n_bytes - len(beginning))):
            beginning += more
        self.key = hashlib.sha256(beginning).hexdigest()[:16]
        file.seek(self.header.n_bytes)

    @property
    def is_replaced(self) -> bool:
        """Whether another file is there, or less in it than was read; the gone may come back."""
        try:
            there = self._path.stat()
        except OSError:
            return False
        is_other = not os.path.samestat(there, os.fstat(self._file.fileno()))
        return is_other or there.st_size < self._file.tell()

    @property
    def began_s(self) -> float:
        """When its first sample was made, as its last change tells, in seconds since 1970."""
        return os.fstat(self._file.fileno()).st_mtime - self.duration_s

    @property
    def duration_s(self) -> float:
        """How much of it is there."""
        n_bytes, raw = os.fstat(self._file.fileno()).st_size, self.header.raw
        n_frames = max(n_bytes - self.header.n_bytes, 0) // frame_bytes(raw)
        return n_frames / raw.sample_rate_hz

    def read(self, n_bytes: int) -> bytes:
        """At most so many bytes of samples; none when nothing more is waited for."""
        while True:
            is_done = self._is_done() or self.is_replaced
            content = self._file.read(n_bytes)
            if content or is_done:
                return content
            self._wait(_POLL_S)
