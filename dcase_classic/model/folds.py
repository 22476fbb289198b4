"""Folds of whole clips, stratified, for held-out scores."""

import numpy as np

from dcase_classic.records import IndexArray

# Recordings that follow each other resemble each other. A held-out clip whose neighbours in time
# are in training looks more normal than any new recording will, and the threshold comes out low.
_RUNS_PER_FOLD = 4


def make_folds(strata: IndexArray, *, n_folds: int, seed: int) -> IndexArray:
    """The fold of every clip, shape (n_clips,); runs of each stratum are spread evenly.

    Folds keep whole clips together: with folds over segments, neighbours of a held-out segment
    stay in training and held-out scores say nothing. For the same reason they keep runs of clips
    together that follow each other: a fold gets four runs of each stratum, or single clips of a
    stratum of fewer than four clips for each fold (blocked cross-validation: Roberts et al., 2017).

    Parameters
    ----------
    strata : array, shape (n_clips,)
        The group of every clip (its domain), numbered from 0; clips in the order of their names,
        which usually is that of the recordings.
    n_folds : wanted number of folds; no more are made than there are clips.
    seed : of the random order of runs within each stratum.

    Raises
    ------
    ValueError
        If there are fewer than two clips.
    """
    if len(strata) < 2:
        raise ValueError(f"training clips: got {len(strata)}, expected at least 2")
    n_folds = min(n_folds, len(strata))
    rng = np.random.default_rng(seed)
    folds = np.empty(len(strata), dtype=np.intp)
    n_dealt = 0
    for stratum in range(strata.max() + 1):
        clips = np.flatnonzero(strata == stratum)
        n_runs = min(len(clips), _RUNS_PER_FOLD * n_folds)
        fold_of_run = (n_dealt + rng.permutation(n_runs)) % n_folds
        folds[clips] = fold_of_run[np.arange(len(clips)) * n_runs // len(clips)]
        n_dealt += n_runs
    return folds
