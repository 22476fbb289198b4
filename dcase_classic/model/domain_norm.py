"""Distances from several domains on one scale.

Two detectors fitted on 990 and on 10 clips are never on one scale: a raw minimum over them scores
every target clip as anomalous. So each domain's distance is standardised by the location and spread
that held-out normal clips of that domain have, and the domain of a clip is told from its
distances, never from its name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from dcase_classic.records import IndexArray, Scores

# The spread of few clips is uncertain: it counts as n clips against this many clips of the pooled
# spread of all groups.
_SHRINKAGE_CLIPS = 20
_SPREAD_FLOOR = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroupDistances:
    """Distances of clips from every domain group.

    Attributes
    ----------
    own : array, shape (n_clips, n_groups)
        The detectors' distances, which become the anomaly.
    nearest : array, shape (n_clips, n_groups), or None
        Distances from the nearest training row of each group: they tell which group a clip belongs
        to, where ``own`` cannot.
    """

    own: Scores
    nearest: Scores | None

    def select(self, clips: IndexArray) -> "GroupDistances":
        """The distances of some clips, by position."""
        nearest = None if self.nearest is None else self.nearest[clips]
        return GroupDistances(own=self.own[clips], nearest=nearest)

    @classmethod
    def join(cls, parts: Sequence["GroupDistances"], order: IndexArray) -> "GroupDistances":
        """Put parts one after the other, row i to position ``order[i]``."""
        inverse = np.argsort(order)
        own = np.concatenate([part.own for part in parts])[inverse]
        nearest = [part.nearest for part in parts if part.nearest is not None]
        return cls(own=own, nearest=np.concatenate(nearest)[inverse] if nearest else None)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DomainNorm:
    """What held-out normal clips say about the distances from each domain group.

    Attributes
    ----------
    location, spread : array, shape (n_groups,)
        Mean and (shrunk) standard deviation of held-out clips' distances from their own group.
    profiles : array, shape (n_groups, n_groups), or None
        Median of the distances of each group's held-out clips from all groups, less their mean over
        the groups: what a clip of the group looks like from all groups. None where the smallest
        standardised distance tells the group.
    """

    location: Scores
    spread: Scores
    profiles: Scores | None

    @classmethod
    def fit(cls, distances: GroupDistances, groups: IndexArray) -> Self:
        """Learn from held-out distances and the group of every clip, (n_clips,), none left out."""
        own = distances.own
        members = [groups == group for group in range(own.shape[1])]
        counts = np.array([is_member.sum() for is_member in members])
        location = np.array([own[is_member, i].mean() for i, is_member in enumerate(members)])
        spread = np.array([own[is_member, i].std() for i, is_member in enumerate(members)])
        pooled = np.sqrt(np.average(spread**2, weights=counts))
        spread = (counts * spread + _SHRINKAGE_CLIPS * pooled) / (counts + _SHRINKAGE_CLIPS)
        spread = np.maximum(spread, _SPREAD_FLOOR)
        if distances.nearest is None:
            return cls(location=location, spread=spread, profiles=None)
        centred = _profile(distances.nearest)
        profiles = np.array([np.median(centred[is_member], axis=0) for is_member in members])
        return cls(location=location, spread=spread, profiles=profiles)

    def anomaly(self, distances: GroupDistances) -> tuple[Scores, IndexArray]:
        """Standardised distance of each clip from the group that it belongs to, and that group.

        Both are arrays of shape (n_clips,); the distances tell the group.
        """
        standardised = (distances.own - self.location) / self.spread
        if distances.nearest is None or self.profiles is None:
            groups = standardised.argmin(axis=1)
        else:
            differences = _profile(distances.nearest)[:, np.newaxis] - self.profiles
            groups = np.square(differences).sum(axis=2).argmin(axis=1)
        return standardised[np.arange(len(groups)), groups], groups


def _profile(distances: Scores) -> Scores:
    return np.asarray(distances - distances.mean(axis=1, keepdims=True))
