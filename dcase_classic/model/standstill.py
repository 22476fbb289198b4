"""Where a clip has gone dead: far more quiet than the quietest moment of any normal clip."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dcase_classic.model.normal_sound import NormalSound
from dcase_classic.records import Rows
from dcase_classic.sound.portrait import LOUDEST, MOMENT_FRAMES, QUIETEST, PortraitColumns

_LENGTH = 1  # of moments: a quarter of a second; shorter ones are moments like others
_BELOW_DB = 20.0  # of the range of normal clips: what only runs more softly is not dead
_MOST_SHARE = 0.8  # of a clip: where more is quiet, the rest is what stands out


def dead_spans(frames: Rows, normal: NormalSound) -> list[tuple[int, int]]:
    """The spans in which nothing is heard any more, the longest first; none of most clips.

    The loudest moment of a clip stands for the machine as it sounds, for what is dead belongs
    neither to its level nor to its gain.

    Parameters
    ----------
    frames : array, shape (n_frames, n_mels), the spectrogram that portraits are made of.
    normal : what normal clips have in common.
    """
    n_frames, n_mels = frames.shape
    length = MOMENT_FRAMES[_LENGTH]
    if n_frames < length:
        return []
    loudest = PortraitColumns.from_row(normal.most).moments[_LENGTH, LOUDEST, :n_mels]
    quietest = PortraitColumns.from_row(normal.least).moments[_LENGTH, QUIETEST, :n_mels]
    levels = np.median(frames, axis=1)
    top = np.convolve(levels, np.full(length, 1 / length), "valid").max()
    lowest = top - np.median(loudest - quietest)
    is_dead = levels < lowest - _BELOW_DB
    # with the frames at its ends, which are dead in part
    spans = [span for span in runs(levels < lowest) if is_dead[slice(*span)].sum() >= length]
    n_dead = sum(behind - first for first, behind in spans)
    if n_dead > _MOST_SHARE * n_frames:
        return []
    return sorted(spans, key=lambda span: span[0] - span[1])


def revived(frames: Rows, dead: Sequence[tuple[int, int]]) -> Rows:
    """The frames with what still sounds, to and fro, in the place of dead spans."""
    is_dead = np.zeros(len(frames), np.bool_)
    for span in dead:
        is_dead[slice(*span)] = True
    living = np.flatnonzero(~is_dead)
    lively = frames.copy()
    for first, behind in dead:
        lively[first:behind] = frames[np.resize([*living[::-1], *living], behind - first)]
    return lively


def runs(is_in: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """All runs of neighbours that are in: the first of each, and the one behind it."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], is_in, [False]))))
    return [(int(first), int(behind)) for first, behind in edges.reshape(-1, 2)]
