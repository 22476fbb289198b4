"""Bytes of a stream as samples: raw PCM as ``--raw`` says, or as a wav header says."""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

import soundfile

from dcase_classic.errors import DataError
from dcase_classic.io.recordings.limits import is_recorded
from dcase_classic.io.recordings.raw_samples import raw_of_wav, soundfile_options
from dcase_classic.io.recordings.wav_layout import PLAIN_CODINGS, WAV_FORMS, sample_format
from dcase_classic.records import RawFormat, Rows
from dcase_classic.wording import counted

Read = Callable[[int], bytes]  # at most so many bytes; none at the end

_MOST_HEADER_BYTES = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class WavHeader:
    """The samples of a wav stream, which begin behind ``n_bytes``; lengths are not believed."""

    raw: RawFormat
    n_bytes: int


def read_wav_header(read: Read) -> WavHeader:
    """Read a stream up to its first sample.

    Raises
    ------
    DataError
        If it is no wav stream, or of a coding that cannot be cut into samples.
    """
    reader = _Exact(read)
    start = reader.take(12)
    if start[:4] not in WAV_FORMS or start[8:] != b"WAVE":
        raise DataError(
            "no wav stream",
            advice="give --raw RATE:CODING:CHANNELS for samples without header, or a folder with "
            "files of other kinds",
        )
    raw = None
    while True:
        name, n_bytes = struct.unpack("<4sI", reader.take(8))
        if name == b"data":
            break
        content = reader.take(n_bytes + n_bytes % 2)
        if name == b"fmt ":
            raw = _raw_format(content)
    if raw is None:
        raise DataError("a wav stream without format")
    return WavHeader(raw=raw, n_bytes=reader.n_bytes)


def decode_samples(content: bytes, raw: RawFormat) -> Rows:
    """Whole frames as samples (n_samples, n_channels), as the file readers decode them."""
    with soundfile.SoundFile(BytesIO(content), **soundfile_options(raw)) as file:
        samples: Rows = file.read(dtype="float32", always_2d=True)
    return samples


class _Exact:
    """Takes just as many bytes as are asked for, from a reader that may give fewer."""

    def __init__(self, read: Read) -> None:
        self._read, self.n_bytes = read, 0

    def take(self, n_bytes: int) -> bytes:
        if self.n_bytes + n_bytes > _MOST_HEADER_BYTES:
            raise DataError("a wav header of more than a MiB")
        parts, n_left = [], n_bytes
        while n_left:
            part = self._read(n_left)
            if not part:
                raise DataError("ends within its header", advice="see what its source says of it")
            parts.append(part)
            n_left -= len(part)
        self.n_bytes += n_bytes
        return b"".join(parts)


def _raw_format(content: bytes) -> RawFormat:
    """The format that a ``fmt`` chunk tells."""
    if len(content) < 16:
        raise DataError(f"a wav format of {counted(len(content), 'byte')}")
    _, n_channels, rate_hz, _, _, n_bits = struct.unpack("<HHIIHH", content[:16])
    tag = sample_format(content)
    subtype = PLAIN_CODINGS.get((tag, n_bits))
    if subtype is None or not is_recorded(rate_hz, n_channels):
        raise DataError(
            f"a wav stream of format {tag}, {n_bits} bit, {rate_hz} "
            f"Hz, {counted(n_channels, 'channel')}",
            advice="use pcm_s16le, as ffmpeg does by default",
        )
    return raw_of_wav(rate_hz, subtype, n_channels)
