"""What is wrong or odd with the samples of a recording."""

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

# One step of 16-bit audio, about -90 dB of full scale: below it there is nothing to hear.
SILENCE_RMS = 2.0**-15
FULL_SCALE = 0.999
CLIPPED_SHARE = 1e-3
STANDSTILL_S = 0.25


def check_samples(samples: Samples) -> None:
    """Refuse samples that no score may come from.

    Parameters
    ----------
    samples : array, shape (n_samples,)

    Raises
    ------
    ValueError
        If there are none, one is not finite, or they are constant or silent.
    """
    if samples.size == 0:
        raise ValueError("holds no samples; record or copy it again")
    lowest, highest = float(samples.min()), float(samples.max())  # NaN stays NaN
    if not (np.isfinite(lowest) and np.isfinite(highest)):
        raise ValueError("holds samples that are NaN or infinite; export it again")
    if lowest == highest:
        word = "silent (all samples are zero)" if lowest == 0 else "constant (a dead channel)"
        raise ValueError(f"{word}; check the microphone, or remove the file")
    rms = _rms(samples)
    if rms < SILENCE_RMS:
        level_db = 20 * np.log10(rms)
        raise ValueError(
            f"silent ({level_db:.0f} dB of full scale, less than one step of 16 bit); "
            "check the microphone, or remove the file"
        )


def _rms(samples: Samples) -> float:
    """The root mean square about the mean; float32 sums tell it where they are clear enough."""
    power, mean = float(samples @ samples) / samples.size, float(samples.mean())
    variance = power - mean**2
    if variance > max(1e-3 * power, 4 * SILENCE_RMS**2):
        return float(np.sqrt(variance))
    return float(samples.std(dtype=np.float64))  # four times slower, and exact near silence


def signal_flags(samples: Samples, rate_hz: int) -> tuple[str, ...]:
    """What is odd about samples that can be scored: clipping, and standstill as of lost samples.

    Parameters
    ----------
    samples : array, shape (n_samples,), finite, not empty
    rate_hz : their rate.
    """
    flags = []
    if max(samples.max(), -samples.min()) >= FULL_SCALE:
        share = float(np.mean(np.abs(samples) >= FULL_SCALE))
        if share >= CLIPPED_SHARE:
            flags.append(f"clipped ({share:.1%} of the samples at full scale)")
    longest_s = _longest_run(samples, round(STANDSTILL_S * rate_hz)) / rate_hz
    if longest_s >= STANDSTILL_S:
        flags.append(f"stands still for {longest_s:.2f} s (lost samples or a muted microphone)")
    return tuple(flags)


def _longest_run(samples: Samples, n_least: int) -> int:
    """Length of the longest run of equal samples, or 0 if it is surely shorter than ``n_least``."""
    sparse = samples[:: max(n_least // 2, 1)]  # a run of n_least holds two neighbours of these
    if not np.any(sparse[1:] == sparse[:-1]):
        return 0
    ends = np.flatnonzero(samples[1:] != samples[:-1]) + 1
    return int(np.diff(np.concatenate(([0], ends, [samples.size]))).max())
