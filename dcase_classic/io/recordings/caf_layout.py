"""Where the samples of a caf file lie, whose length its header may not know."""

import struct
from dataclasses import dataclass
from typing import BinaryIO

_CHUNK = struct.Struct(">4sq")
_BEGIN_BYTES = 8
_MOST_CHUNKS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class CafLayout:
    """The chunk of samples: where its length is declared, and how many bytes it has.

    ``n_declared`` is negative where the length was not known.
    """

    length_at: int
    n_declared: int
    n_there: int

    def repaired_header(self, file: BinaryIO) -> bytes:
        """All bytes before the samples, with the length that the file has."""
        file.seek(0)
        return file.read(self.length_at) + struct.pack(">q", self.n_there)


def read_caf_layout(file: BinaryIO, n_file: int) -> CafLayout | None:
    """The layout of an opened file of ``n_file`` bytes; None if it is no caf file."""
    file.seek(0)
    if file.read(_BEGIN_BYTES)[:4] != b"caff":
        return None
    position = _BEGIN_BYTES
    for _ in range(_MOST_CHUNKS):
        head = file.read(_CHUNK.size)
        if len(head) < _CHUNK.size:
            return None
        name, size = _CHUNK.unpack(head)
        position += _CHUNK.size
        if name == b"data":
            return CafLayout(length_at=position - 8, n_declared=size, n_there=n_file - position)
        if size < 0 or position + size > n_file:
            return None
        position += size
        file.seek(position)
    return None
