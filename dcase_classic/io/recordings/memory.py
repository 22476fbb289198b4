"""Recordings whose samples are in memory: the same checks and the same numbers as from a file."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcase_classic.config.sound import AudioConfig
from dcase_classic.errors import DataError
from dcase_classic.io.recordings.audio import (
    Decoded,
    Recording,
    as_recording,
    in_full_scale,
    read_recording,
)
from dcase_classic.io.recordings.limits import MOST_CHANNELS, RATES_HZ, check_size
from dcase_classic.records import Clip, SamplesInMemory, Split
from dcase_classic.sound.clip_format import ClipFormat
from dcase_classic.sound.sample_scale import SampleRange, SampleScale, choose_scale
from dcase_classic.sound.signal_checks import Values
from dcase_classic.wording import is_number

_CODINGS = {"float": "FLOAT", "int16": "PCM_16", "int32": "PCM_32"}
_INT32_UNIT = np.float32(2.0**-31)


def clip_in_memory(samples: ArrayLike, sample_rate_hz: int, *, name: str) -> Clip:
    """A clip of samples (n_samples,) or (n_samples, n_channels), called ``name`` in messages.

    Floats have full scale 1, as files have it; int16 and int32 are taken as the integers they are.

    Raises
    ------
    DataError
        If no recorder makes such samples.
    """
    path, array = Path(name), np.asarray(samples)
    if np.ma.is_masked(samples):
        raise DataError("holds samples that are masked", path=path, advice="fill or cut them")
    kind = "float" if array.dtype.kind == "f" else array.dtype.name
    if kind not in _CODINGS:
        expected = "expected float32, float64, int16 or int32"
        raise DataError(f"samples of {array.dtype}, {expected}", path=path)
    if array.ndim not in {1, 2} or array.shape[1:] > (MOST_CHANNELS,):
        expected = f"(n_samples,) or (n_samples, n_channels) with at most {MOST_CHANNELS} channels"
        advice = "transpose it" if array.ndim == 2 else ""
        raise DataError(f"shape {array.shape}, expected {expected}", path=path, advice=advice)
    return Clip(
        path=path,
        machine_type="",
        section="",
        split=Split.TRAIN,
        samples=SamplesInMemory(
            values=_columns(array.reshape(len(array), *(array.shape[1:] or (1,))), kind),
            sample_rate_hz=whole_rate(sample_rate_hz, name),
            coding=_CODINGS[kind],
        ),
        is_own=True,
    )


def whole_rate(sample_rate_hz: float, name: str) -> int:
    """A rate as files have it, of whatever kind of number it is.

    Raises
    ------
    DataError
        If no recorder has such a rate; it names whose it is.
    """
    if not is_number(sample_rate_hz) or sample_rate_hz not in RATES_HZ:
        expected = f"expected {RATES_HZ.start} to {RATES_HZ.stop - 1}, a whole number"
        raise DataError(f"a rate of {sample_rate_hz!r} Hz, {expected}", path=name)
    return int(sample_rate_hz)


def recording_of(clip: Clip, audio: AudioConfig) -> Recording:
    """The wanted channel of a clip, wherever its samples are; see `read_recording`.

    Raises
    ------
    DataError
        As `read_recording`.
    """
    if clip.samples is None:
        return read_recording(clip.files, audio, raw=clip.raw)
    return as_recording(decoded_samples(clip.path, clip.samples), audio, clip.path)


def decoded_samples(path: Path, samples: SamplesInMemory) -> Decoded:
    """The samples as if a file had held them; errors name ``path``.

    Raises
    ------
    DataError
        If there is none, or their scale is unknown.
    """
    values, scale = samples.values, SampleScale()
    if not values.size:
        raise DataError("holds no samples", path=path)
    check_size(path, values.size)
    if samples.coding != "PCM_16":
        try:
            scale = choose_scale(samples.coding, SampleRange().including(in_full_scale(values)))
        except DataError as error:
            raise error.at(path) from error
    return Decoded(
        values=values if scale.factor == 1 else values * np.float32(scale.factor),
        format=ClipFormat(
            sample_rate_hz=samples.sample_rate_hz,
            n_channels=values.shape[1],
            coding="",  # whatever they were coded as, nobody knows any more
            n_samples=len(values),
        ),
        notes=(scale.note,) if scale.note else (),
    )


def samples_digest(samples: SamplesInMemory) -> str:
    """The SHA-256 of the samples and their rate."""
    digest = hashlib.sha256(f"{samples.sample_rate_hz} {samples.coding} ".encode())
    digest.update(samples.values.tobytes())
    return digest.hexdigest()


def _columns(array: NDArray[Any], kind: str) -> Values:
    """The samples (n_samples, n_channels) as libsndfile gives them."""
    if kind == "int16":
        return array.astype(np.int16)  # in the byte order of this computer
    with np.errstate(over="ignore"):  # what is infinite then is told as such
        floats = array.astype(np.float32)
    return floats * _INT32_UNIT if kind == "int32" else floats
