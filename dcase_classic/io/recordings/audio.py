"""Reading audio: the wanted channel as float32 at the wanted rate, or what is wrong with the file.

wav (PCM of 8 to 32 bit, float, u-law), flac, ogg and mp3, at any rate.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from dcase_classic.config import AudioConfig
from dcase_classic.errors import DataError
from dcase_classic.io.files import replacing
from dcase_classic.io.recordings.riff import read_pcm16
from dcase_classic.records import Waveform
from dcase_classic.sound.clip_format import ClipFormat
from dcase_classic.sound.signal_checks import Values, check_samples, signal_flags

Samples = NDArray[np.float32]

# libsndfile reads a truncated file without a complaint and tells only its log.
_SHORT_DATA = re.compile(r"data\s*: (?P<declared>\d+) \(should be (?P<real>\d+)\)")
_NO_END = "Last page lacks an end-of-stream bit"  # ogg
_PCM16_UNIT = np.float32(1 / 32768)  # full scale is 1, as libsndfile has it
_TWO_CHANNELS = {"far", "difference"}  # 2026: channel 0 is near the machine, channel 1 is far


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recording:
    """A waveform with the format of its file, and what is odd about its samples."""

    waveform: Waveform
    format: ClipFormat
    flags: tuple[str, ...]


def read_clip(path: Path, audio: AudioConfig) -> Waveform:
    """The wanted channel of an audio file, float32, at the wanted rate; see `read_recording`.

    Raises
    ------
    DataError
        As `read_recording`.
    """
    return read_recording((path,), audio).waveform


def read_recording(paths: Sequence[Path], audio: AudioConfig) -> Recording:
    """The wanted channel of a clip whose files follow each other, resampled where it has to be.

    Parameters
    ----------
    paths : one file, or the parts that a clip was cut into.
    audio : channel and rate.

    Raises
    ------
    DataError
        If a file is missing, empty, not decodable, truncated, lacks the channel, or holds samples
        that are not finite, all equal or silent: none of these may ever get a score.
    """
    path = paths[0]
    parts = [decode(part) for part in paths] if len(paths) > 1 else [_read_values(path)]
    formats = [part_format for _, part_format in parts]
    if len({(part.sample_rate_hz, part.n_channels) for part in formats}) > 1:
        raise DataError(
            "its parts differ in rate or channels", path=path, advice="prepare it again"
        )
    values = parts[0][0] if len(parts) == 1 else np.concatenate([part for part, _ in parts])
    rate_hz = formats[0].sample_rate_hz
    channel, reference, peak = _checked_channels(path, values, audio.channel)
    return Recording(
        waveform=Waveform(
            samples=_resampled(channel, rate_hz, audio.sample_rate_hz),
            sample_rate_hz=audio.sample_rate_hz,
            reference=None
            if reference is None
            else _resampled(reference, rate_hz, audio.sample_rate_hz),
        ),
        format=replace(formats[0], n_samples=len(values)),
        flags=signal_flags(channel, rate_hz, peak=peak),
    )


def write_clip(path: Path, waveform: Waveform) -> None:
    """Write the samples as a 16-bit wav file, all or nothing."""
    with replacing(path) as temporary:
        soundfile.write(
            temporary, waveform.samples, waveform.sample_rate_hz, format="WAV", subtype="PCM_16"
        )


def decode(path: Path) -> tuple[Samples, ClipFormat]:
    """All samples of a file, shape (n_samples, n_channels), in [-1, 1], and its format.

    Raises
    ------
    DataError
        If the file is missing, empty, not decodable or truncated.
    """
    values, clip_format = _read_values(path)
    return _in_full_scale(values), clip_format


def _read_values(path: Path) -> tuple[Values, ClipFormat]:
    """All samples as float32 in [-1, 1], or those of a plain wav file as the integers they are.

    Half as many bytes are checked in a third of the time.
    """
    _check_file(path)
    plain = read_pcm16(path)
    if plain is not None:
        values, rate_hz = plain
        n_samples, n_channels = values.shape
        return values, ClipFormat(
            sample_rate_hz=rate_hz, n_channels=n_channels, coding="PCM_16", n_samples=n_samples
        )
    with open_audio(path) as file:
        try:
            samples: Samples = file.read(dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            raise not_decodable(path, error) from error
        if len(samples) < file.frames:
            raise DataError(
                (
                    f"truncated, the header declares {file.frames} samples and {len(samples)} are "
                    "there"
                ),
                path=path,
                advice="copy the file again",
            )
        return samples, format_of(file)


def open_audio(path: Path) -> soundfile.SoundFile:
    """The opened file, checked by its header.

    Raises
    ------
    DataError
        If the file is missing, empty, no audio, or its header says that it is truncated.
    """
    _check_file(path)
    try:
        file = soundfile.SoundFile(path)
    except soundfile.LibsndfileError as error:
        raise not_decodable(path, error) from error
    try:
        _check_header(path, file.extra_info)
    except DataError:
        file.close()
        raise
    return file


def format_of(file: soundfile.SoundFile) -> ClipFormat:
    """The format of an opened file."""
    return ClipFormat(
        sample_rate_hz=file.samplerate,
        n_channels=file.channels,
        coding=file.subtype,
        n_samples=file.frames,
    )


def not_decodable(path: Path, error: Exception) -> DataError:
    """The error of a file that the decoder refuses."""
    return DataError(
        f"cannot be decoded as audio ({error})", path=path, advice="replace or remove it"
    )


def _check_file(path: Path) -> None:
    if not path.is_file():
        raise DataError("no such file", path=path)
    if path.stat().st_size == 0:
        raise DataError("empty file (0 bytes)", path=path, advice="record or copy it again")


def _check_header(path: Path, log: str) -> None:
    short = _SHORT_DATA.search(log)
    if short and int(short["declared"]) > int(short["real"]):
        raise DataError(
            (
                f"truncated, the header declares {short['declared']} bytes of samples and "
                f"{short['real']} are there"
            ),
            path=path,
            advice="copy the file again",
        )
    if _NO_END in log:
        raise DataError("truncated, the stream has no end", path=path, advice="copy the file again")


def _in_full_scale(values: Values) -> Samples:
    return np.asarray(values * _PCM16_UNIT if values.dtype.kind == "i" else values, np.float32)


def check_signal(path: Path, samples: Samples, rate_hz: int, channel: int | str) -> tuple[str, ...]:
    """What is odd about the wanted channel of decoded samples (n_samples, n_channels).

    Raises
    ------
    DataError
        If the channel is missing, or its samples can give no score.
    """
    wanted, _, peak = _checked_channels(path, samples, channel)
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
    except DataError as error:
        raise error.at(path) from error
    return channel, reference, peak


def _channels(values: Values, wanted: int | str) -> tuple[Values, Values | None]:
    """The channel, and the one that is subtracted from it in the mel domain, if any."""
    n_channels = values.shape[1]
    if wanted in _TWO_CHANNELS and n_channels != 2:
        raise DataError(
            f"has {n_channels} channel(s), expected 2 (near and far) for channel {wanted!r}",
            advice="choose a channel by its number",
        )
    if wanted == "mean":
        return _in_full_scale(values).mean(axis=1, dtype=np.float32), None
    if wanted == "difference":
        near, far = _channel(values, 0), _channel(values, 1)
        if np.array_equal(near, far):
            raise DataError("both channels are equal, so their difference says nothing")
        return near, far
    number = 1 if wanted == "far" else int(wanted)
    if number >= n_channels:
        raise DataError(
            f"has {n_channels} channel(s), expected channel {number}", advice="set audio.channel"
        )
    return _channel(values, number), None


def _channel(values: Values, number: int) -> Values:
    return cast("Values", np.ascontiguousarray(values[:, number]))


def _resampled(values: Values, rate_hz: int, wanted_hz: int) -> Samples:
    samples = _in_full_scale(values)
    if rate_hz == wanted_hz:
        return samples
    resampled: Samples = soxr.resample(samples, rate_hz, wanted_hz)
    return resampled
