"""Folds of whole clips, stratified, for held-out scores."""

import numpy as np

from dcase_classic.records import IndexArray


def make_folds(strata: IndexArray, *, n_folds: int, seed: int) -> IndexArray:
    """The fold of every clip, shape (n_clips,); clips of each stratum are spread evenly.

    Folds keep whole clips together: with folds over segments, neighbours of a held-out segment
    stay in training and held-out scores say nothing.

    Parameters
    ----------
    strata : array, shape (n_clips,)
        The group of every clip (its domain), numbered from 0.
    n_folds : wanted number of folds; no more are made than there are clips.
    seed : of the random order within each stratum.

    Raises
    ------
    ValueError
        If there are fewer than two clips.
    """
    if len(strata) < 2:
        raise ValueError(f"training clips: got {len(strata)}, expected at least 2")
    rng = np.random.default_rng(seed)
    shuffled = rng.permutation(len(strata))
    by_stratum = shuffled[np.argsort(strata[shuffled], kind="stable")]
    folds = np.empty(len(strata), dtype=np.intp)
    folds[by_stratum] = np.arange(len(strata)) % min(n_folds, len(strata))
    return folds
