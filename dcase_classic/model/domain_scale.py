"""Scores of clips of several domains on one scale.

The limit of ten target clips lies above that of a thousand source clips, since few clips leave more
open. If the larger one held for all clips, those of source would hardly ever alarm, and those of
target would stand before them in every ranking. So the score of a clip is multiplied by what brings
the limit of its domain to the largest one, as far as the views agree on which domain that is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from dcase_classic.config.calibration import USUAL_RATE
from dcase_classic.model.limits import HeldOut, domain_limits
from dcase_classic.records import Scores

Votes = NDArray[np.intp]  # of each clip for each domain group, (n_clips, n_groups)

LARGEST_FACTOR = 4.0  # limits that lie farther apart are no matter of how many clips there were


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DomainScale:
    """What brings the limits of all domains together.

    Attributes
    ----------
    factors : array, shape (n_groups,), from 1 to `LARGEST_FACTOR`.
    """

    factors: Scores

    @classmethod
    def fit(cls, held_out: HeldOut) -> Self | None:
        """Learn from held-out scores; None of a single domain, or where a limit is not above 0.

        The limits are those of the usual rate: scores must not depend on the rate that is asked
        for.
        """
        limits = domain_limits(held_out, USUAL_RATE)
        if len(limits) < 2 or limits.min() <= 0:  # below 0 a factor would do the contrary
            return None
        return cls(factors=np.minimum(limits.max() / limits, LARGEST_FACTOR))

    def clip_factors(self, votes: Votes) -> Scores:
        """The factor of every clip, (n_clips,): that of the domain that all votes are for.

        It falls to 1 where no more than half of the votes agree.
        """
        shares = votes / votes.sum(axis=1, keepdims=True)
        certainty = np.maximum(2 * shares - 1, 0)
        return np.asarray(1 + (certainty * (self.factors - 1)).sum(axis=1))


def all_votes(by_view: Sequence[Votes]) -> Votes:
    """The votes of the views that tell domains apart; those of others would be for all clips."""
    n_groups = max(votes.shape[1] for votes in by_view)
    return np.asarray(np.sum([own for own in by_view if own.shape[1] == n_groups], axis=0))
