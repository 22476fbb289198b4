"""Where a clip has gone dead: far more quiet than the quietest moment of any normal clip."""

import numpy as np

from dcase_classic.grouping import runs
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
