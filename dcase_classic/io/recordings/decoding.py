"""Any sound file, block by block: whatever decodes completely, and what is odd about it.

libsndfile decodes; where a header tells a wrong length, it is given the samples without that
header. Nothing is kept but one block, so that a day of sound takes the memory of a second.
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from dcase_classic.errors import DataError
from dcase_classic.io.recordings.decoders import (
    RECORD_AGAIN,
    UNDECODABLE,
    decoding_error,
    find_decoder,
    no_samples,
    open_file,
    truncated,
)
from dcase_classic.io.recordings.limits import bounded, check_form
from dcase_classic.io.recordings.optional_decoder import OptionalDecoder
from dcase_classic.log import LOGGER
from dcase_classic.records import RawFormat
from dcase_classic.sound.clip_format import ClipFormat
from dcase_classic.sound.sample_scale import SampleRange, SampleScale, choose_scale
from dcase_classic.sound.signal_checks import Values

Block = NDArray[np.float32]

BLOCK_VALUES = 2**18  # samples of all channels
# Codings whose values may lie outside [-1, 1] or in a part of their range.
_RANGED = {"FLOAT", "DOUBLE", "PCM_32"}


class Sound:
    """An opened sound file.

    Attributes
    ----------
    path : for messages.
    n_declared : samples that the header vouches for; None where none does.
    format : what the header tells, with that length, or 0 samples.
    notes : what is odd about the file.
    """

    def __init__(
        self,
        path: Path,
        decoder: soundfile.SoundFile | OptionalDecoder,
        *,
        n_declared: int | None,
        notes: Sequence[str],
    ) -> None:
        self.path, self.notes, self.n_declared = path, tuple(notes), n_declared
        self.format = ClipFormat(
            sample_rate_hz=int(decoder.samplerate),
            n_channels=int(decoder.channels),
            coding=decoder.subtype,
            n_samples=n_declared or 0,
        )
        self._decoder = decoder

    @property
    def is_compressed(self) -> bool:
        """Whether only decoding tells that all declared samples are there (flac, mp3)."""
        return getattr(self._decoder, "format", "") in {"FLAC", "MP3"}

    def iter_blocks(
        self, n_samples: int | None = None, *, dtype: str = "float32"
    ) -> Iterator[NDArray[Any]]:
        """Blocks (n, n_channels) of ``n_samples`` samples in order, the last one shorter; once.

        None takes about a megabyte at a time.

        Raises
        ------
        DataError
            If samples cannot be decoded, there are none, or fewer than declared.
        """
        n_read, n_samples = 0, n_samples or BLOCK_VALUES // self.format.n_channels
        while True:
            try:
                block = self._decoder.read(n_samples, dtype=dtype, always_2d=True)
            except (*UNDECODABLE, OSError) as error:
                raise decoding_error(self.path, error, n_read, self.n_declared) from error
            n_read += len(block)
            if len(block) == 0:
                break
            yield block
        self._check_length(n_read)

    def _check_length(self, n_read: int) -> None:
        if n_read == 0:
            raise no_samples(self.path)
        if n_read < self.format.n_samples:
            raise truncated(self.path, self.n_declared, n_read, "samples")


@contextmanager
def open_sound(path: Path, *, raw: RawFormat | None = None) -> Iterator[Sound]:
    """A sound file, opened for the block; ``raw`` is the format of samples without header.

    Raises
    ------
    DataError
        If the file is missing, empty, no sound, truncated, or cannot be decoded here.
    """
    with open_file(path) as file:
        n_file = file.seek(0, io.SEEK_END)
        if n_file == 0:
            raise DataError("empty file (0 bytes)", path=path, advice=RECORD_AGAIN)
        decoder, n_declared, notes = find_decoder(path, file, n_file, raw)
        with closing(decoder):
            library = "libsndfile" if isinstance(decoder, soundfile.SoundFile) else "FFmpeg"
            LOGGER.debug("%s: decoded by %s from %s", path, library, decoder.subtype)
            check_form(path, int(decoder.samplerate), int(decoder.channels))
            yield Sound(path, decoder, n_declared=n_declared, notes=notes)


def decode_values(
    path: Path, *, raw: RawFormat | None = None
) -> tuple[Values, ClipFormat, tuple[str, ...]]:
    """All samples (n_samples, n_channels), the format, and what is odd.

    The samples of 16-bit codings are the integers that they are, others have full scale 1.

    Raises
    ------
    DataError
        As `open_sound` and `Sound.iter_blocks`, or if the scale of the samples is unknown.
    """
    with open_sound(path, raw=raw) as sound:
        n_declared = sound.format.n_samples * sound.format.n_channels
        dtype = "int16" if sound.format.coding == "PCM_16" else "float32"
        blocks = list(bounded(path, sound.iter_blocks(dtype=dtype), n_declared))
        samples: NDArray[Any] = blocks[0] if len(blocks) == 1 else np.concatenate(blocks)
        scale = _scale(sound, [samples])
    if scale.factor != 1.0:
        samples *= np.float32(scale.factor)
    notes = (*sound.notes, *filter(None, [scale.note]))
    return samples, replace(sound.format, n_samples=len(samples)), notes


def iter_scaled(
    path: Path, *, raw: RawFormat | None = None, n_samples: int | None = None
) -> Iterator[Block]:
    """All samples with full scale 1 in constant memory; files that may need a scale are read twice.

    Raises
    ------
    DataError
        As `decode_values`.
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
        As `decode_values`.
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
