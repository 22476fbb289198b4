"""Where the samples of a wav file lie, whatever lengths its header declares.

Streams write a length that stands for "unknown", a recorder that died leaves that of its last
checkpoint, and some writers count their own header. The file's size tells what is really there.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from dcase_classic.wording import counted

_FMT = struct.Struct("<HHIIHH")  # format, channels, rate, bytes per second, bytes per block, bits
_LARGE = struct.Struct("<QQ")  # bytes of the file, of the samples
_EXTENSIBLE = 0xFFFE
# What follows the format in an extended header, of usual sound and of ambisonic sound.
_SUBFORMATS = {
    bytes.fromhex("000000001000800000aa00389b71"),
    bytes.fromhex("00002107d3118644c8c1ca000000"),
}
PLAIN_CODINGS = {  # format and bits: what libsndfile calls samples that need no block structure
    (1, 8): "PCM_U8",
    (1, 16): "PCM_16",
    (1, 24): "PCM_24",
    (1, 32): "PCM_32",
    (3, 32): "FLOAT",
    (3, 64): "DOUBLE",
    (6, 8): "ALAW",
    (7, 8): "ULAW",
}
# Large files have their length in a chunk of its own, and this number where it stood.
_LARGE_FORMS = (b"RF64", b"BW64")
WAV_FORMS = {b"RIFF", *_LARGE_FORMS}
_ELSEWHERE = 2**32 - 1
# ffmpeg, sox, arecord and gstreamer write a length near one of these (or 0) where a stream cannot
# tell it; headers of 36 bytes, or blocks of some kB, are taken off or added.
_UNKNOWN_LENGTHS = (0x7F000000, 2**31, 2**32, 2**63, 2**64)
_UNKNOWN_SLACK = 2**13
# What begins another recording in the same file.
_MORE_SOUND = {b"data", *WAV_FORMS}
_MOST_CHUNKS = 10_000
# Writers that count the chunk's own header, or that of the file, are off by 8 to 44 bytes.
HEADER_SLIP_BYTES = 44


@dataclass(frozen=True, slots=True, kw_only=True)
class WavLayout:
    """The form of a wav file.

    Attributes
    ----------
    subtype : libsndfile's name of the coding; empty for one that comes in blocks (GSM, ADPCM).
    n_frame_bytes : bytes of a sample of all channels, or of a block.
    start : first byte of the samples.
    n_bytes : bytes of samples that are there and used.
    n_missing : declared bytes that are not there, beyond a slip of the header.
    note : what is odd about the lengths, or empty.
    data_at : where the length of the samples is declared.
    is_large : whether it is of a form for more than 4 GB.
    """

    sample_rate_hz: int
    n_channels: int
    subtype: str
    n_frame_bytes: int
    start: int
    n_bytes: int
    n_missing: int
    note: str
    data_at: int
    is_large: bool

    @property
    def is_odd(self) -> bool:
        """Whether a reader that trusts the header would be misled, or knows no such form."""
        return bool(self.note or self.n_missing or self.is_large)


def is_unknown_length(n_bytes: int) -> bool:
    """Whether a header that declares so many bytes does not know the length."""
    return any(abs(n_bytes - length) <= _UNKNOWN_SLACK for length in _UNKNOWN_LENGTHS)


def read_wav_layout(file: BinaryIO, n_file: int) -> WavLayout | None:
    """The layout of an opened file of ``n_file`` bytes; None if it is no wav file.

    It is None, too, for codings that come in blocks in a form for large files.
    """
    file.seek(0)
    head = file.read(12)
    if head[:4] not in WAV_FORMS or head[8:12] != b"WAVE":
        return None
    fmt, n_large = b"", None
    for name, size, position in _iter_chunks(file, 12, n_file):
        if name == b"data" and (size or not _names_to_end(file, position + 8, n_file)):
            if len(fmt) < _FMT.size:
                return None
            is_large = head[:4] in _LARGE_FORMS
            n_declared = n_large if is_large and size == _ELSEWHERE else size
            layout = _layout(file, fmt, position + 4, n_declared, n_file)
            if layout is None or not is_large:
                return layout
            return replace(layout, is_large=True) if layout.subtype else None
        if name == b"fmt " and not fmt:
            fmt = file.read(min(size, 64))
        if name == b"ds64" and size >= _LARGE.size:
            n_large = _LARGE.unpack(file.read(_LARGE.size).ljust(_LARGE.size, b"\0"))[1]
    return None


def sample_format(fmt: bytes) -> int:
    """The number of the coding in a format chunk, behind an extended header too."""
    (kind,) = struct.unpack_from("<H", fmt)
    if kind == _EXTENSIBLE and fmt[26:40] in _SUBFORMATS:
        (kind,) = struct.unpack_from("<H", fmt, 24)
    return int(kind)


def _layout(
    file: BinaryIO, fmt: bytes, data_at: int, n_declared: int | None, n_file: int
) -> WavLayout | None:
    _, n_channels, rate_hz, _, n_frame, n_bits = _FMT.unpack_from(fmt)
    if not (n_channels and n_frame and rate_hz):
        return None
    start = data_at + 4
    n_there = n_file - start
    n_declared = 2**64 if n_declared is None else n_declared
    n_used, n_missing, note = _judge(file, start, n_declared, n_there, n_frame, rate_hz)
    subtype = PLAIN_CODINGS.get((sample_format(fmt), n_bits), "")
    return WavLayout(
        sample_rate_hz=rate_hz,
        n_channels=n_channels,
        subtype=subtype if n_frame == n_channels * n_bits // 8 else "",
        n_frame_bytes=n_frame,
        start=start,
        n_bytes=n_used - n_used % n_frame,
        n_missing=n_missing,
        note=note,
        data_at=data_at,
        is_large=False,
    )


def _judge(
    file: BinaryIO, start: int, n_declared: int, n_there: int, n_frame: int, rate_hz: int
) -> tuple[int, int, str]:
    """Bytes to use, bytes that are missing, and what to say."""
    if n_declared in {n_there, n_there - 1}:  # it may be padded
        return n_declared, 0, ""
    if n_declared > n_there:
        return _judge_too_many(n_declared, n_there)
    if n_declared == 0:
        return n_there, 0, "its header declares no samples (recorder stopped?); all are used"
    chunks = _names_to_end(file, start + n_declared + n_declared % 2, start + n_there)
    if chunks:
        is_more = not _MORE_SOUND.isdisjoint(chunks)
        return n_declared, 0, "a second recording behind the samples is left out" * is_more
    n_behind = n_there - n_declared
    if n_behind <= HEADER_SLIP_BYTES or n_behind < n_frame:
        where = "behind the samples"
        note = counted(n_behind, f"byte {where} is left out", f"bytes {where} are left out")
        return n_declared, 0, note
    seconds = n_behind / n_frame / rate_hz
    return n_there, 0, f"{seconds:.2f} s of sound behind the declared end are used"


def _judge_too_many(n_declared: int, n_there: int) -> tuple[int, int, str]:
    """The same where more is declared than there is."""
    if is_unknown_length(n_declared):
        return n_there, 0, "a stream, its header does not know the length; all samples are used"
    n_slip = n_declared - n_there
    if n_slip <= HEADER_SLIP_BYTES:
        return (
            n_there,
            0,
            f"its header declares {counted(n_slip, 'byte')} too many; no sound is missing",
        )
    return n_there, n_slip, ""


def _names_to_end(file: BinaryIO, start: int, end: int) -> list[bytes]:
    """The names of the chunks (lists of titles and the like) that fill the file to its end.

    Empty if it is something else that does.
    """
    names = []
    for name, size, position in _iter_chunks(file, start, end):
        after = position + 8 + size
        if not all(32 <= letter < 127 for letter in name) or after > end:
            return []
        names.append(name)
        if after + size % 2 >= end - 1:
            return names
    return []


def _iter_chunks(file: BinaryIO, position: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, declared size and position of each chunk; the file stands behind its head."""
    for _ in range(_MOST_CHUNKS):
        if position + 8 > end:
            return
        file.seek(position)
        name, size = struct.unpack("<4sI", file.read(8))
        yield name, size, position
        position += 8 + size + size % 2
