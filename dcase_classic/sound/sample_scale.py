"""Samples that are not in [-1, 1]: recognised, scaled by a stated rule, or refused with a cure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dcase_classic.errors import DataError

# Float files may rightly exceed full scale: a converter leaves headroom of up to 18 dB.
_HEADROOM = 8.0
_INTEGER_SCALES = {16: 2.0**15, 24: 2.0**23, 32: 2.0**31}
# A 32-bit file whose largest value is below 2 ** 15 holds 16-bit values: its upper half is unused.
_LOW_HALF = 2.0**-16


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRange:
    """The extremes of the samples of a file, and whether all are whole numbers.

    ``is_whole`` is about values as they stand in the file.
    """

    peak: float = 0.0
    is_whole: bool = True

    def including(self, block: NDArray[np.float32]) -> "SampleRange":
        """The range with that of ``block`` (any shape) in it; NaN and infinity stay."""
        if block.size == 0:
            return self
        with np.errstate(invalid="ignore"):  # a NaN of the signalling kind is one like others
            peak = float(np.maximum(self.peak, np.abs(block).max()))
            is_whole = self.is_whole and bool(np.array_equal(block, np.round(block)))
        return SampleRange(peak=peak, is_whole=is_whole)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleScale:
    """What samples are multiplied by, and what is said about it (empty for nothing)."""

    factor: float = 1.0
    note: str = ""


def choose_scale(coding: str, extremes: SampleRange) -> SampleScale:
    """How the samples of a file become values of full scale 1.

    Float samples up to 8 stay as they are. Larger ones are divided by 2 ** 15, 2 ** 23 or 2 ** 31,
    the smallest that holds them, where all are whole numbers. 32-bit integers that use 16 bits only
    are multiplied by 2 ** 16.

    Parameters
    ----------
    coding : libsndfile's name.
    extremes : the range of all samples, as libsndfile gives them.

    Raises
    ------
    DataError
        If no rule fits float samples.
    """
    if coding == "PCM_32" and 0 < extremes.peak <= _LOW_HALF:
        return SampleScale(factor=2.0**16, note="16-bit values in a 32-bit file, scaled by 65536")
    if (
        coding not in {"FLOAT", "DOUBLE"}
        or not extremes.peak > 1.0
        or not np.isfinite(extremes.peak)
    ):
        return SampleScale()
    if extremes.peak <= _HEADROOM:
        return SampleScale(note=f"float samples up to {extremes.peak:.2f}: above full scale")
    for n_bits, scale in _INTEGER_SCALES.items():
        if extremes.is_whole and extremes.peak <= scale:
            return SampleScale(
                factor=1 / scale,
                note=f"{n_bits}-bit values in a float file, divided by {scale:.0f}",
            )
    raise DataError(
        f"float samples up to {extremes.peak:.6g}, expected -1 to 1 or whole numbers",
        advice="export it again as 16-bit wav",
    )
