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
from dcase_classic.io.recordings.caf_layout import CafLayout, read_caf_layout
from dcase_classic.io.recordings.file_part import FilePart
from dcase_classic.io.recordings.limits import check_form, encoded, unreadable
from dcase_classic.io.recordings.mp3_stream import count_title_bytes, read_mp3_head
from dcase_classic.io.recordings.ogg_pages import ogg_notes
from dcase_classic.io.recordings.optional_decoder import (
    OptionalDecoder,
    needs_optional,
    open_optional,
)
from dcase_classic.io.recordings.raw_samples import (
    RAW_EXTENSIONS,
    frame_bytes,
    raw_of_wav,
    soundfile_options,
)
from dcase_classic.io.recordings.wav_layout import (
    HEADER_SLIP_BYTES,
    WAV_FORMS,
    WavLayout,
    is_unknown_length,
    read_wav_layout,
)
from dcase_classic.records import RawFormat
from dcase_classic.wording import counted

# What soundfile ends in where bytes are wrong: some numbers fit no C integer.
UNDECODABLE = (soundfile.SoundFileError, ValueError, OverflowError)
_UNKNOWN_FRAMES = 2**62  # libsndfile's SF_COUNT_MAX and its like
# What libsndfile's log says of containers other than wav that are shorter than they declare.
_SHORT_DATA = re.compile(
    r"(?:SSND|data|Data Size|BODY|riff)\s*: (?P<declared>\d+) \(should be (?P<there>\d+)\)"
)
_SHORT_RF64 = re.compile(
    r"frame count (?P<there>\d+) does not match value from 'ds64' chunk of (?P<declared>\d+)"
)
_HEADERS = {*WAV_FORMS, b"fLaC", b"OggS", b"FORM", b"caff"}
# soundfile asks for a rate, libsndfile takes whatever it does not know for u-law of 8 kHz.
_BELIEVED_EXTENSIONS = {".raw", ".au", ".snd"}
_TITLE_BYTES, _LONG_TITLE_BYTES = 128, 2**20
_MOST_TAG_BYTES, _MOST_TAG_SHARE = 2**12, 0.1  # titles and pictures behind the sound of mp3
_UNKNOWN_LENGTH = "its header does not know the length; all samples are used"
_NO_FILE = "File does not exist or is not a regular file"  # libsndfile, of an mp3 without a frame
_COPY_AGAIN = "copy the file again"
RECORD_AGAIN = "record or copy it again"
_ADVICE_BY_ENDING = dict.fromkeys(RAW_EXTENSIONS, "tell its format, such as --raw 16000:s16le:1")
_ADVICE_BY_ENDING[".csv"] = "a list is read by --list"


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
        return _without_header(path, file, n_file, raw)
    layout = read_wav_layout(file, n_file)
    if layout is not None:
        check_form(path, layout.sample_rate_hz, layout.n_channels)
        if layout.is_odd:
            return _odd_wav(path, file, layout)
    caf = read_caf_layout(file, n_file)
    if caf is not None and not 0 <= caf.n_declared <= caf.n_there:
        return _odd_caf(path, file, caf)
    try:
        decoder = _ForwardFile(sound_in(path, file, n_file))
    except UNDECODABLE as error:
        return _second_choice(path, file, layout, error)
    if decoder.format == "MP3":
        return _mp3(path, file, n_file, decoder)
    notes = ogg_notes(file, n_file) if decoder.format == "OGG" else []
    if layout is None:
        notes += _length_notes(path, decoder)
    return decoder, _declared(decoder, notes), notes


def _without_header(path: Path, file: BinaryIO, n_file: int, raw: RawFormat) -> Opened:
    file.seek(0)
    if file.read(4) in _HEADERS:
        raise DataError("has a header of its own", path=path, advice="leave out --raw")
    decoder = _open_raw(path, file, raw)
    n_rest = n_file % frame_bytes(raw)
    where = "behind the last whole sample"
    rest = counted(n_rest, f"byte {where} is left out", f"bytes {where} are left out")
    return decoder, decoder.frames, [rest] if n_rest else []


def sound_in(path: Path, file: BinaryIO, n_file: int) -> FilePart | str | bytes:
    """The file without a title behind flac (ID3v1), which is no frame, or a very long one before.

    libmpg123 takes a picture of 256 MB into memory. Names that would be believed are not told.
    """
    if path.suffix.lower() in _BELIEVED_EXTENSIONS:
        return FilePart(file, b"", 0, n_file)
    n_title = count_title_bytes(file)
    if n_title > _LONG_TITLE_BYTES:
        return FilePart(file, b"", n_title, max(0, n_file - n_title))
    file.seek(0)
    if n_file > _TITLE_BYTES and file.read(4) == b"fLaC":
        file.seek(n_file - _TITLE_BYTES)
        if file.read(3) == b"TAG":
            return FilePart(file, b"", 0, n_file - _TITLE_BYTES)
    return encoded(path)


def _second_choice(
    path: Path, file: BinaryIO, layout: WavLayout | None, error: Exception
) -> Opened:
    """The samples of a file that libsndfile does not open.

    Raises
    ------
    DataError
        If nothing else does.
    """
    if layout is not None and layout.subtype:  # it stumbles over other chunks
        return _odd_wav(path, file, layout)
    if needs_optional(file):
        return _optional(path, file)
    raise decoding_error(path, error) from error


def _odd_caf(path: Path, file: BinaryIO, layout: CafLayout) -> Opened:
    """The samples of a caf file whose header does not know how many there are.

    Raises
    ------
    DataError
        If samples are missing.
    """
    if layout.n_declared > layout.n_there:
        raise truncated(path, layout.n_declared, layout.n_there, "bytes")
    part = FilePart(file, layout.repaired_header(file), layout.length_at + 8, layout.n_there)
    return _reopened(path, part), None, [_UNKNOWN_LENGTH]


def _mp3(path: Path, file: BinaryIO, n_file: int, decoder: soundfile.SoundFile) -> Opened:
    """The samples of an mp3 file; of one without a table of its length all that are there."""
    head = read_mp3_head(file)
    if head is None:  # another layer
        return decoder, None, []
    if head.n_frames == 0:
        decoder.close()
        return _reopened(path, head.with_table(file, n_file)), None, []
    n_behind = n_file - head.start - head.n_bytes if head.n_bytes else 0
    notes = []
    if n_behind > max(_MOST_TAG_BYTES, _MOST_TAG_SHARE * head.n_bytes):
        notes.append(f"{counted(n_behind, 'byte')} behind the declared end are left out")
    return decoder, int(decoder.frames), notes


def _reopened(path: Path, file: BinaryIO | io.RawIOBase, **form: int | str) -> soundfile.SoundFile:
    try:
        return _ForwardFile(file, **form)
    except UNDECODABLE as error:
        raise decoding_error(path, error) from error


def _declared(decoder: soundfile.SoundFile, notes: list[str]) -> int | None:
    """The number of samples that the header vouches for, or None."""
    if not 0 <= decoder.frames < _UNKNOWN_FRAMES:
        notes.append(_UNKNOWN_LENGTH)
        return None
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
            return [_UNKNOWN_LENGTH]
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
        raw = raw_of_wav(layout.sample_rate_hz, layout.subtype, layout.n_channels)
        decoder = _open_raw(path, FilePart(file, b"", layout.start, layout.n_bytes), raw)
        return decoder, decoder.frames, [layout.note] if layout.note else []
    part = FilePart(file, _repaired_header(file, layout), layout.start, layout.n_bytes)
    return _reopened(path, part), None, [layout.note]


def _repaired_header(file: BinaryIO, layout: WavLayout) -> bytes:
    """All bytes before the samples, with the lengths that the file has."""
    file.seek(0)
    header = bytearray(file.read(layout.start))
    struct.pack_into("<I", header, 4, min(layout.start - 8 + layout.n_bytes, 2**32 - 1))
    struct.pack_into("<I", header, layout.data_at, min(layout.n_bytes, 2**32 - 1))
    return bytes(header)


def _open_raw(path: Path, file: BinaryIO | io.RawIOBase, raw: RawFormat) -> soundfile.SoundFile:
    file.seek(0)
    return _reopened(path, file, **soundfile_options(raw))


def decoding_error(
    path: Path, error: Exception, n_read: int = 0, n_declared: int | None = None
) -> DataError:
    """The error of a file that the decoder refuses, at once or behind ``n_read`` samples."""
    text = str(getattr(error, "error_string", error)).strip().removesuffix(".")
    text = "no frame with sound" if text.startswith(_NO_FILE) else text
    if not n_read and not n_declared:
        problem = f"cannot be decoded as audio ({text})"
        advice = _ADVICE_BY_ENDING.get(path.suffix.lower(), "replace or remove it")
        return DataError(problem, path=path, advice=advice)
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
    return DataError("holds no samples", path=path, advice=RECORD_AGAIN)


class _ForwardFile(soundfile.SoundFile):  # type: ignore[misc]  # soundfile has no types
    """A sound file that is read from its beginning to its end, and never moved in.

    soundfile seeks behind every block, which flac of unknown length and GSM cannot.
    """

    def seekable(self) -> bool:
        """False."""
        return False
