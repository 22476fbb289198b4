"""m4a, aac, wma and others that libsndfile cannot decode, through PyAV where it is installed.

PyAV (package ``av``, BSD) brings FFmpeg's libraries with it: no program has to be installed.
"""

import io
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from dcase_classic.io.recordings.file_part import FilePart

# How files of these kinds begin, whatever their names say: (position, bytes).
_MAGIC = (
    (4, b"ftyp"),  # mp4, m4a, 3gp
    (0, b"\x30\x26\xb2\x75"),  # wma
    (0, b"\x1a\x45\xdf\xa3"),  # mka, webm
    (0, b"#!AMR"),
    (0, b"\xff\xf1"),  # aac in ADTS frames
    (0, b"\xff\xf9"),
)
_MP4, _MATROSKA = "mp4", "matroska"
_MICROSECONDS = 1_000_000
_CODEC_DELAY_SAMPLES = 4096  # a table of lengths may count what the encoder put in front


class OptionalDecoder:
    """The first sound track of a file; reads like ``soundfile.SoundFile``.

    ``frames`` is the number of samples that a table of the file vouches for, 0 where there is none.
    """

    def __init__(self, container: Any) -> None:
        stream = container.streams.audio[0]
        self._container, self._frames = container, container.decode(stream)
        self.samplerate, self.channels = int(stream.rate), int(stream.channels)
        self.subtype = str(stream.codec_context.name).upper()
        listed_s = 0.0
        if _MP4 in container.format.name and stream.duration is not None:
            listed_s = float(stream.duration * stream.time_base)
        elif _MATROSKA in container.format.name and container.duration is not None:
            listed_s = container.duration / _MICROSECONDS
        self.frames = max(0, round(listed_s * self.samplerate) - _CODEC_DELAY_SAMPLES)
        self._rest = np.empty((0, self.channels), np.float32)

    def read(self, frames: int, *, dtype: str, always_2d: bool) -> NDArray[np.float32]:
        """Up to ``frames`` samples (n, n_channels), float32; none at the end.

        Raises
        ------
        ValueError
            If a part cannot be decoded.
        """
        parts, n_there = [self._rest], len(self._rest)
        for part in self._iter_parts():
            parts.append(part)
            n_there += len(part)
            if n_there >= frames:
                break
        joined = np.concatenate(parts)
        self._rest = joined[frames:]
        return joined[:frames]

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def _iter_parts(self) -> Iterator[NDArray[np.float32]]:
        import av

        try:
            for frame in self._frames:
                values = frame.to_ndarray()
                if not frame.format.is_planar:
                    values = values.reshape(-1, self.channels).T
                if values.dtype.kind in "iu":
                    full_scale = np.float32(2 ** (8 * values.dtype.itemsize - 1))
                    values = values / full_scale - (values.dtype.kind == "u")
                yield np.ascontiguousarray(values.T, np.float32)
        except av.error.FFmpegError as error:
            raise ValueError(error.strerror) from error


def has_pyav() -> bool:
    """Whether the package that decodes is installed; it is not imported."""
    return find_spec("av") is not None


def needs_optional(file: BinaryIO) -> bool:
    """Whether the beginning of a file tells of a kind that PyAV decodes."""
    file.seek(0)
    head = file.read(16)
    return any(head[at:].startswith(magic) for at, magic in _MAGIC)


def open_optional(file: BinaryIO) -> OptionalDecoder | None:
    """The decoder of an opened file; None where PyAV is not installed.

    Raises
    ------
    ValueError
        If the file has no sound track that can be decoded.
    """
    try:
        import av
    except ImportError:
        return None
    # a damaged file leads to places before its beginning, of which PyAV prints tracebacks
    part = FilePart(file, b"", 0, file.seek(0, io.SEEK_END))
    try:
        return OptionalDecoder(av.open(part))
    except av.error.FFmpegError as error:
        raise ValueError(f"no sound track, {error.strerror}") from error
    except (AttributeError, IndexError) as error:  # the first of a coding that is unknown
        raise ValueError("no sound track") from error
