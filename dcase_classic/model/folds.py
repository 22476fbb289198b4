"""Folds of whole clips, stratified, for held-out scores."""

import numpy as np

from dcase_classic.records import IndexArray

# Recordings that follow each other resemble each other. A held-out clip whose neighbours in time
# are in training looks more normal than any new recording will, and the threshold comes out low.
_RUNS_PER_FOLD = 4


def make_folds(
    strata: IndexArray, *, n_folds: int, seed: int, sessions: IndexArray | None = None
) -> IndexArray:
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
    sessions : array, shape (n_clips,), or None
        The session of every clip, numbered from 0: those of a stratum are held out as wholes, so
        that a held-out score is that of a session which nobody has heard. A stratum of a single
        one is cut into runs all the same; what that says about other sessions is nothing.

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
        n_sessions = 1 if sessions is None else len(np.unique(sessions[clips]))
        if sessions is not None and n_sessions > 1:
            folds[clips] = _deal_sessions(sessions[clips], n_folds, rng, first=n_dealt)
            n_dealt += n_sessions
            continue
        n_runs = min(len(clips), _RUNS_PER_FOLD * n_folds)
        fold_of_run = (n_dealt + rng.permutation(n_runs)) % n_folds
        folds[clips] = fold_of_run[np.arange(len(clips)) * n_runs // len(clips)]
        n_dealt += n_runs
    return np.unique(folds, return_inverse=True)[1].astype(np.intp)  # no fold is empty


def _deal_sessions(
    sessions: IndexArray, n_folds: int, rng: "np.random.Generator", *, first: int
) -> IndexArray:
    """The fold of every clip: whole sessions, the largest first, each to the emptiest fold.

    Folds of equal size start with number ``first``, so that small strata do not share one fold.
    """
    _, numbers, counts = np.unique(sessions, return_inverse=True, return_counts=True)
    drawn = rng.permutation(len(counts))
    fold_of_session = np.empty(len(counts), dtype=np.intp)
    sizes = np.zeros(n_folds, dtype=np.intp)
    turn = (np.arange(n_folds) - first) % n_folds
    for session in drawn[np.argsort(-counts[drawn], kind="stable")]:
        fold = np.lexsort((turn, sizes))[0]
        fold_of_session[session] = fold
        sizes[fold] += counts[session]
    return np.asarray(fold_of_session[numbers])
