"""Where the segments of a clip lie, in samples and in spectrogram frames.

Every part of a clip is used: segments are spread evenly from its beginning to its end, at most a
hop apart. A clip shorter than one segment is one segment.
"""

import numpy as np

from dcase_classic.records import IndexArray, Rows
from dcase_classic.wording import counted


def segment_bounds(n_samples: int, *, length_samples: float, hop_samples: float) -> IndexArray:
    """First sample and end of every segment, shape (n_segments, 2).

    Parameters
    ----------
    n_samples : length of the clip.
    length_samples, hop_samples : length and distance of the segments; ``inf`` for the whole clip.

    Raises
    ------
    ValueError
        If a length is less than a sample.

    Examples
    --------
    >>> segment_bounds(30, length_samples=10, hop_samples=10).tolist()
    [[0, 10], [10, 20], [20, 30]]
    >>> segment_bounds(25, length_samples=10, hop_samples=10).tolist()
    [[0, 10], [8, 18], [15, 25]]
    """
    if n_samples < 1 or length_samples < 1 or hop_samples < 1:
        raise ValueError(
            f"segments: got {counted(n_samples, 'sample')}, length "
            f"{length_samples}, hop {hop_samples}, "
            "expected at least 1 of each"
        )
    if n_samples <= length_samples:
        return np.array([[0, n_samples]], dtype=np.intp)
    length = round(length_samples)  # 1.001 s times 16 kHz is 16015.999...
    hop = round(min(hop_samples, n_samples))
    n_steps = -(-(n_samples - length) // hop)
    starts = (np.arange(n_steps + 1) * (n_samples - length) / max(n_steps, 1)).round()
    starts = starts.astype(np.intp)
    return np.column_stack((starts, starts + length))


def segment_frames(
    bounds: IndexArray, *, n_frames: int, hop_samples: int, middle_samples: float
) -> tuple[IndexArray, int]:
    """First frame of every segment, shape (n_segments,), and the number of frames of each.

    A frame belongs to the segment that holds its middle. All segments of a clip get the same number
    of frames, the largest that fits wherever a segment starts (31 for 1 s at 16 kHz and hop 512),
    so that they can be stacked; a whole clip gets all its frames.

    Parameters
    ----------
    bounds : array, shape (n_segments, 2)
    n_frames, hop_samples : number and distance of the frames of the clip's spectrogram.
    middle_samples : where the first has its middle: at half its length, or at 0 if it is padded.
    """
    length = int(bounds[0, 1] - bounds[0, 0])
    n_each = min(max(length // hop_samples, 1), n_frames)
    first = np.ceil((bounds[:, 0] - middle_samples) / hop_samples).astype(np.intp)
    return np.clip(first, 0, n_frames - n_each), n_each


def stack_segments(frames: Rows, first: IndexArray, n_each: int) -> Rows:
    """The frames of every segment: (n_frames, n_bands) to (n_segments, n_each, n_bands)."""
    if len(first) == 1:  # no copy of a whole clip
        return frames[np.newaxis, first[0] : first[0] + n_each]
    return np.asarray(frames[first[:, np.newaxis] + np.arange(n_each)])
