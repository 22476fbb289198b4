"""Any sound file, block by block: whatever decodes completely, and what is odd about it.

libsndfile decodes; where a header tells a wrong length, it is given the samples without that
header. Nothing is kept but one block, so that a day of sound takes the memory of a second.
"""

import io
import re
import struct
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np
import soundfile
from numpy.typing import NDArray

from dcase_classic.errors import DataError
from dcase_classic.io.recordings.file_part import FilePart
from dcase_classic.io.recordings.limits import bounded, check_form, encoded, unreadable
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
from dcase_classic.sound.clip_format import ClipFormat
from dcase_classic.sound.sample_scale import SampleRange, SampleScale, choose_scale

Block = NDArray[np.float32]

BLOCK_SAMPLES = 2**18
# Codings whose values may lie outside [-1, 1] or in a part of their range.
_RANGED = {"FLOAT", "DOUBLE", "PCM_32"}
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundFormat:
    """Rate, channels and coding; ``n_declared`` is None where no header tells the length."""

    sample_rate_hz: int
    n_channels: int
    coding: str
    n_declared: int | None

    def with_length(self, n_samples: int) -> ClipFormat:
        """The format of the clip that these samples are."""
        return ClipFormat(
            sample_rate_hz=self.sample_rate_hz,
            n_channels=self.n_channels,
            coding=self.coding,
            n_samples=n_samples,
        )


class Sound:
    """An opened sound file; a context manager.

    Attributes
    ----------
    path : for messages.
    format : what the header tells.
    notes : what is odd about the file.
    """

    def __init__(
        self,
        path: Path,
        decoder: soundfile.SoundFile | OptionalDecoder,
        *,
        n_declared: int | None,
        notes: Sequence[str],
        resources: ExitStack,
    ) -> None:
        self.path, self.notes = path, tuple(notes)
        self.format = SoundFormat(
            sample_rate_hz=int(decoder.samplerate),
            n_channels=int(decoder.channels),
            coding=decoder.subtype,
            n_declared=n_declared,
        )
        self._decoder, self._resources = decoder, resources

    @property
    def is_compressed(self) -> bool:
        """Whether only decoding tells that all declared samples are there (flac, mp3)."""
        return getattr(self._decoder, "format", "") in {"FLAC", "MP3"}

    def __enter__(self) -> Self:
        """The sound itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the file."""
        self._resources.close()

    def iter_blocks(
        self, n_samples: int = BLOCK_SAMPLES, *, dtype: str = "float32"
    ) -> Iterator[NDArray[Any]]:
        """Blocks (n, n_channels) of ``n_samples`` samples in order, the last one shorter; once.

        Raises
        ------
        DataError
            If samples cannot be decoded, there are none, or fewer than declared.
        """
        n_read = 0
        while True:
            try:
                block = self._decoder.read(n_samples, dtype=dtype, always_2d=True)
            except (soundfile.SoundFileError, OSError, ValueError) as error:
                raise _decoding_error(self.path, error, n_read, self.format.n_declared) from error
            n_read += len(block)
            if len(block) == 0:
                break
            yield block
        self._check_length(n_read)

    def _check_length(self, n_read: int) -> None:
        if n_read == 0:
            raise _no_samples(self.path)
        if n_read < (self.format.n_declared or 0):
            raise _truncated(self.path, self.format.n_declared, n_read, "samples")


def open_sound(path: Path, *, raw: RawFormat | None = None) -> Sound:
    """Open a sound file; ``raw`` is the format of samples without header.

    Raises
    ------
    DataError
        If the file is missing, empty, no sound, truncated, or cannot be decoded here.
    """
    with ExitStack() as stack:
        file = stack.enter_context(_open(path))
        n_file = file.seek(0, io.SEEK_END)
        if n_file == 0:
            raise DataError("empty file (0 bytes)", path=path, advice=_RECORD_AGAIN)
        decoder, n_declared, notes = _decoder(path, file, n_file, raw)
        stack.callback(decoder.close)
        check_form(path, int(decoder.samplerate), int(decoder.channels))
        return Sound(path, decoder, n_declared=n_declared, notes=notes, resources=stack.pop_all())
    raise AssertionError  # for type checkers: an exit stack may swallow errors, this one does not


def decode_scaled(
    path: Path, *, raw: RawFormat | None = None
) -> tuple[Block, ClipFormat, tuple[str, ...]]:
    """All samples (n_samples, n_channels) with full scale 1, the format, and what is odd.

    Raises
    ------
    DataError
        As `open_sound` and `Sound.iter_blocks`, or if the scale of the samples is unknown.
    """
    with open_sound(path, raw=raw) as sound:
        n_declared = (sound.format.n_declared or 0) * sound.format.n_channels
        samples: Block = np.concatenate(list(bounded(path, sound.iter_blocks(), n_declared)))
        scale = _scale(sound, [samples])
    if scale.factor != 1.0:
        samples *= np.float32(scale.factor)
    notes = (*sound.notes, *filter(None, [scale.note]))
    return samples, sound.format.with_length(len(samples)), notes


def iter_scaled(
    path: Path, *, raw: RawFormat | None = None, n_samples: int = BLOCK_SAMPLES
) -> Iterator[Block]:
    """The blocks of `decode_scaled` in constant memory; files that may need a scale are read twice.

    Raises
    ------
    DataError
        As `decode_scaled`.
    """
    factor = np.float32(find_scale(path, raw=raw).factor)
    with open_sound(path, raw=raw) as sound:
        for block in sound.iter_blocks(n_samples):
            yield block if factor == 1 else block * factor


def find_scale(path: Path, *, raw: RawFormat | None = None) -> SampleScale:
    """The scale of a file; only codings that may need one are read for it.

    Raises
    ------
    DataError
        As `decode_scaled`.
    """
    with open_sound(path, raw=raw) as sound:
        return _scale(sound, sound.iter_blocks() if sound.format.coding in _RANGED else ())


def _scale(sound: Sound, blocks: Iterator[Block] | Sequence[Block]) -> SampleScale:
    extremes = SampleRange()
    for block in blocks if sound.format.coding in _RANGED else ():
        extremes = extremes.including(block)
    try:
        return choose_scale(sound.format.coding, extremes)
    except DataError as error:
        raise error.at(sound.path) from error


def _open(path: Path) -> BinaryIO:
    try:
        if not path.is_file():
            problem = "not a regular file" if path.exists() else "no such file"
            raise DataError(problem, path=path)
        return path.open("rb")
    except OSError as error:
        raise unreadable(path, error) from error


_Opened = tuple[soundfile.SoundFile | OptionalDecoder, int | None, list[str]]


def _decoder(path: Path, file: BinaryIO, n_file: int, raw: RawFormat | None) -> _Opened:
    """What decodes the file, how many samples its header vouches for, and what is odd about it."""
    if raw is not None:
        file.seek(0)
        if file.read(4) in _HEADERS:
            raise DataError("has a header of its own", path=path, advice="leave out --raw")
        decoder = _open_raw(path, file, raw)
        n_rest = n_file % (_MANY_BYTES.get(raw.subtype, 1) * raw.n_channels)
        notes = [f"{n_rest} bytes behind the last whole sample are left out"] if n_rest else []
        return decoder, decoder.frames, notes
    layout = read_wav_layout(file, n_file)
    if layout is not None and layout.is_odd:
        return _odd_wav(path, file, layout)
    try:
        decoder = _ForwardFile(encoded(path))
    except soundfile.SoundFileError as error:
        if needs_optional(file):
            return _optional(path, file)
        raise _decoding_error(path, error) from error
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
            raise _truncated(path, n_declared, n_there, unit)
    return []


def _optional(path: Path, file: BinaryIO) -> _Opened:
    try:
        decoder = open_optional(file)
    except ValueError as error:
        raise _decoding_error(path, error) from error
    if decoder is None:
        raise DataError(
            f"{path.suffix or 'this coding'} cannot be decoded without PyAV",
            path=path,
            advice="pip install 'dcase_classic[av]', or convert it: "
            f"ffmpeg -i {quote(str(path))} {quote(str(path.with_suffix('.flac')))}",
        )
    return decoder, decoder.frames or None, []


def _odd_wav(path: Path, file: BinaryIO, layout: WavLayout) -> _Opened:
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
        raise _truncated(path, (layout.n_bytes + layout.n_missing) // n_frame, n_there, unit)
    if layout.n_bytes == 0:
        raise _no_samples(path)
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
    except soundfile.SoundFileError as error:
        raise _decoding_error(path, error) from error


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
    except soundfile.SoundFileError as error:
        raise _decoding_error(path, error) from error


def _lacks_end(file: BinaryIO, n_file: int) -> bool:
    """Whether the last page of an ogg file is cut, or not marked as the last."""
    file.seek(max(0, n_file - _OGG_TAIL_BYTES))
    tail = file.read()
    page = tail[max(0, tail.rfind(_OGG_PAGE)) :]
    if len(page) < _OGG_HEADER_BYTES or not page[5] & _OGG_LAST:
        return True
    n_parts = page[_OGG_HEADER_BYTES - 1]
    return len(page) < _OGG_HEADER_BYTES + n_parts + sum(page[_OGG_HEADER_BYTES:][:n_parts])


def _decoding_error(
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


def _truncated(path: Path, n_declared: int | None, n_there: int, unit: str) -> DataError:
    problem = f"truncated, the header declares {n_declared} {unit} and {n_there} are there"
    return DataError(problem, path=path, advice=_COPY_AGAIN)


def _no_samples(path: Path) -> DataError:
    return DataError("holds no samples", path=path, advice=_RECORD_AGAIN)


class _ForwardFile(soundfile.SoundFile):  # type: ignore[misc]  # soundfile has no types
    """A sound file that is read from its beginning to its end, and never moved in.

    soundfile seeks behind every block, which flac of unknown length and GSM cannot.
    """

    def seekable(self) -> bool:
        """False."""
        return False
