"""Operating conditions of training clips: finer groups than domains, where attributes are known."""

from collections.abc import Sequence

import numpy as np

from dcase_classic.records import IndexArray

# The mean of fewer clips is too uncertain to be taken off them.
_SMALLEST_CONDITION_CLIPS = 5


def number_conditions(attributes: Sequence[str]) -> IndexArray:
    """A number from 0 for every clip, (n_clips,), equal for equal attributes."""
    return np.unique(attributes, return_inverse=True)[1].astype(np.intp)


def condition_groups(domains: IndexArray, conditions: IndexArray) -> IndexArray:
    """Groups of clips of one domain and condition, (n_clips,), numbered from 0 without gaps.

    Clips of a condition that is too rare stay with those of their domain that are too rare as well.

    Parameters
    ----------
    domains, conditions : array, shape (n_clips,), numbered from 0
    """
    pairs = domains * (conditions.max() + 1) + conditions
    counts = np.bincount(pairs)[pairs]
    is_rare = counts < _SMALLEST_CONDITION_CLIPS
    pairs = np.where(is_rare, -1 - domains, pairs)
    return np.unique(pairs, return_inverse=True)[1].astype(np.intp)
