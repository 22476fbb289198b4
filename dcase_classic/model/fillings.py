"""What is put in the place of frames that are odd: what the clip is like elsewhere."""

from collections.abc import Sequence

import numpy as np

from dcase_classic.records import Rows


def neighbours(frames: Rows, between: tuple[int, int]) -> Rows:
    """What the clip is like before and behind some frames, mirrored at their edges."""
    first, behind = between
    positions = np.arange(first, behind)
    before = 2 * first - 1 - positions
    after = 2 * behind - 1 - positions
    # the nearer side, where the clip has one
    wanted = np.where(positions - first < behind - positions, before, after)
    other = np.where(wanted == before, after, before)
    is_there = (wanted >= 0) & (wanted < len(frames))
    mirrored = np.clip(np.where(is_there, wanted, other), 0, len(frames) - 1)
    return np.asarray(frames[mirrored])


def bridged(frames: Rows, moments: Sequence[tuple[int, int]]) -> Rows:
    """Frames with neighbours in the place of moments."""
    bridged = frames.copy()
    for moment in moments:
        bridged[slice(*moment)] = neighbours(bridged, moment)
    return bridged


def revived(frames: Rows, dead: Sequence[tuple[int, int]]) -> Rows:
    """The frames with what still sounds, to and fro, in the place of dead spans."""
    is_dead = np.zeros(len(frames), np.bool_)
    for span in dead:
        is_dead[slice(*span)] = True
    living = np.flatnonzero(~is_dead)
    lively = frames.copy()
    for first, behind in dead:
        lively[first:behind] = frames[np.resize([*living[::-1], *living], behind - first)]
    return lively
