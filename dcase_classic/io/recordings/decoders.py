"""Which decoder reads a file, and what its header gets wrong.

libsndfile decodes; where a header tells a wrong length, it is given the samples without that
header; what it does not know goes to the optional decoder.
"""

import io
import re
import struct
from pathlib import Path
from shlex import quote
from typing import BinaryIO

import soundfile

from dcase_classic.errors import DataError
from dcase_classic.io.recordings.file_part import FilePart
from dcase_classic.io.recordings.limits import check_form, encoded, unreadable
from dcase_classic.io.recordings.optional_decoder import (
    OptionalDecoder,
    needs_optional,
    open_optional,
)
from dcase_classic.io.recordings.wav_layout import (
    HEADER_SLIP_BYTES,
    WavLayout,
    is_unknown_length,
    read_wav_layout,
)
from dcase_classic.records import RawFormat
from dcase_classic.wording import counted

# What soundfile ends in where bytes are wrong: some numbers fit no C integer.
UNDECODABLE = (soundfile.SoundFileError, ValueError, OverflowError)
_MANY_BYTES = {"PCM_16": 2, "PCM_24": 3, "PCM_32": 4, "FLOAT": 4, "DOUBLE": 8}
_UNKNOWN_FRAMES = 2**62  # libsndfile's SF_COUNT_MAX and its like
# What libsndfile's log says of containers other than wav that are shorter than they declare.
_SHORT_DATA = re.compile(
    r"(?:SSND|data|Data Size|BODY|riff)\s*: (?P<declared>\d+) \(should be (?P<there>\d+)\)"
)
_SHORT_RF64 = re.compile(
    r"frame count (?P<there>\d+) does not match value from 'ds64' chunk of (?P<declared>\d+)"
)
_OGG_PAGE = b"OggS"
_OGG_HEADER_BYTES = 27
_OGG_LAST = 4  # flag of the last page of a stream
_OGG_TAIL_BYTES = 2**16 + 2**12  # an ogg page has at most 65,307 bytes
# The first frame of an mp3 file may hold the number of frames; without it libsndfile estimates.
_MP3_TABLES = (b"Xing", b"Info", b"VBRI")
_MP3_HEAD_BYTES = 2**16
_HEADERS = {b"RIFF", b"RF64", b"fLaC", b"OggS", b"FORM"}
_COPY_AGAIN = "copy the file again"
_RECORD_AGAIN = "record or copy it again"


def open_file(path: Path) -> BinaryIO:
    """The file, opened for reading bytes.

    Raises
    ------
    DataError
        If it is no regular file, or cannot be read.
    """
    try:
        if not path.is_file():
            problem = "not a regular file" if path.exists() else "no such file"
            raise DataError(problem, path=path)
        return path.open("rb")
    except OSError as error:
        raise unreadable(path, error) from error


Opened = tuple[soundfile.SoundFile | OptionalDecoder, int | None, list[str]]


def find_decoder(path: Path, file: BinaryIO, n_file: int, raw: RawFormat | None) -> Opened:
    """What decodes the file, how many samples its header vouches for, and what is odd about it."""
    if raw is not None:
        file.seek(0)
        if file.read(4) in _HEADERS:
            raise DataError("has a header of its own", path=path, advice="leave out --raw")
        decoder = _open_raw(path, file, raw)
        n_rest = n_file % (_MANY_BYTES.get(raw.subtype, 1) * raw.n_channels)
        where = "behind the last whole sample"
        rest = counted(n_rest, f"byte {where} is left out", f"bytes {where} are left out")
        return decoder, decoder.frames, [rest] if n_rest else []
    layout = read_wav_layout(file, n_file)
    if layout is not None:
        check_form(path, layout.sample_rate_hz, layout.n_channels)
    if layout is not None and layout.is_odd:
        return _odd_wav(path, file, layout)
    try:
        decoder = _ForwardFile(encoded(path))
    except UNDECODABLE as error:
        if needs_optional(file):
            return _optional(path, file)
        raise decoding_error(path, error) from error
    notes = []
    if decoder.format == "OGG" and _lacks_end(file, n_file):
        notes.append("the stream has no end mark: its last part may be missing")
    if layout is None:
        notes += _length_notes(path, decoder)
    return decoder, _declared(decoder, file, notes), notes


def _declared(decoder: soundfile.SoundFile, file: BinaryIO, notes: list[str]) -> int | None:
    """The number of samples that the header vouches for, or None."""
    if not 0 <= decoder.frames < _UNKNOWN_FRAMES:
        notes.append("its header does not know the length; all samples are used")
        return None
    if decoder.format == "MP3":
        file.seek(0)
        head = file.read(_MP3_HEAD_BYTES)
        return int(decoder.frames) if any(table in head for table in _MP3_TABLES) else None
    is_flac_stream = decoder.format == "FLAC" and decoder.frames == 0
    return None if is_flac_stream or decoder.subtype.startswith("MPEG") else int(decoder.frames)


def _length_notes(path: Path, decoder: soundfile.SoundFile) -> list[str]:
    """What libsndfile's log says about the length of a container.

    Raises
    ------
    DataError
        If samples are missing.
    """
    for pattern, unit, n_slip in (
        (_SHORT_DATA, "bytes", HEADER_SLIP_BYTES),
        (_SHORT_RF64, "samples", 0),
    ):
        short = pattern.search(decoder.extra_info)
        if short is None:
            continue
        n_declared, n_there = int(short["declared"]), int(short["there"])
        if n_declared == 0 or is_unknown_length(n_declared):
            return ["its header does not know the length; all samples are used"]
        if n_declared > n_there + n_slip:
            decoder.close()
            raise truncated(path, n_declared, n_there, unit)
    return []


def _optional(path: Path, file: BinaryIO) -> Opened:
    try:
        decoder = open_optional(file)
    except ValueError as error:
        raise decoding_error(path, error) from error
    if decoder is None:
        raise DataError(
            f"{path.suffix or 'this coding'} cannot be decoded without PyAV",
            path=path,
            advice="pip install 'dcase_classic[av]', or convert it: "
            f"ffmpeg -i {quote(str(path))} {quote(str(path.with_suffix('.flac')))}",
        )
    return decoder, decoder.frames or None, []


def _odd_wav(path: Path, file: BinaryIO, layout: WavLayout) -> Opened:
    """The samples of a wav file whose header is wrong about their length.

    Raises
    ------
    DataError
        If samples are missing.
    """
    if layout.n_missing:
        n_frame = layout.n_frame_bytes
        unit = "samples" if layout.subtype else "blocks of samples"
        n_there = layout.n_bytes // n_frame
        raise truncated(path, (layout.n_bytes + layout.n_missing) // n_frame, n_there, unit)
    if layout.n_bytes == 0:
        raise no_samples(path)
    if layout.subtype:
        raw = RawFormat(
            sample_rate_hz=layout.sample_rate_hz,
            subtype=layout.subtype,
            n_channels=layout.n_channels,
            endian="LITTLE" if layout.subtype in _MANY_BYTES else "FILE",
        )
        decoder = _open_raw(path, FilePart(file, b"", layout.start, layout.n_bytes), raw)
        return decoder, decoder.frames, [layout.note]
    part = FilePart(file, _repaired_header(file, layout), layout.start, layout.n_bytes)
    try:
        return _ForwardFile(part), None, [layout.note]
    except UNDECODABLE as error:
        raise decoding_error(path, error) from error


def _repaired_header(file: BinaryIO, layout: WavLayout) -> bytes:
    """All bytes before the samples, with the lengths that the file has."""
    file.seek(0)
    header = bytearray(file.read(layout.start))
    struct.pack_into("<I", header, 4, min(layout.start - 8 + layout.n_bytes, 2**32 - 1))
    struct.pack_into("<I", header, layout.data_at, min(layout.n_bytes, 2**32 - 1))
    return bytes(header)


def _open_raw(path: Path, file: BinaryIO | io.RawIOBase, raw: RawFormat) -> soundfile.SoundFile:
    file.seek(0)
    try:
        return _ForwardFile(
            file,
            samplerate=raw.sample_rate_hz,
            channels=raw.n_channels,
            subtype=raw.subtype,
            endian=raw.endian,
            format="RAW",
        )
    except UNDECODABLE as error:
        raise decoding_error(path, error) from error


def _lacks_end(file: BinaryIO, n_file: int) -> bool:
    """Whether the last page of an ogg file is cut, or not marked as the last."""
    file.seek(max(0, n_file - _OGG_TAIL_BYTES))
    tail = file.read()
    page = tail[max(0, tail.rfind(_OGG_PAGE)) :]
    if len(page) < _OGG_HEADER_BYTES or not page[5] & _OGG_LAST:
        return True
    n_parts = page[_OGG_HEADER_BYTES - 1]
    return len(page) < _OGG_HEADER_BYTES + n_parts + sum(page[_OGG_HEADER_BYTES:][:n_parts])


def decoding_error(
    path: Path, error: Exception, n_read: int = 0, n_declared: int | None = None
) -> DataError:
    """The error of a file that the decoder refuses, at once or behind ``n_read`` samples."""
    text = str(getattr(error, "error_string", error)).strip().removesuffix(".")
    if not n_read and not n_declared:
        problem = f"cannot be decoded as audio ({text})"
        return DataError(problem, path=path, advice="replace or remove it")
    declared = f" of {n_declared}" if n_declared else ""
    problem = f"truncated or damaged behind sample {n_read}{declared} ({text})"
    return DataError(problem, path=path, advice=_COPY_AGAIN)


def truncated(path: Path, n_declared: int | None, n_there: int, unit: str) -> DataError:
    """The error of a file with fewer samples (or other units) than its header declares."""
    problem = (
        f"truncated, the header declares {n_declared} {unit} "
        f"and {counted(n_there, 'is', 'are')} there"
    )
    return DataError(problem, path=path, advice=_COPY_AGAIN)


def no_samples(path: Path) -> DataError:
    """The error of a file without any sample."""
    return DataError("holds no samples", path=path, advice=_RECORD_AGAIN)


class _ForwardFile(soundfile.SoundFile):  # type: ignore[misc]  # soundfile has no types
    """A sound file that is read from its beginning to its end, and never moved in.

    soundfile seeks behind every block, which flac of unknown length and GSM cannot.
    """

    def seekable(self) -> bool:
        """False."""
        return False
