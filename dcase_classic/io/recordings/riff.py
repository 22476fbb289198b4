"""The plain form of a 16-bit wav file, read six times as fast as through libsndfile.

Nearly every recording of the field has this form: a header, chunks, and the samples as the last
chunk. Anything else, above all anything that might be damaged, is left to libsndfile, which knows
what is wrong with it.
"""

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dcase_classic.io.recordings.limits import is_recorded

_PCM = 1
_FMT = struct.Struct("<HHIIHH")  # format, channels, rate, bytes per second, bytes per frame, bits


def read_pcm16(path: Path) -> tuple[NDArray[np.int16], int] | None:
    """Samples (n_samples, n_channels) as they are in the file, and the rate in Hz.

    None if the file is anything but whole, plain 16-bit PCM. The samples share the memory that the
    file was read into and cannot be written to.
    """
    content = path.read_bytes()
    if content[:4] != b"RIFF" or content[8:16] != b"WAVEfmt " or len(content) < 44:
        return None
    (n_riff,), (n_fmt,) = (
        struct.unpack_from("<I", content, 4),
        struct.unpack_from("<I", content, 16),
    )
    kind, n_channels, rate_hz, _, n_frame, n_bits = _FMT.unpack_from(content, 20)
    is_pcm16 = kind == _PCM and n_fmt in {16, 18} and n_bits == 16 and n_frame == 2 * n_channels
    if not (is_pcm16 and is_recorded(rate_hz, n_channels)) or n_riff != len(content) - 8:
        return None
    start, n_data = _find_data(content, 20 + n_fmt)
    if start + n_data != len(content) or n_data % n_frame or n_data == 0:
        return None
    samples = np.frombuffer(content, dtype="<i2", offset=start)
    return samples.reshape(-1, n_channels), rate_hz


def _find_data(content: bytes, position: int) -> tuple[int, int]:
    """First byte and length of the samples in bytes, from the first chunk that may hold them."""
    name, size = b"", 0
    while name not in {b"data", b"fmt "} and position + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, position)
        position += 8 if name == b"data" else 8 + size + size % 2
    return position, size if name == b"data" else -1
