"""Items put together by what they have in common."""

from collections.abc import Iterable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Key = TypeVar("Key")
Item = TypeVar("Item")


def grouped(pairs: Iterable[tuple[Key, Item]]) -> dict[Key, list[Item]]:
    """The items of every key; keys and items stay in order."""
    groups: dict[Key, list[Item]] = {}
    for key, item in pairs:
        groups.setdefault(key, []).append(item)
    return groups


def runs(is_in: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """All runs of neighbours that are in: the first of each, and the one behind it."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], is_in, [False]))))
    return [(int(first), int(behind)) for first, behind in edges.reshape(-1, 2)]


def run_around(is_in: NDArray[np.bool_], top: int) -> tuple[int, int]:
    """The run of neighbours around the top one that are in: its first, and the one behind it."""
    first, behind = top, top + 1
    while first > 0 and is_in[first - 1]:
        first -= 1
    while behind < len(is_in) and is_in[behind]:
        behind += 1
    return first, behind
