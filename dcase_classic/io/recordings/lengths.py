"""How long the recordings of a machine are, as their headers tell."""

from collections.abc import Iterator, Sequence
from contextlib import suppress

import numpy as np

from dcase_classic.config.configuration import SHORTEST_S
from dcase_classic.errors import DataError
from dcase_classic.io.recordings.decoding import open_sound
from dcase_classic.io.recordings.limits import naming_unusable
from dcase_classic.records import Clip

_MOST_CLIPS = 101  # 20 ms of reading; the clips of a machine have one length, or a few


def median_duration_s(clips: Sequence[Clip]) -> float | None:
    """The median length in seconds of up to 101 clips, spread evenly; None if none can be read.

    Files that hold no sound, as recorders leave them that were stopped at once, tell nothing.
    """
    chosen = np.linspace(0, len(clips) - 1, min(len(clips), _MOST_CLIPS)).round().astype(int)
    durations_s = []
    for clip in (clips[position] for position in chosen):
        with suppress(DataError), naming_unusable(clip.path):
            durations_s.append(duration_s(clip))
    lengths_s = [length_s for length_s in durations_s if length_s >= SHORTEST_S]
    return float(np.median(lengths_s)) if lengths_s else None


def duration_s(clip: Clip) -> float:
    """The length of a clip in seconds.

    Raises
    ------
    DataError
        If a file is missing, or no sound.
    """
    return sum(_lengths_s(clip))


def _lengths_s(clip: Clip) -> Iterator[float]:
    """The lengths of the files of a clip in seconds; those that no header tells are decoded."""
    if clip.samples is not None:
        yield len(clip.samples.values) / clip.samples.sample_rate_hz
        return
    for path in clip.files:
        with open_sound(path, raw=clip.raw) as sound:
            n_samples = sound.n_declared
            if n_samples is None:
                n_samples = sum(map(len, sound.iter_blocks()))
            yield n_samples / sound.format.sample_rate_hz
