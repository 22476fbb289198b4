"""Reading audio: one channel of a file as float32 at the wanted rate, or what is wrong with it."""

import re
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from dcase_classic.config import AudioConfig
from dcase_classic.errors import DataError
from dcase_classic.io.riff import read_pcm16
from dcase_classic.records import Waveform

# libsndfile reads a truncated file without a complaint and tells only its log.
_TRUNCATED = re.compile(r"data\s*: (?P<declared>\d+) \(should be (?P<real>\d+)\)")

_PCM16_UNIT = np.float32(1 / 32768)  # full scale is 1, as libsndfile has it


def read_clip(path: Path, audio: AudioConfig) -> Waveform:
    """One channel of an audio file, float32, resampled to the wanted rate where it has another.

    Raises
    ------
    DataError
        If the file is missing, empty, not decodable, truncated, lacks the channel, or holds
        samples that are not finite or all equal: none of these may ever get a score.
    """
    _check_file(path)
    samples, rate_hz = read_pcm16(path) or _read_any(path)
    if audio.channel >= samples.shape[1]:
        raise DataError(
            f"{path}: has {samples.shape[1]} channel(s), expected channel {audio.channel}; "
            "set audio.channel"
        )
    channel = np.ascontiguousarray(samples[:, audio.channel], dtype=np.float32)
    if samples.dtype == np.int16:
        channel *= _PCM16_UNIT
    _check_samples(path, channel)
    if rate_hz != audio.sample_rate_hz:
        channel = soxr.resample(channel, rate_hz, audio.sample_rate_hz)
    return Waveform(samples=channel, sample_rate_hz=audio.sample_rate_hz)


def _read_any(path: Path) -> tuple[NDArray[np.float32], int]:
    """Samples (n_samples, n_channels) and the rate in Hz of any file that libsndfile can decode."""
    try:
        with soundfile.SoundFile(path) as file:
            log, rate_hz = file.extra_info, file.samplerate
            samples = file.read(dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise DataError(
            f"{path}: cannot be decoded as audio ({error}); replace or remove it"
        ) from error
    truncated = _TRUNCATED.search(log)
    if truncated and int(truncated["declared"]) > int(truncated["real"]):
        raise DataError(
            f"{path}: truncated, the header declares {truncated['declared']} bytes of samples and "
            f"{truncated['real']} are there; copy the file again"
        )
    return samples, rate_hz


def _check_file(path: Path) -> None:
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    if path.stat().st_size == 0:
        raise DataError(f"{path}: empty file (0 bytes); record or copy it again")


def _check_samples(path: Path, samples: NDArray[np.float32]) -> None:
    if samples.size == 0:
        raise DataError(f"{path}: holds no samples; record or copy it again")
    if not np.isfinite(samples).all():
        raise DataError(f"{path}: holds samples that are NaN or infinite; export it again")
    if samples.min() == samples.max():
        word = "silent (all samples are zero)" if samples[0] == 0 else "constant (a dead channel)"
        raise DataError(f"{path}: {word}; check the microphone, or remove the file")
