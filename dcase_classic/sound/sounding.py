"""Which channels of a recording have sound: what to say where the chosen one has none."""

from collections.abc import Sequence
from typing import cast

import numpy as np

from dcase_classic.errors import DataError
from dcase_classic.sound.signal_checks import SilenceError, Values, check_samples


def sounding_channels(values: Values) -> tuple[int, ...]:
    """The channels of samples (n_samples, n_channels) that a score may come from."""
    return tuple(number for number in range(values.shape[1]) if _has_sound(values, number))


def name_sounding(error: SilenceError, wanted: int | str, sounding: Sequence[int]) -> DataError:
    """The error of a silent channel with the word where there is sound; as it is where is none."""
    if not sounding:
        return error
    verb = "channel {} has" if len(sounding) == 1 else "channels {} have"
    there = verb.format(", ".join(map(str, sounding)))
    return DataError(
        f"channel {wanted} is {error.problem}, {there} sound",
        advice=f"fit with --channel {sounding[0]}",
    )


def channel_of(values: Values, number: int) -> Values:
    """One channel of samples (n_samples, n_channels)."""
    return cast("Values", np.ascontiguousarray(values[:, number]))


def _has_sound(values: Values, number: int) -> bool:
    try:
        check_samples(channel_of(values, number))
    except DataError:
        return False
    return True
