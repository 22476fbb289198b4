"""What can be told of an audio file from its header and both ends, or from all its samples."""

import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import soundfile

from dcase_classic.challenge.clip_names import parse_name
from dcase_classic.errors import DataError
from dcase_classic.io.recordings.audio import check_signal, decode, in_full_scale
from dcase_classic.io.recordings.decoders import UNDECODABLE, open_file, sound_in
from dcase_classic.io.recordings.decoding import Sound, iter_scaled, open_sound
from dcase_classic.io.recordings.folders import read_folder
from dcase_classic.io.recordings.limits import MOST_VALUES, naming_unusable
from dcase_classic.records import Clip, RawFormat
from dcase_classic.sound.clip_format import ClipFormat
from dcase_classic.sound.signal_checks import Values, channel_of, check_samples

PART_VALUES = 2**23  # samples of all channels that are looked at together in such a file
_END_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What was found in one file.

    Attributes
    ----------
    format : None for a file that cannot be read.
    error : why the file cannot be used, or None.
    flags : what is odd about the file, and about its samples where they were read.
    fingerprint : equal for files of equal content. Of the header pass it may be equal for others
        too (same size, same beginning and end); of the deep pass it is that of the samples.
    """

    format: ClipFormat | None
    error: DataError | None
    flags: tuple[str, ...]
    fingerprint: bytes


def inspect_header(path: Path, *, raw: RawFormat | None = None) -> Inspection:
    """What the header and both ends of a file tell; a few kB are read.

    A file whose header does not know its length is decoded to its end; ``raw`` is the format of
    one without header.
    """
    try:
        with naming_unusable(path), open_sound(path, raw=raw) as sound:
            clip_format = replace(sound.format, n_samples=_length(sound))
            fingerprint = _ends(path)
    except DataError as error:
        return _unusable(error)
    return Inspection(format=clip_format, error=None, flags=sound.notes, fingerprint=fingerprint)


def inspect_samples(path: Path, *, raw: RawFormat | None = None) -> Inspection:
    """What all samples of a file tell; one that does not fit into memory is read in parts.

    ``raw`` is the format of a file without header.
    """
    try:
        with naming_unusable(path):
            if _n_values(path, raw) > MOST_VALUES:
                return _inspect_parts(path, raw)
            decoded = decode(path, raw=raw)
            flags = check_signal(path, decoded.values, decoded.format.sample_rate_hz, 0)
    except DataError as error:
        return _unusable(error)
    digest = hashlib.blake2b(in_full_scale(decoded.values).tobytes(), digest_size=16).digest()
    return Inspection(
        format=decoded.format,
        error=None,
        flags=decoded.notes + flags + _flags_of_others(decoded.values),
        fingerprint=digest,
    )


def _n_values(path: Path, raw: RawFormat | None) -> int:
    """How many samples of all channels the header declares; else bytes, which are rarely fewer."""
    with open_sound(path, raw=raw) as sound:
        n_declared = sound.n_declared
        return path.stat().st_size if n_declared is None else n_declared * sound.format.n_channels


def _inspect_parts(path: Path, raw: RawFormat | None) -> Inspection:
    """What the samples of a file tell whose parts are looked at one by one."""
    with open_sound(path, raw=raw) as sound:
        sound_format, notes = sound.format, sound.notes
    rate_hz, digest = sound_format.sample_rate_hz, hashlib.blake2b(digest_size=16)
    flags: dict[str, float] = {}  # and where in the file each was seen first
    problems: list[DataError] = []
    n_samples = n_parts = 0
    n_part = PART_VALUES // sound_format.n_channels
    for part in iter_scaled(path, raw=raw, n_samples=n_part):
        digest.update(part.tobytes())
        try:
            odd: Iterable[str] = check_signal(path, part, rate_hz, 0)
        except DataError as error:
            odd = (error.problem,)
            problems.append(error)
        for flag in odd:
            flags.setdefault(flag, n_samples / rate_hz)
        n_samples, n_parts = n_samples + len(part), n_parts + 1
    return Inspection(
        format=replace(sound_format, n_samples=n_samples),
        error=problems[0] if len(problems) == n_parts else None,
        flags=notes + tuple(f"{flag}, first at {start_s:.0f} s" for flag, start_s in flags.items()),
        fingerprint=digest.digest(),
    )


def unread_files(clips: Iterable[Clip]) -> Iterator[Path]:
    """Files named like clips, in the folders of the clips, that are none of them."""
    known = {clip.path for clip in clips}
    for folder in sorted({path.parent for path in known}):
        for path in sorted(set(read_folder(folder).files) - known):
            if not path.name.startswith(".") and parse_name(path.stem):
                yield path


def _flags_of_others(values: Values) -> tuple[str, ...]:
    """What is wrong with the channels behind the first: one may choose to leave them unused."""
    flags = []
    for channel in range(1, values.shape[1]):
        try:
            check_samples(channel_of(values, channel))
        except DataError as error:
            flags.append(f"channel {channel} {error.problem}")
    return tuple(flags)


def _length(sound: Sound) -> int:
    """The number of samples, as the header vouches for or as there are.

    Raises
    ------
    DataError
        If there are no samples, or the last one cannot be decoded.
    """
    n_declared = sound.n_declared
    if n_declared is None or n_declared == 0:
        return sum(len(block) for block in sound.iter_blocks())
    if sound.is_compressed and not _has_sample(sound.path, n_declared - 1):
        raise DataError(
            "truncated, its last sample is missing", path=sound.path, advice="copy the file again"
        )
    return n_declared


def _has_sample(path: Path, position: int) -> bool:
    try:
        with open_file(path) as file:
            n_file = file.seek(0, io.SEEK_END)
            with soundfile.SoundFile(sound_in(path, file, n_file)) as sound:
                sound.seek(position)
                return len(sound.read(1)) == 1
    except UNDECODABLE:
        return False


def _unusable(error: DataError) -> Inspection:
    return Inspection(format=None, error=error, flags=(), fingerprint=b"")


def _ends(path: Path) -> bytes:
    n_bytes = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_END_BYTES)
        file.seek(max(0, n_bytes - _END_BYTES))
        tail = file.read(_END_BYTES)
    return hashlib.blake2b(head + tail, digest_size=16, salt=n_bytes.to_bytes(16, "big")).digest()
