"""From the anomaly of several views to one score: a tree of means, and one rule at its top.

Views form families (views of the same kind), families form groups. The scores of views become
robust z scores of held-out clips; the views of a family are averaged and scaled again, the families
of a group are averaged and scaled again, and a rule combines the groups. A new rule is one class
and one line in ``FUSIONS``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, Self

import numpy as np

from dcase_classic.config.setting import check_setting
from dcase_classic.config.view import ViewConfig
from dcase_classic.model.row_products import row_by_row_products
from dcase_classic.records import Scores

MAD_TO_STD = 1.4826  # of a normal distribution
# Beyond about this many standard deviations a score counts with its logarithm, so that no view can
# silence the others; a hard limit would make ties.
_LINEAR_STDS = 5.0


class Fusion(Protocol):
    """What every entry of ``FUSIONS`` makes.

    ``needs_peakiness`` tells whether the weights depend on the level of the training clips.
    """

    needs_peakiness: ClassVar[bool]

    def weights(self, groups: Sequence[str], peakiness: float | None) -> Scores:
        """The share of every group, (n_groups,), sum 1.

        Raises
        ------
        ValueError
            If the rule names a group that there is not.
        """
        ...

    def fuse(self, scores: Scores, weights: Scores) -> Scores:
        """One score per clip, (n_clips,), from comparable group scores (n_clips, n_groups)."""
        ...

    def parts(self, scores: Scores, weights: Scores) -> Scores:
        """What every group adds to the fused score, (n_clips, n_groups)."""
        ...


@dataclass(frozen=True, slots=True)
class MeanFusion:
    """The mean over groups."""

    needs_peakiness: ClassVar[bool] = False

    def weights(self, groups: Sequence[str], peakiness: float | None) -> Scores:
        """The same share for every group."""
        return np.full(len(groups), 1 / len(groups))

    def fuse(self, scores: Scores, weights: Scores) -> Scores:
        """Weighted mean of scores (n_clips, n_groups) over groups."""
        return row_by_row_products(scores, weights[:, np.newaxis])[:, 0]

    def parts(self, scores: Scores, weights: Scores) -> Scores:
        """Each score times its weight."""
        return scores * weights


@dataclass(frozen=True, slots=True)
class MaxFusion(MeanFusion):
    """The most anomalous group."""

    def fuse(self, scores: Scores, weights: Scores) -> Scores:
        """Maximum of scores (n_clips, n_groups) over groups."""
        return np.asarray(scores.max(axis=1))

    def parts(self, scores: Scores, weights: Scores) -> Scores:
        """All is the first largest one's."""
        is_largest = np.arange(scores.shape[1]) == scores.argmax(axis=1)[:, np.newaxis]
        return np.where(is_largest, scores, 0.0)


@dataclass(frozen=True, slots=True)
class Gate(MeanFusion):
    """A mean over groups whose weights follow the peakiness of the machine's normal clips.

    With peakiness p (see `features_clip.LevelKurtosis`), the group ``impulsive`` has the share
    ``a = floor + (1 - 2 floor) / (1 + exp(-(p - centre) / width))``; the others share the rest.

    Parameters
    ----------
    impulsive : name of the group for machines of rare, loud events.
    floor : the smallest share of either side, 0 to 0.5; no view is ever silenced.
    centre : the peakiness of equal shares; any number.
    width : how smoothly the gate opens around the centre; more than 0.
    """

    impulsive: str = "impulsive"
    floor: float = 0.02
    centre: float = 6.0
    width: float = 2.0

    needs_peakiness: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Check the ranges."""
        check_setting(0 <= self.floor <= 0.5, "floor", self.floor, "0 to 0.5")
        check_setting(0 < self.width < np.inf, "width", self.width, "more than 0")

    def weights(self, groups: Sequence[str], peakiness: float | None) -> Scores:
        """The share of every group, (n_groups,), sum 1.

        Raises
        ------
        ValueError
            If there is no group of the name, no other one, or no peakiness.
        """
        if self.impulsive not in groups or len(groups) < 2 or peakiness is None:
            raise ValueError(
                f"gate: got groups {', '.join(groups)} and peakiness {peakiness}, expected a group "
                f"{self.impulsive!r}, another one, and a number"
            )
        openness = (1 + np.tanh((peakiness - self.centre) / (2 * self.width))) / 2
        share = self.floor + (1 - 2 * self.floor) * openness
        others = (1 - share) / (len(groups) - 1)
        return np.array([share if group == self.impulsive else others for group in groups])


FUSIONS: Mapping[str, Callable[..., Fusion]] = {"mean": MeanFusion, "max": MaxFusion, "gate": Gate}


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
        spread = np.where(mad > 0, MAD_TO_STD * mad, scores.std(axis=0))
        return cls(median=median, spread=np.where(spread > 0, spread, 1.0))

    def transform(self, scores: Scores) -> Scores:
        """Robust z scores, (n_clips, n_views)."""
        return np.asarray((scores - self.median) / self.spread)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Averaging:
    """One level of the tree: scores are scaled, compressed, and averaged.

    Attributes
    ----------
    scale : of the scores that come in.
    shares : array, shape (n_in, n_out)
        The weights of the means; every column has the sum 1.
    """

    scale: RobustScale
    shares: Scores

    @classmethod
    def fit(cls, scores: Scores, owners: Sequence[object], weights: Sequence[float]) -> Self:
        """Learn the scale; scores (n_clips, n_in) with equal owners are averaged."""
        outs = list(dict.fromkeys(owners))
        shares = np.array([[owner == out for out in outs] for owner in owners], dtype=float)
        shares *= np.array(weights)[:, np.newaxis]
        return cls(scale=RobustScale.fit(scores), shares=shares / shares.sum(axis=0))

    def transform(self, scores: Scores) -> Scores:
        """Means (n_clips, n_out) of scores (n_clips, n_in)."""
        return row_by_row_products(compress(self.scale.transform(scores)), self.shares)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FusionModel:
    """The fitted tree of one machine.

    Attributes
    ----------
    families : from view scores to families.
    groups : from families to groups.
    top : makes group scores comparable.
    fusion, weights : the rule that combines groups, and the share of each, (n_groups,).
    names : of the groups.
    peakiness : of the training clips, if the rule depends on it.
    """

    families: Averaging
    groups: Averaging
    top: RobustScale
    fusion: Fusion
    weights: Scores
    names: tuple[str, ...]
    peakiness: float | None

    @property
    def group_weights(self) -> dict[str, float]:
        """The share of every group by its name."""
        return dict(zip(self.names, self.weights.tolist(), strict=True))

    @classmethod
    def fit(
        cls,
        scores: Scores,
        views: Sequence[ViewConfig],
        fusion: Fusion,
        *,
        peakiness: float | None = None,
    ) -> Self:
        """Learn from held-out view scores (n_clips, n_views).

        Raises
        ------
        ValueError
            If the rule names a group that no view belongs to.
        """
        owners = [view.own_family for view in views]
        families = Averaging.fit(scores, owners, [view.weight for view in views])
        scores = families.transform(scores)
        group_of_family = [group for group, _ in dict.fromkeys(owners)]
        groups = Averaging.fit(scores, group_of_family, [1.0] * len(group_of_family))
        names = tuple(dict.fromkeys(group_of_family))
        return cls(
            families=families,
            groups=groups,
            top=RobustScale.fit(groups.transform(scores)),
            fusion=fusion,
            weights=fusion.weights(names, peakiness),
            names=names,
            peakiness=peakiness,
        )

    def fuse(self, scores: Scores) -> Scores:
        """One score per clip, (n_clips,), from view scores (n_clips, n_views)."""
        groups = self.groups.transform(self.families.transform(scores))
        return self.fusion.fuse(self.top.transform(groups), self.weights)

    def parts(self, scores: Scores) -> Scores:
        """What every family adds to the score, (n_clips, n_families), from (n_clips, n_views).

        The score of a group, less what it is for usual clips, is shared out among its families as
        they enter their mean; the parts of a clip sum to its score.
        """
        shares = self.groups.shares
        families = self.families.transform(scores)
        compressed = compress(self.groups.scale.transform(families))
        top = self.top.transform(row_by_row_products(compressed, shares))
        group_parts = self.fusion.parts(top, self.weights)
        # part of a group = slope * (mean of its families - usual mean)
        slopes = np.divide(group_parts, top, out=np.zeros_like(top), where=top != 0)
        owners = shares.argmax(axis=1)
        own_shares = shares[np.arange(len(shares)), owners]
        centred = (compressed - self.top.median[owners]) * own_shares / self.top.spread[owners]
        return np.asarray(centred * slopes[:, owners])


def compress(scores: Scores) -> Scores:
    """``5 asinh(z / 5)``: z for usual scores, logarithmic for wild ones, never a tie."""
    return np.asarray(_LINEAR_STDS * np.arcsinh(scores / _LINEAR_STDS))
