"""From the anomaly of several views to one score: a common scale, then a simple rule.

A new rule is one class and one line in ``FUSIONS``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]

_MAD_TO_STD = 1.4826  # of a normal distribution


class Fusion(Protocol):
    """What every entry of ``FUSIONS`` makes."""

    def fuse(self, scores: Scores) -> Scores:
        """One score per clip, (n_clips,), from calibrated view scores (n_clips, n_views)."""
        ...


@dataclass(frozen=True, slots=True)
class MeanFusion:
    """The mean over views."""

    def fuse(self, scores: Scores) -> Scores:
        """Mean of scores (n_clips, n_views) over views."""
        return np.asarray(scores.mean(axis=1))


@dataclass(frozen=True, slots=True)
class MaxFusion:
    """The most anomalous view."""

    def fuse(self, scores: Scores) -> Scores:
        """Maximum of scores (n_clips, n_views) over views."""
        return np.asarray(scores.max(axis=1))


FUSIONS: Mapping[str, Callable[..., Any]] = MappingProxyType({"mean": MeanFusion, "max": MaxFusion})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RobustScale:
    """Location and spread of held-out scores, by median and median absolute deviation.

    Attributes
    ----------
    median, spread : array, shape (n_views,)
    """

    median: Scores
    spread: Scores

    @classmethod
    def fit(cls, scores: Scores) -> Self:
        """Learn from held-out scores (n_clips, n_views)."""
        median = np.median(scores, axis=0)
        mad = np.median(np.abs(scores - median), axis=0)
        # Half of the clips may score the same: then the standard deviation, or no scaling at all.
        spread = np.where(mad > 0, _MAD_TO_STD * mad, scores.std(axis=0))
        return cls(median=median, spread=np.where(spread > 0, spread, 1.0))

    def transform(self, scores: Scores) -> Scores:
        """Robust z scores, (n_clips, n_views)."""
        return np.asarray((scores - self.median) / self.spread)
