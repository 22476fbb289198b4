"""Reading audio: the wanted channel as float32 at the wanted rate, or what is wrong with the file.

Whatever `decoding` decodes, at any rate; an offset (the mean of the samples) is taken off.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from dcase_classic.config.sound import AudioConfig
from dcase_classic.errors import DataError
from dcase_classic.io.files import replacing
from dcase_classic.io.recordings.limits import MOST_VALUES, check_alike, check_size
from dcase_classic.io.recordings.riff import read_pcm16
from dcase_classic.log import LOGGER
from dcase_classic.records import RawFormat, Rows, Waveform
from dcase_classic.sound.clip_format import ClipFormat
from dcase_classic.sound.signal_checks import (
    SilenceError,
    Values,
    channel_of,
    check_samples,
    name_sounding,
    signal_flags,
    sounding_channels,
)
from dcase_classic.wording import counted

Samples = NDArray[np.float32]

_PCM16_UNIT = np.float32(1 / 32768)  # full scale is 1, as libsndfile has it
_TWO_CHANNELS = {"far", "difference"}  # 2026: channel 0 is near the machine, channel 1 is far


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recording:
    """A waveform with the format of its file, and what is odd about file and samples."""

    waveform: Waveform
    format: ClipFormat
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Decoded:
    """All samples of a file, (n_samples, n_channels), its format, and what is odd about it."""

    values: Values
    format: ClipFormat
    notes: tuple[str, ...] = ()


def read_recording(
    paths: Sequence[Path], audio: AudioConfig, *, raw: RawFormat | None = None
) -> Recording:
    """The wanted channel of a clip whose files follow each other, resampled where it has to be.

    Parameters
    ----------
    paths : one file, or the parts that a clip was cut into.
    audio : channel and rate.
    raw : the format of samples that have no header.

    Raises
    ------
    DataError
        If a file is missing, empty, not decodable, truncated, lacks the channel, or holds samples
        that are not finite, all equal or silent: none of these may ever get a score.
    """
    path = paths[0]
    parts = [decode(part, raw=raw) for part in paths]
    check_alike(path, [part.format for part in parts])
    values = parts[0].values
    if len(parts) > 1:
        values = np.concatenate([in_full_scale(part.values) for part in parts])
    notes = tuple(dict.fromkeys(note for part in parts for note in part.notes))
    clip_format = replace(parts[0].format, n_samples=len(values))
    return as_recording(Decoded(values=values, format=clip_format, notes=notes), audio, path)


def as_recording(decoded: Decoded, audio: AudioConfig, path: Path) -> Recording:
    """The wanted channel of decoded samples, centred and resampled; errors name ``path``.

    Raises
    ------
    DataError
        If the channel is missing, or holds samples that can give no score.
    """
    values, rate_hz = decoded.values, decoded.format.sample_rate_hz
    check_size(path, len(values) / rate_hz * audio.sample_rate_hz)
    channel, reference, peak = _checked_channels(path, values, audio.channel)
    return Recording(
        waveform=Waveform(
            samples=_resampled(channel, rate_hz, audio.sample_rate_hz),
            sample_rate_hz=audio.sample_rate_hz,
            reference=None
            if reference is None
            else _resampled(reference, rate_hz, audio.sample_rate_hz),
        ),
        format=decoded.format,
        flags=(*decoded.notes, *signal_flags(channel, rate_hz, peak=peak)),
    )


def write_samples(path: Path, samples: Rows, sample_rate_hz: int) -> None:
    """Write samples (n_samples,) or (n_samples, n_channels) as a 16-bit wav file, or nothing."""
    content = io.BytesIO()  # libsndfile cannot say that a disk is full
    soundfile.write(content, samples, sample_rate_hz, format="WAV", subtype="PCM_16")
    with replacing(path) as temporary:
        temporary.write_bytes(content.getbuffer())


def decode(path: Path, *, raw: RawFormat | None = None) -> Decoded:
    """All samples as float32 of full scale 1, those of 16 bits as the integers that they are.

    Half as many bytes are checked in a third of the time.

    Raises
    ------
    DataError
        If the file is missing, empty, not decodable or truncated.
    """
    plain = read_pcm16(path) if raw is None and _may_be_plain(path) else None
    if plain is None:
        # ten modules, of which nobody needs any whose rows are in the cache
        from dcase_classic.io.recordings.decoding import decode_values

        samples, clip_format, notes = decode_values(path, raw=raw)
        return Decoded(values=samples, format=clip_format, notes=notes)
    values, rate_hz = plain
    LOGGER.debug("%s: decoded as plain PCM_16", path)
    n_samples, n_channels = values.shape
    return Decoded(
        values=values,
        format=ClipFormat(
            sample_rate_hz=rate_hz, n_channels=n_channels, coding="PCM_16", n_samples=n_samples
        ),
    )


def _may_be_plain(path: Path) -> bool:
    """Whether it is worth a look: a file that is not too large to be read at once."""
    return path.is_file() and path.stat().st_size <= 2 * MOST_VALUES


def in_full_scale(values: Values) -> Samples:
    """The samples as float32 of full scale 1."""
    return np.asarray(values * _PCM16_UNIT if values.dtype.kind == "i" else values, np.float32)


def check_signal(path: Path, values: Values, rate_hz: int, channel: int | str) -> tuple[str, ...]:
    """What is odd about the wanted channel of decoded samples (n_samples, n_channels).

    Raises
    ------
    DataError
        If the channel is missing, or its samples can give no score.
    """
    wanted, _, peak = _checked_channels(path, values, channel)
    return signal_flags(wanted, rate_hz, peak=peak)


def _checked_channels(
    path: Path, values: Values, wanted: int | str
) -> tuple[Values, Values | None, float]:
    """The channel, the one that is subtracted from it, and the peak of the channel."""
    try:
        channel, reference = _channels(values, wanted)
        peak = check_samples(channel)
        if reference is not None:
            check_samples(reference)
    except SilenceError as error:
        raise name_sounding(error, wanted, sounding_channels(values)).at(path) from error
    except DataError as error:
        raise error.at(path) from error
    return channel, reference, peak


def _channels(values: Values, wanted: int | str) -> tuple[Values, Values | None]:
    """The channel, and the one that is subtracted from it in the mel domain, if any."""
    n_channels = values.shape[1]
    if wanted in _TWO_CHANNELS and n_channels != 2:
        raise DataError(
            f"has {counted(n_channels, 'channel')}, expected "
            f"2 (near and far) for channel {wanted!r}",
            advice="choose a channel by its number",
        )
    if wanted == "mean":
        return in_full_scale(values).mean(axis=1, dtype=np.float32), None
    if wanted == "difference":
        near, far = channel_of(values, 0), channel_of(values, 1)
        if np.array_equal(near, far):
            raise DataError("both channels are equal, so their difference says nothing")
        return near, far
    number = 1 if wanted == "far" else int(wanted)
    if number >= n_channels:
        problem = f"has {counted(n_channels, 'channel')}, expected channel {number}"
        others = f" to {n_channels - 1}" if n_channels > 1 else ""
        raise DataError(problem, advice=f"fit with --channel 0{others}")
    return channel_of(values, number), None


def _resampled(values: Values, rate_hz: int, wanted_hz: int) -> Samples:
    samples = as_samples(values)
    if rate_hz == wanted_hz:
        return samples
    return np.asarray(soxr.resample(samples, rate_hz, wanted_hz))


def as_samples(values: Values) -> Samples:
    """Samples of full scale 1 and mean 0: an offset is of the recorder, not of the machine."""
    is_integer = values.dtype.kind == "i"
    mean = values.sum(dtype=np.int64 if is_integer else np.float64) / len(values)
    if is_integer:
        mean *= float(_PCM16_UNIT)
    samples = in_full_scale(values)  # of integers a new array, of floats the caller's
    return np.subtract(samples, np.float32(mean), out=samples if is_integer else None)
