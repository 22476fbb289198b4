"""Seeds derived from one root seed, so that no random choice depends on the order of work."""

import hashlib


def derive_seed(root: int, *purpose: str) -> int:
    """A seed in [0, 2**32) for one purpose, independent of all other purposes.

    Parameters
    ----------
    root : the seed of the whole run.
    *purpose : words that name the use, for example machine, section and "folds".

    Examples
    --------
    >>> derive_seed(0, "ToyCar", "00", "folds") == derive_seed(0, "ToyCar", "00", "folds")
    True
    >>> derive_seed(0, "ToyCar", "00", "folds") == derive_seed(0, "ToyCar", "01", "folds")
    False
    """
    text = "\x1f".join((str(root), *purpose))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
