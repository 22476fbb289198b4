"""What is wrong or odd with the samples of a recording, as floats or as 16-bit integers."""

from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from dcase_classic.errors import DataError

Values = NDArray[np.float32] | NDArray[np.int16]

# One step of 16-bit audio, about -90 dB of full scale: below it there is nothing to hear.
SILENCE_RMS = 2.0**-15
FULL_SCALE = 0.999  # codecs and resampling take clipped samples a little off 1
STANDING_PART = 0.5  # of samples near full scale; a sound that only reaches it passes by
CLIPPED_SHARE = 1e-3  # an impulse may touch full scale; more of the clip is distorted
STANDSTILL_S = 0.25  # longer than a pause of a running machine, whose noise is never constant
_LISTEN = "check the microphone, or remove the file"
_SAMPLED_PART = 64  # a sixth of a second of 10 s, where any machine is above silence already


class SilenceError(DataError):
    """Samples without sound: silent, or constant."""


def check_samples(samples: Values) -> float:
    """The largest absolute value, 1 = full scale, of samples that a score may come from.

    Parameters
    ----------
    samples : array, shape (n_samples,), float32 in [-1, 1] or int16

    Raises
    ------
    DataError
        If there are none, one is not finite, or they are constant or silent.
    """
    if samples.size == 0:
        raise DataError("holds no samples", advice="record or copy it again")
    unit = 1 / _full_scale(samples)
    lowest, highest = float(samples.min()) * unit, float(samples.max()) * unit  # NaN stays NaN
    if not (np.isfinite(lowest) and np.isfinite(highest)):
        raise DataError("holds samples that are NaN or infinite", advice="export it again")
    if lowest == highest:
        word = "silent (all samples are zero)" if lowest == 0 else "constant (a dead channel)"
        raise SilenceError(word, advice=_LISTEN)
    rms = _rms(samples) * unit
    if rms < SILENCE_RMS:
        level_db = 20 * np.log10(rms)
        raise SilenceError(
            f"silent ({level_db:.0f} dB of full scale, less than one step of 16 bit)",
            advice=_LISTEN,
        )
    return max(highest, -lowest)


def _rms(samples: Values) -> float:
    """The root mean square about the mean; a lower bound where that is above silence already."""
    part = samples[: max(1, samples.size // _SAMPLED_PART)].astype(np.float32)
    part -= part.mean()
    # what a part varies about its own mean is less than it varies about that of all samples
    with np.errstate(over="ignore"):  # of samples that are far above silence
        bound = float(np.sqrt(part @ part / samples.size))
    if bound > SILENCE_RMS * _full_scale(samples):
        return bound
    return float(samples.std(dtype=np.float64))


def signal_flags(samples: Values, rate_hz: int, *, peak: float) -> tuple[str, ...]:
    """What is odd about samples that can be scored: clipping, and standstill as of lost samples.

    Float samples above 1 are not clipped, and neither is a sound that was made as loud as full
    scale: clipped samples stand at the limit.

    Parameters
    ----------
    samples : array, shape (n_samples,), finite, not empty, float32 in [-1, 1] or int16
    rate_hz : their rate.
    peak : their largest absolute value, as `check_samples` gives it.
    """
    flags = []
    share = _clipped_share(samples) if peak >= FULL_SCALE else 0.0
    if share >= CLIPPED_SHARE:
        flags.append(f"clipped ({share:.1%} of the samples at full scale)")
    longest_s = _longest_run(samples, round(STANDSTILL_S * rate_hz)) / rate_hz
    if longest_s >= STANDSTILL_S:
        flags.append(f"stands still for {longest_s:.2f} s (lost samples or a muted microphone)")
    return tuple(flags)


def _clipped_share(samples: Values) -> float:
    """The share of samples at full scale; 0 where they do not stand there."""
    limit = FULL_SCALE * _full_scale(samples)
    if samples.dtype.kind == "i":
        limit = int(np.ceil(limit))  # a float would convert all samples
    is_high = (samples >= limit) | (samples <= -limit)
    n_high = np.count_nonzero(is_high)
    at_limit = (samples == samples.max()) | (samples == samples.min())
    n_standing = np.count_nonzero(is_high & at_limit)
    return n_high / samples.size if n_standing >= STANDING_PART * n_high else 0.0


def _full_scale(samples: Values) -> float:
    return 2.0**15 if samples.dtype.kind == "i" else 1.0


def _longest_run(samples: Values, n_least: int) -> int:
    """Length of the longest run of equal samples, or 0 if it is surely shorter than ``n_least``."""
    sparse = samples[:: max(n_least // 2, 1)]  # a run of n_least holds two neighbours of these
    if not np.any(sparse[1:] == sparse[:-1]):
        return 0
    ends = np.flatnonzero(samples[1:] != samples[:-1]) + 1
    return int(np.diff(np.concatenate(([0], ends, [samples.size]))).max())


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
        advice=f"check the cable and the order of channels, or fit with --channel {sounding[0]}",
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
