"""From the anomaly scores of a clip's segments to one score of the clip.

A new pooling is one class and one line in ``POOLINGS``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from dcase_classic.config.setting import check_setting
from dcase_classic.records import IndexArray, Scores
from dcase_classic.wording import counted


class Pooling(Protocol):
    """What every entry of ``POOLINGS`` makes."""

    def pool(self, scores: Scores) -> Scores:
        """One score per clip, (n_clips,), from segment scores (n_clips, n_segments)."""
        ...


@dataclass(frozen=True, slots=True)
class MeanPooling:
    """The mean over segments."""

    def pool(self, scores: Scores) -> Scores:
        """Mean of scores (n_clips, n_segments) over segments."""
        return np.asarray(scores.mean(axis=-1))


@dataclass(frozen=True, slots=True)
class MedianPooling:
    """The median over segments: robust against single loud seconds."""

    def pool(self, scores: Scores) -> Scores:
        """Median of scores (n_clips, n_segments) over segments."""
        ordered, n_segments = np.sort(scores), scores.shape[-1]
        # what numpy's median gives, without the masked arrays that it imports for that
        middle: Scores = ordered[..., (n_segments - 1) // 2] + ordered[..., n_segments // 2]
        return middle / 2


@dataclass(frozen=True, slots=True)
class MaxPooling:
    """The most anomalous segment."""

    def pool(self, scores: Scores) -> Scores:
        """Maximum of scores (n_clips, n_segments) over segments."""
        return np.asarray(scores.max(axis=-1))


@dataclass(frozen=True, slots=True)
class TopKPooling:
    """The mean of the ``k`` most anomalous segments (of all, where a clip has fewer).

    Parameters
    ----------
    k : number of segments; from 1.
    """

    k: int = 3

    def __post_init__(self) -> None:
        """Check the range."""
        check_setting(self.k >= 1, "k", self.k, "at least 1")

    def pool(self, scores: Scores) -> Scores:
        """Mean of the largest ``k`` of scores (n_clips, n_segments) over segments."""
        return np.asarray(np.sort(scores)[..., -self.k :].mean(axis=-1))


@dataclass(frozen=True, slots=True)
class PercentilePooling:
    """A percentile over segments, with linear interpolation.

    Parameters
    ----------
    percentile : in percent; 0 to 100.
    """

    percentile: float = 90.0

    def __post_init__(self) -> None:
        """Check the range."""
        check_setting(0 <= self.percentile <= 100, "percentile", self.percentile, "0 to 100")

    def pool(self, scores: Scores) -> Scores:
        """Percentile of scores (n_clips, n_segments) over segments."""
        return np.asarray(np.percentile(scores, self.percentile, axis=-1))


@dataclass(frozen=True, slots=True)
class RankedPooling:
    """Global weighted ranked pooling: weights ``r ** rank`` from the most anomalous segment down.

    (Kolesnikov and Lampert, 2016.) With ``reference_segments`` r is that of a clip of so many
    segments, and ``r ** (reference_segments / n_segments)`` that of others: a clip played twice
    keeps its share of weighted sound, so that clips of different lengths compare.

    Parameters
    ----------
    r : 0 to 1; 0 is the maximum, 1 the mean.
    reference_segments : from 0; 0 leaves r as it is.
    """

    r: float = 0.5
    reference_segments: int = 10

    def __post_init__(self) -> None:
        """Check the range."""
        check_setting(0 <= self.r <= 1, "r", self.r, "0 to 1")
        n_segments = self.reference_segments
        check_setting(n_segments >= 0, "reference_segments", n_segments, "0 or more")

    def pool(self, scores: Scores) -> Scores:
        """Weighted mean of scores (n_clips, n_segments) over segments."""
        n_segments = scores.shape[-1]
        r = self.r ** (self.reference_segments / n_segments) if self.reference_segments else self.r
        weights = r ** np.arange(n_segments, dtype=float)
        ranked = np.sort(scores)[..., ::-1]
        return np.asarray((ranked * weights).sum(axis=-1) / weights.sum())


POOLINGS: Mapping[str, Callable[..., Pooling]] = {
    "mean": MeanPooling,
    "median": MedianPooling,
    "max": MaxPooling,
    "top_k": TopKPooling,
    "percentile": PercentilePooling,
    "gwrp": RankedPooling,
}


def pool_clips(scores: Scores, clip_index: IndexArray, pooling: Pooling) -> Scores:
    """Scores of clips, (n, n_clips), from those of their segments, (n, n_rows), ordered by clip."""
    counts = np.bincount(clip_index)
    if (counts == counts[0]).all():
        flat = np.ascontiguousarray(scores).reshape(-1, counts[0])
        return np.reshape(_pooled(flat, pooling), (len(scores), len(counts)))
    starts = np.cumsum(counts) - counts
    pooled = np.empty((len(scores), len(counts)))
    for n_segments in set(counts.tolist()):  # clips of one length are pooled by one call
        clips = np.flatnonzero(counts == n_segments)
        segments = np.take(scores, starts[clips, np.newaxis] + np.arange(n_segments), axis=1)
        flat = _pooled(segments.reshape(-1, n_segments), pooling)
        pooled[:, clips] = flat.reshape(len(scores), len(clips))
    return pooled


def _pooled(scores: Scores, pooling: Pooling) -> Scores:
    """The scores of clips, (n_clips,), of segments (n_clips, n_segments)."""
    pooled = np.asarray(pooling.pool(scores))
    if pooled.size != len(scores):
        what = f"pool of {type(pooling).__name__} gave {counted(pooled.size, 'number')}"
        raise ValueError(f"{what}, expected one for each of {counted(len(scores), 'clip')}")
    return pooled
