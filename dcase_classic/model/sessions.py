"""Which promise held-out scores make: of the sessions of training, or of new ones."""

from collections.abc import Sequence

import numpy as np

from dcase_classic.records import IndexArray

# The clips of two sessions would each be judged by half of what is known.
FEWEST_FOR_NEW = 3
NO_SESSION = -1


def number_sessions(names: Sequence[str] | None, n_clips: int) -> IndexArray:
    """The session of every clip as a number from 0, (n_clips,); all `NO_SESSION` where one is."""
    if names is None or not all(names):
        return np.full(n_clips, NO_SESSION, np.intp)
    return np.unique(names, return_inverse=True)[1].astype(np.intp)


def count_sessions(sessions: IndexArray) -> int | None:
    """The number of sessions of some clips; None where they are not known."""
    return None if NO_SESSION in sessions else len(np.unique(sessions))


def is_for_new(sessions: IndexArray, domains: IndexArray, wanted: str) -> bool:
    """Whether whole sessions are held out.

    Parameters
    ----------
    sessions, domains : array, shape (n_clips,), the number of each clip's.
    wanted : ``new`` where a domain has two sessions, ``same`` never, ``auto`` where one has three.
    """
    counts = [count_sessions(sessions[domains == domain]) or 0 for domain in np.unique(domains)]
    fewest = {"new": 2, "auto": FEWEST_FOR_NEW}
    return wanted in fewest and max(counts) >= fewest[wanted]
