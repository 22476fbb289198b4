"""Where the samples of a wav file lie, whatever lengths its header declares.

Streams write a length that stands for "unknown", a recorder that died leaves that of its last
checkpoint, and some writers count their own header. The file's size tells what is really there.
"""

import struct
from dataclasses import dataclass
from typing import BinaryIO

from dcase_classic.wording import counted

_FMT = struct.Struct("<HHIIHH")  # format, channels, rate, bytes per second, bytes per block, bits
_EXTENSIBLE = 0xFFFE
_PLAIN = {  # format and bits: what libsndfile calls samples that need no block structure
    (1, 8): "PCM_U8",
    (1, 16): "PCM_16",
    (1, 24): "PCM_24",
    (1, 32): "PCM_32",
    (3, 32): "FLOAT",
    (3, 64): "DOUBLE",
    (6, 8): "ALAW",
    (7, 8): "ULAW",
}
# ffmpeg, sox, arecord and gstreamer write a length near one of these (or 0) where a stream cannot
# tell it; headers of 36 bytes, or blocks of some kB, are taken off or added.
_UNKNOWN_LENGTHS = (0x7F000000, 2**31, 2**32)
_UNKNOWN_SLACK = 2**13
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

    @property
    def is_odd(self) -> bool:
        """Whether a reader that trusts the header would be misled."""
        return bool(self.note or self.n_missing)


def is_unknown_length(n_bytes: int) -> bool:
    """Whether a header that declares so many bytes does not know the length."""
    return any(abs(n_bytes - length) <= _UNKNOWN_SLACK for length in _UNKNOWN_LENGTHS)


def read_wav_layout(file: BinaryIO, n_file: int) -> WavLayout | None:
    """The layout of an opened file of ``n_file`` bytes; None if it is no RIFF wav file."""
    file.seek(0)
    head = file.read(12)
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        return None
    fmt, position = b"", 12
    while position + 8 <= n_file:
        file.seek(position)
        name, size = struct.unpack("<4sI", file.read(8))
        if name == b"data":
            return _layout(file, fmt, position + 4, size, n_file) if len(fmt) >= 16 else None
        if name == b"fmt ":
            fmt = file.read(min(size, 64))
        position += 8 + size + size % 2
    return None


def _layout(
    file: BinaryIO, fmt: bytes, data_at: int, n_declared: int, n_file: int
) -> WavLayout | None:
    kind, n_channels, rate_hz, _, n_frame, n_bits = _FMT.unpack_from(fmt)
    if kind == _EXTENSIBLE and len(fmt) >= 26:
        (kind,) = struct.unpack_from("<H", fmt, 24)
    if not (n_channels and n_frame and rate_hz):
        return None
    start = data_at + 4
    n_there = n_file - start
    n_used, n_missing, note = _judge(file, start, n_declared, n_there, n_frame, rate_hz)
    subtype = _PLAIN.get((kind, n_bits), "")
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
    )


def _judge(
    file: BinaryIO, start: int, n_declared: int, n_there: int, n_frame: int, rate_hz: int
) -> tuple[int, int, str]:
    """Bytes to use, bytes that are missing, and what to say."""
    is_padded = n_declared % 2 == 1 and n_declared + 1 == n_there
    if n_declared == n_there or is_padded:
        return n_declared, 0, ""
    if n_declared > n_there:
        return _judge_too_many(n_declared, n_there)
    if n_declared == 0:
        return n_there, 0, "its header declares no samples (recorder stopped?); all are used"
    if _are_chunks(file, start + n_declared + n_declared % 2, start + n_there):
        return n_declared, 0, ""
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


def _are_chunks(file: BinaryIO, position: int, end: int) -> bool:
    """Whether the bytes from ``position`` on are chunks (lists of titles and the like)."""
    while position + 8 <= end:
        file.seek(position)
        name, size = struct.unpack("<4sI", file.read(8))
        if not all(32 <= letter < 127 for letter in name) or position + 8 + size > end:
            return False
        position += 8 + size + size % 2
    return position >= end - 1
