"""What can be told of an audio file from its header and both ends, or from all its samples."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import soundfile

from dcase_classic.challenge.clip_names import parse_name
from dcase_classic.errors import DataError
from dcase_classic.io.recordings.audio import Samples, check_signal, decode, format_of, open_audio
from dcase_classic.records import Clip
from dcase_classic.sound.clip_format import ClipFormat

_END_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What was found in one file.

    Attributes
    ----------
    format : None for a file that cannot be read.
    error : why the file cannot be used, or None.
    flags : what is odd about its samples; empty where they were not read.
    fingerprint : equal for files of equal content. Of the header pass it may be equal for others
        too (same size, same beginning and end); of the deep pass it is that of the samples.
    """

    format: ClipFormat | None
    error: DataError | None
    flags: tuple[str, ...]
    fingerprint: bytes


def inspect_header(path: Path) -> Inspection:
    """What the header and both ends of a file tell; a few kB are read."""
    try:
        with open_audio(path) as file:
            clip_format = format_of(file)
            _check_end(path, file)
    except DataError as error:
        return Inspection(format=None, error=error, flags=(), fingerprint=b"")
    return Inspection(format=clip_format, error=None, flags=(), fingerprint=_ends(path))


def inspect_samples(path: Path) -> Inspection:
    """What all samples of a file tell."""
    try:
        samples, clip_format = decode(path)
        flags = check_signal(path, samples, clip_format.sample_rate_hz, 0)
        flags += _flags_of_others(path, samples, clip_format)
    except DataError as error:
        return Inspection(format=None, error=error, flags=(), fingerprint=b"")
    digest = hashlib.blake2b(samples.tobytes(), digest_size=16).digest()
    return Inspection(format=clip_format, error=None, flags=flags, fingerprint=digest)


def names_and_sizes(clips: Iterable[Clip]) -> str:
    """A hash of the names of clips and the sizes of their files."""
    lines = [f"{clip.name}\t{sum(path.stat().st_size for path in clip.files)}\n" for clip in clips]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def unread_files(clips: Iterable[Clip]) -> Iterator[Path]:
    """Files named like clips, in the folders of the clips, that are none of them."""
    known = {clip.path for clip in clips}
    for folder in sorted({path.parent for path in known}):
        for path in sorted(set(folder.iterdir()) - known):
            if path.is_file() and not path.name.startswith(".") and parse_name(path.stem):
                yield path


def content_digest(path: Path) -> bytes:
    """A hash of all bytes of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _flags_of_others(path: Path, samples: Samples, clip: ClipFormat) -> tuple[str, ...]:
    """What is wrong with the channels behind the first: one may choose to leave them unused."""
    flags = []
    for channel in range(1, clip.n_channels):
        try:
            check_signal(path, samples, clip.sample_rate_hz, channel)
        except DataError as error:
            flags.append(f"channel {channel} {error.problem}")
    return tuple(flags)


def _check_end(path: Path, file: soundfile.SoundFile) -> None:
    """Refuse an empty file, and a compressed one that ends before its header says.

    Raises
    ------
    DataError
        If there are no samples, or the last one cannot be decoded.
    """
    if file.frames == 0:
        raise DataError("holds no samples", path=path, advice="record or copy it again")
    if file.format == "WAV":
        return  # its header was compared with its size
    try:
        file.seek(file.frames - 1)
        n_read = len(file.read(1))
    except soundfile.LibsndfileError:
        n_read = 0
    if n_read == 0:
        raise DataError(
            "truncated, its last sample is missing", path=path, advice="copy the file again"
        )


def _ends(path: Path) -> bytes:
    n_bytes = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_END_BYTES)
        file.seek(max(0, n_bytes - _END_BYTES))
        tail = file.read(_END_BYTES)
    return hashlib.blake2b(head + tail, digest_size=16, salt=n_bytes.to_bytes(16, "big")).digest()
