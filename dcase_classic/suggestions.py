"""What somebody may have meant by a name that there is not."""

from collections.abc import Iterable


def closest(name: object, known: Iterable[str]) -> str:
    """``did you mean 'classic'?``, or nothing where no known name is close.

    Examples
    --------
    >>> closest("clasic", ["classic", "knn"])
    "did you mean 'classic'?"
    >>> closest("fast", ["classic", "knn"])
    ''
    """
    from difflib import get_close_matches  # slow to import, and seldom needed

    by_small = {item.lower(): item for item in known}
    near = get_close_matches(str(name)[:100].lower(), list(by_small), n=1, cutoff=0.6)
    return f"did you mean {by_small[near[0]]!r}?" if near else ""
