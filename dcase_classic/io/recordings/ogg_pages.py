"""The pages of an ogg file: whether the last one is there, and how many streams there are."""

import io
from typing import BinaryIO

_PAGE = b"OggS"
_HEADER_BYTES = 27
_FIRST, _LAST = 2, 4  # flags of the first and the last page of a stream
_TAIL_BYTES = 2**16 + 2**12  # a page has at most 65,307 bytes


def ogg_notes(file: BinaryIO, n_file: int) -> list[str]:
    """What is odd about the pages."""
    notes = []
    n_streams = _count_streams(file)
    if n_streams > 1:
        notes.append(f"{n_streams} streams one after the other: only the first is used")
    if _lacks_end(file, n_file):
        notes.append("the stream has no end mark: its last part may be missing")
    return notes


def _count_streams(file: BinaryIO) -> int:
    """How many streams follow each other; those that begin together count as one."""
    n_streams, was_first = 0, False
    file.seek(0)
    while (header := file.read(_HEADER_BYTES))[:4] == _PAGE and len(header) == _HEADER_BYTES:
        is_first = bool(header[5] & _FIRST)
        n_streams += is_first and not was_first
        was_first = is_first
        file.seek(sum(file.read(header[-1])), io.SEEK_CUR)
    return n_streams


def _lacks_end(file: BinaryIO, n_file: int) -> bool:
    """Whether the last page is cut, or not marked as the last."""
    file.seek(max(0, n_file - _TAIL_BYTES))
    tail = file.read()
    page = tail[max(0, tail.rfind(_PAGE)) :]
    if len(page) < _HEADER_BYTES or not page[5] & _LAST:
        return True
    n_parts = page[_HEADER_BYTES - 1]
    return len(page) < _HEADER_BYTES + n_parts + sum(page[_HEADER_BYTES:][:n_parts])
