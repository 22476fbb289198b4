"""How loud a recording is: one number in dB."""

import numpy as np

from dcase_classic.records import Rows

_SMALLEST_POWER = 1e-20  # far below one step of 24 bit


def level_db(samples: Rows) -> float:
    """The root mean square of samples (n_samples,) of mean 0, in dB of full scale.

    ``10 log10(mean(x**2))``: 0 for a square wave of full scale, -3.01 for a sine.
    """
    power = float(np.dot(samples, samples)) / len(samples)
    return float(10 * np.log10(max(power, _SMALLEST_POWER)))
