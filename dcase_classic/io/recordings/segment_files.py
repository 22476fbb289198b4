"""The files of segments: samples exactly as they were recorded, and mel spectrograms."""

import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from dcase_classic.io.files import replacing_unsynced
from dcase_classic.io.recordings.decoding import decode_values, find_scale, open_sound
from dcase_classic.io.recordings.prepared import SEGMENTS, SPECTROGRAMS, SegmentRow
from dcase_classic.io.temporary import remove_leftovers

# Sample formats that a wav segment keeps; the value is the type that carries the samples exactly.
_KEPT = {
    "PCM_U8": "int32",
    "PCM_16": "int32",
    "PCM_24": "int32",
    "PCM_32": "int32",
    "FLOAT": "float32",
    "DOUBLE": "float64",
}
# Signed bytes do not exist in wav, u-law and A-law expand to 16 bit; all others decode to floats.
_REPLACED = {"PCM_S8": "PCM_U8", "ULAW": "PCM_16", "ALAW": "PCM_16"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExactSamples:
    """All samples as they are in a file, (n_samples, n_channels), and the coding to keep them."""

    values: NDArray[np.generic]
    coding: str


def read_exact(path: Path) -> ExactSamples:
    """The samples of a file in a type that carries them without loss.

    Raises
    ------
    DataError
        If the file cannot be read, or the scale of its samples is unknown.
    """
    if find_scale(path).factor != 1.0:  # kept as the clip is scored
        return ExactSamples(values=decode_values(path)[0], coding="FLOAT")
    with open_sound(path) as sound:
        coding = _REPLACED.get(sound.format.coding, sound.format.coding)
        coding = coding if coding in _KEPT else "FLOAT"
        blocks = list(sound.iter_blocks(dtype=_KEPT[coding]))
        return ExactSamples(values=np.concatenate(blocks), coding=coding)


def write_segment(
    out: Path, row: SegmentRow, recording: ExactSamples, frames: NDArray[np.float32]
) -> SegmentRow:
    """Write the samples of a segment, and its spectrogram as (n_mels, n_frames), as librosa has it.

    Parameters
    ----------
    out : the prepared folder; that of machine and split is there.
    row : which samples of the recording.
    recording : all samples of the clip.
    frames : the spectrogram, (n_frames, n_mels).

    Returns
    -------
    SegmentRow
        With the hashes of both files.
    """
    samples = recording.values[row.start_sample : row.start_sample + row.n_samples]
    audio, spectrogram = io.BytesIO(), io.BytesIO()
    soundfile.write(audio, samples, row.sample_rate_hz, format="WAV", subtype=recording.coding)
    np.save(spectrogram, np.ascontiguousarray(frames.T))
    return replace(
        row,
        segment_sha256=_write_unsynced(row.segment_path(out), audio),
        spectrogram_sha256=_write_unsynced(row.spectrogram_path(out), spectrogram),
    )


def size_and_time_ns(path: Path) -> tuple[int, int]:
    """What tells at a glance whether a recording is still the one that was cut."""
    state = path.stat()
    return state.st_size, state.st_mtime_ns


def make_folders(out: Path, machine_type: str, split: str) -> None:
    """Make the folders that segments of a machine and split are written to, and tidy them."""
    for folder in (SEGMENTS, SPECTROGRAMS):
        below = out / folder / machine_type / split
        below.mkdir(parents=True, exist_ok=True)
        remove_leftovers(below)


def remove_stale(out: Path, machine_type: str, split: str, rows: Iterable[SegmentRow]) -> None:
    """Remove segments of clips that are gone or stand in another row now."""
    stems = {row.stem for row in rows}
    for folder in (SEGMENTS, SPECTROGRAMS):
        for path in (out / folder / machine_type / split).glob("index=*__segment_id=*"):
            if path.stem not in stems:
                path.unlink(missing_ok=True)


def _write_unsynced(path: Path, content: io.BytesIO) -> str:
    """Write a file into a folder that is there, by way of a temporary name; its SHA-256.

    Nothing waits for the disk, unlike in ``io.files``: there are ten thousands of files, and the
    hashes in the index, which is written after them, tell whether each is whole.
    """
    with replacing_unsynced(path) as temporary:
        temporary.write_bytes(content.getbuffer())
    return hashlib.sha256(content.getbuffer()).hexdigest()
