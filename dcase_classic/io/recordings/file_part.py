"""Part of a file as a file: the samples behind a header that is wrong about them."""

import io
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from typing_extensions import Buffer


class FilePart(io.RawIOBase):
    """``n_bytes`` of a file from ``start`` on, behind a header of our own."""

    def __init__(self, file: BinaryIO, header: bytes, start: int, n_bytes: int) -> None:
        super().__init__()
        self._file, self._header = file, header
        self._start, self._n_bytes = start, len(header) + n_bytes
        self._position = 0

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def tell(self) -> int:
        """The position."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to ``offset`` from the beginning, the position or the end; never out of the file.

        Damaged files lead to places that no drive has.
        """
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._n_bytes}[whence]
        self._position = min(max(0, origin + offset), self._n_bytes)
        return self._position

    def readinto(self, buffer: "Buffer") -> int:
        """Fill ``buffer`` and tell how many bytes it got."""
        view = memoryview(buffer).cast("B")
        n_wanted = min(len(view), max(0, self._n_bytes - self._position))
        head = self._header[self._position : self._position + n_wanted]
        self._file.seek(self._start + max(0, self._position - len(self._header)))
        content = head + self._file.read(n_wanted - len(head))
        view[: len(content)] = content
        self._position += len(content)
        return len(content)
