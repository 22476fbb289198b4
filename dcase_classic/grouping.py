"""Items put together: by what they have in common, or so many at a time."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

Key = TypeVar("Key")
Item = TypeVar("Item")


def grouped(pairs: Iterable[tuple[Key, Item]]) -> dict[Key, list[Item]]:
    """The items of every key; keys and items stay in order."""
    groups: dict[Key, list[Item]] = {}
    for key, item in pairs:
        groups.setdefault(key, []).append(item)
    return groups


def batches(items: Sequence[Item], size: int) -> list[Sequence[Item]]:
    """The items in order, ``size`` at a time; the last may be fewer."""
    return [items[start : start + size] for start in range(0, len(items), size)]
