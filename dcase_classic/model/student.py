"""Quantiles of Student's t, which `scipy.special` has too and takes 0.1 s to import."""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

_BISECTIONS = 64
_N_TERMS = 1_000
_NEAR = 0.05  # from here on so many terms of the other series, which nothing cancels, are enough
_N_STEPS = 50  # up to where the expansion of the ratio of gamma functions is exact


@lru_cache(maxsize=1024)  # the same few numbers of clips and rates come again and again
def student_quantile(freedom: float, probability: float) -> float:
    """What values of Student's t stay below with a probability.

    By bisection of the incomplete beta function (Abramowitz and Stegun, 26.5.4 and 26.7.1); to
    1e-12 for probabilities from 1e-4 to 1 - 1e-4, to 1e-7 farther out.

    Parameters
    ----------
    freedom : degrees of freedom, 1 or more, not only whole ones.
    probability : in (0, 1); infinite where it is so near to 1 that it is rounded to 1.

    Examples
    --------
    >>> round(student_quantile(9, 0.95), 4)
    1.8331
    """
    outside = 2 * min(probability, 1 - probability)
    low, high = 0.0, 1.0
    if outside == 0:
        return math.inf
    while _share_outside(high, freedom) > outside:
        low, high = high, 2 * high
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        is_low = _share_outside(middle, freedom) > outside
        low, high = (middle, high) if is_low else (low, middle)
    return math.copysign(low, probability - 0.5)


def _share_outside(value: float, freedom: float) -> float:
    """The probability of values of Student's t that are farther from 0 than this one."""
    half, square = freedom / 2, value**2
    near, far = square / (freedom + square), freedom / (freedom + square)
    far_power = math.exp(-half * math.log1p(square / freedom))
    factor = _gamma_ratio(half) * math.sqrt(near / math.pi) * far_power
    steps = np.arange(_N_TERMS)
    if near < _NEAR:
        return 1 - 2 * factor * _series(near * (half + 0.5 + steps) / (1.5 + steps))
    return factor / half * _series(far * (half + 0.5 + steps) / (half + 1 + steps))


def _series(ratios: NDArray[np.float64]) -> float:
    """The sum of terms of which the first is 1, from the ratio of each to the one before it."""
    return 1 + float(np.cumprod(ratios).sum())


def _gamma_ratio(number: float) -> float:
    """The gamma function a half above a number, over that at the number."""
    steps, last = number + np.arange(_N_STEPS), number + _N_STEPS
    expansion = math.exp(-1 / (8 * last) + 1 / (192 * last**3) - 1 / (640 * last**5))
    return math.sqrt(last) * expansion * float(np.prod(steps / (steps + 0.5)))
