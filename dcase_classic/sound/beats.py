"""When a machine beats: moments that stand out of its level as much, again and again."""

import numpy as np

from dcase_classic.grouping import runs
from dcase_classic.records import IndexArray, Rows

FEWEST_BEATS = 4  # of fewer nobody can tell how regular they are
N_UNEVENNESS = 2
UNEVEN_DB = 60.0  # of what does not beat: as far from even as nothing that does
_LEAST_HEIGHT_DB = 4.0  # above the median level; the mean over all bands of noise goes half as far
_LEAST_SHARE = 0.4  # of the height of the fourth highest: what is lower is none of the beats
_NEAR_FRAMES = 3  # what is nearer to a beat belongs to it


def beats_in(frames: Rows) -> IndexArray:
    """The frame of every beat, (n_beats,), of dB frames (n_frames, n_mels); of hums and noise none.

    A beat is where the mean over bands is highest while it is more than 0.4 times as far above its
    median, in dB, as the fourth highest moment is.
    """
    none = np.zeros(0, np.intp)
    height = heights(frames)
    tops = _tops(height, runs(height > _LEAST_HEIGHT_DB))
    if len(tops) < FEWEST_BEATS:
        return none
    least = _LEAST_SHARE * float(np.sort(height[tops])[-FEWEST_BEATS])
    tops = _tops(height, runs(height > max(least, _LEAST_HEIGHT_DB)))
    return tops if len(tops) >= FEWEST_BEATS else none


def heights(frames: Rows) -> Rows:
    """How far the mean over bands of every frame is above the median of all, (n_frames,), in dB."""
    level = frames.mean(axis=1)
    return np.asarray(level - np.median(level))


def _tops(height: Rows, spans: list[tuple[int, int]]) -> IndexArray:
    """The highest frame of every span, (n,); spans that are near each other are one."""
    tops: list[int] = []
    end = -_NEAR_FRAMES - 1
    for first, behind in spans:
        top = first + int(height[first:behind].argmax())
        if first - end > _NEAR_FRAMES:
            tops.append(top)
        elif height[top] > height[tops[-1]]:
            tops[-1] = top
        end = behind
    return np.array(tops, np.intp)


def intervals_db(beats: IndexArray) -> Rows:
    """How much longer than the median every interval is, (n_beats - 1,), as 20 log10 of the ratio.

    1 is an eighth longer, 6 twice as long.
    """
    intervals = np.diff(beats)
    return np.asarray(20 * np.log10(intervals / np.median(intervals)), np.float32)


def unevenness(frames: Rows) -> Rows:
    """How much longer the longest, and shorter the shortest interval between beats is, (2,), in dB.

    See `intervals_db`; ``UNEVEN_DB`` where nothing beats.
    """
    beats = beats_in(frames)
    if not len(beats):
        return np.full(N_UNEVENNESS, UNEVEN_DB, np.float32)
    longer = intervals_db(beats)
    return np.array([longer.max(), -longer.min()], np.float32)
