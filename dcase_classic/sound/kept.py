"""Tables that many clips share: computed once for each set of arguments, and read-only."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

Arguments = ParamSpec("Arguments")
Element = TypeVar("Element", bound=np.generic)

_N_KEPT = 64  # clips of a machine have few lengths; a table takes up to 100 kB


def kept(make: Callable[Arguments, NDArray[Element]]) -> Callable[Arguments, NDArray[Element]]:
    """A function that makes an array, such that equal arguments give the same read-only array."""

    @wraps(make)
    def make_read_only(*args: Arguments.args, **kwargs: Arguments.kwargs) -> NDArray[Element]:
        values = make(*args, **kwargs)
        values.flags.writeable = False
        return values

    return cast("Callable[Arguments, NDArray[Element]]", lru_cache(_N_KEPT)(make_read_only))
