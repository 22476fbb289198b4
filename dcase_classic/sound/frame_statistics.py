"""Statistics over time of the frames of segments: what every extractor is made of.

All functions take float32 values (n_segments, n_frames, n_columns). Sums over time are products
with a row of equal weights, the fastest sum there is.
"""

import numpy as np
from numpy.typing import NDArray

from dcase_classic.records import Rows
from dcase_classic.sound.kept import kept

# Below this spread in dB a band counts as constant: float32 rounding near 100 dB is about 1e-5.
CONSTANT_DB = 1e-4
_DERIVATIVE_FRAMES = 9  # what librosa's deltas span by default
_BLOCK_FITS = 64  # a product with a whole clip's matrix would be nearly all zeros


def mean(values: Rows) -> Rows:
    """The mean over time, (n_segments, n_columns), for values near 0; see `centre` for others."""
    product: Rows = np.matmul(_equal_weights(values.shape[1]), values)
    return product[:, 0]


def centre(values: Rows) -> tuple[Rows, Rows]:
    """The values less their mean over time, and that mean, (n_segments, n_columns)."""
    first = values[:, :1]
    # float32 sums near -100 dB are off by 1e-3: a constant band would seem to move
    centred = values - first
    offset = mean(centred)
    centred -= offset[:, np.newaxis]
    return centred, first[:, 0] + offset


def std(centred: Rows) -> Rows:
    """The standard deviation over time, (n_segments, n_columns), of centred values."""
    return np.sqrt(mean(np.square(centred)))


def moments(centred: Rows, *, constant: float = 3.0) -> tuple[Rows, Rows, Rows]:
    """Standard deviation, skewness and kurtosis over time of centred values.

    The biased population moments, each (n_segments, n_columns); a column that does not move has
    skewness 0 and kurtosis ``constant``.
    """
    squared = np.square(centred)
    variance = mean(squared)
    std = np.sqrt(variance)
    is_constant = variance <= CONSTANT_DB**2
    variance[is_constant] = np.inf
    kurtosis = mean(np.square(squared))
    kurtosis /= np.square(variance)
    kurtosis[is_constant] = constant
    squared *= centred
    skewness = mean(squared)
    skewness /= variance * np.sqrt(variance)
    return std, skewness, kurtosis


def steps(values: Rows) -> Rows:
    """Differences between neighbouring frames; a single 0 where there is one frame alone."""
    if values.shape[1] == 1:
        return np.zeros_like(values)
    return values[:, 1:] - values[:, :-1]


def derivative(values: Rows, *, order: int) -> Rows:
    """The local derivative of every frame, of the same shape, per frame (squared for order 2).

    A polynomial of that order is fitted to nine frames around each frame (Savitzky and Golay,
    1964); the first and the last four frames take the fit of the first and the last nine. Fewer
    than nine frames are one fit; 0 where there are too few for one.
    """
    n_frames = values.shape[1]
    n_taps = min(n_frames, _DERIVATIVE_FRAMES)
    n_fits = n_frames - n_taps + 1
    matrix = _derivative_matrix(n_taps, order)
    fits = np.empty((len(values), n_fits, values.shape[2]), np.float32)
    for start in range(0, n_fits, len(matrix)):
        n_each = min(len(matrix), n_fits - start)
        part = values[:, start : start + n_each + n_taps - 1]
        np.matmul(matrix[:n_each, : part.shape[1]], part, out=fits[:, start : start + n_each])
    return fits.take(_nearest_fit(n_frames, n_taps), axis=1)


def percentiles(values: Rows, wanted: list[int]) -> list[Rows]:
    """Percentiles over time, each (n_segments, n_columns), linear between neighbours.

    Parameters
    ----------
    values : array, shape (n_segments, n_frames, n_columns), float32
    wanted : which, in percent.
    """
    # One sort serves all ranks; over contiguous memory it is vectorised, a partition never is.
    ordered = np.ascontiguousarray(values.transpose(0, 2, 1))
    ordered.sort(axis=2)
    values_at = ordered @ _rank_weights(ordered.shape[2], tuple(wanted))
    return [values_at[:, :, rank] for rank in range(len(wanted))]


@kept
def _rank_weights(n_frames: int, percentiles: tuple[int, ...]) -> Rows:
    """What each of the ordered frames counts in each percentile, (n_frames, n_percentiles)."""
    ranks = np.array(percentiles) / 100 * (n_frames - 1)
    frames = np.arange(n_frames)[:, np.newaxis]
    return np.asarray(np.maximum(0, 1 - np.abs(frames - ranks)).astype(np.float32))


@kept
def _nearest_fit(n_frames: int, n_taps: int) -> NDArray[np.intp]:
    """The fit whose middle is nearest to each frame, (n_frames,)."""
    # the polynomial's derivative of its own order is the same at each of its frames
    return np.clip(np.arange(n_frames) - n_taps // 2, 0, n_frames - n_taps)


@kept
def _derivative_matrix(n_taps: int, order: int) -> Rows:
    """The derivatives of a block of fits from their frames: one row of weights, moved along."""
    matrix = np.zeros((_BLOCK_FITS, _BLOCK_FITS + n_taps - 1), np.float32)
    if n_taps > order:
        position = np.arange(n_taps) - (n_taps - 1) / 2
        powers = np.vander(position, order + 1, increasing=True)
        taps = order * np.linalg.pinv(powers)[order]  # order factorial, which is order for 1 and 2
        for row in range(_BLOCK_FITS):
            matrix[row, row : row + n_taps] = taps
    return matrix


@kept
def _equal_weights(n_frames: int) -> Rows:
    """What each frame counts in a mean over time, (1, n_frames)."""
    return np.full((1, n_frames), 1 / max(n_frames, 1), np.float32)
