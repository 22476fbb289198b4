"""An mp3 file that holds no table of its length, behind a frame of ours that has one.

Without a table libsndfile guesses the number of samples from the first frame and reads no more,
so that a stream of variable bit rate that begins loud would lose most of its sound.
"""

import struct
from dataclasses import dataclass
from typing import BinaryIO

from dcase_classic.io.recordings.file_part import FilePart

_SEARCHED_BYTES = 2**16
_ID3_BYTES = 10  # of its header
_LAYER_3 = 1
_MPEG_1 = 3
# kbit/s by the index of a header, of MPEG 1 and of later versions.
_KBIT = (
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
)
_RATES_HZ = {_MPEG_1: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_OWN_INDEX = 9  # of the bit rate of our frame, which is long enough for a table
_VBRI_AT = 36


@dataclass(frozen=True, slots=True, kw_only=True)
class Mp3Head:
    """How an mp3 file begins.

    Attributes
    ----------
    header : the four bytes of its first frame.
    start : where the frames with sound begin.
    n_frames, n_bytes : what a table tells of frames and bytes; 0 where it is silent.
    """

    header: bytes
    start: int
    n_frames: int
    n_bytes: int

    def with_table(self, file: BinaryIO, n_file: int) -> FilePart:
        """The sound behind a table that lists as many frames as there can be."""
        own = bytes((0xFF, self.header[1] | 1, _OWN_INDEX << 4 | self.header[2] & 0x0C))
        own += self.header[3:]
        shortest = bytes((*own[:2], 1 << 4 | own[2] & 0x0C, own[3]))
        n_most = n_file // _frame_bytes(shortest) + 1
        table = struct.pack(">4sII", b"Info", 1, n_most)
        frame = (own + bytes(_side_bytes(own)) + table).ljust(_frame_bytes(own), b"\0")
        return FilePart(file, frame, self.start, n_file - self.start)


def read_mp3_head(file: BinaryIO) -> Mp3Head | None:
    """How a file begins whose first frame of layer III another one follows; None for others."""
    begin = count_title_bytes(file)
    file.seek(begin)
    content = file.read(_SEARCHED_BYTES)
    position = content.find(b"\xff")
    while position >= 0:
        header = content[position : position + 4]
        end = position + _frame_bytes(header)
        following = content[end : end + 4]
        if end > position and _frame_bytes(following) and following[1] | 1 == header[1] | 1:
            return _head(content[position:end], begin + position)
        position = content.find(b"\xff", position + 1)
    return None


def count_title_bytes(file: BinaryIO) -> int:
    """Bytes of titles and pictures (ID3v2) before the sound; 0 where there are none."""
    file.seek(0)
    first = file.read(_ID3_BYTES)
    if first[:3] != b"ID3" or len(first) < _ID3_BYTES:
        return 0
    a, b, c, d = first[6:]
    return _ID3_BYTES + (a << 21 | b << 14 | c << 7 | d)


def _head(frame: bytes, start: int) -> Mp3Head:
    """What the first frame tells, which may be a table instead of sound."""
    table = frame[4 + _side_bytes(frame) :]
    n_frames = n_bytes = 0
    is_table = table[:4] in {b"Xing", b"Info"}
    if is_table:
        flags, *numbers = struct.unpack(">III", table[4:16].ljust(12, b"\0"))
        n_frames, n_bytes = numbers if flags & 3 == 3 else (numbers[0] * (flags & 1), 0)
    elif frame[_VBRI_AT : _VBRI_AT + 4] == b"VBRI":
        is_table = True
        n_bytes, n_frames = struct.unpack(">II", frame[_VBRI_AT + 10 :][:8].ljust(8, b"\0"))
    return Mp3Head(
        header=frame[:4],
        start=start + len(frame) if is_table else start,
        n_frames=n_frames,
        n_bytes=n_bytes,
    )


def _frame_bytes(header: bytes) -> int:
    """The length of the frame that begins so; 0 for what is no header of layer III."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return 0
    version, layer = header[1] >> 3 & 3, header[1] >> 1 & 3
    i_bit, i_rate, padding = header[2] >> 4, header[2] >> 2 & 3, header[2] >> 1 & 1
    if layer != _LAYER_3 or version not in _RATES_HZ or i_bit in {0, 15} or i_rate == 3:
        return 0
    is_first = version == _MPEG_1
    n_bits = (144 if is_first else 72) * 1000 * _KBIT[not is_first][i_bit]
    return n_bits // _RATES_HZ[version][i_rate] + padding


def _side_bytes(header: bytes) -> int:
    """The length of what stands between a header and a table."""
    is_mono, is_first = header[3] >> 6 == 3, header[1] >> 3 & 3 == _MPEG_1
    return {(True, True): 17, (False, True): 32, (True, False): 9, (False, False): 17}[
        is_mono, is_first
    ]
