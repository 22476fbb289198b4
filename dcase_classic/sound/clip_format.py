"""How recordings were made: rate, channels, coding, length; and whether one fits the others."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from dcase_classic.config.sound import AudioConfig
from dcase_classic.errors import DataError
from dcase_classic.wording import counted

Value = TypeVar("Value", int, str)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipFormat:
    """The format of one recording, or that of most recordings of a machine.

    ``coding`` is libsndfile's name of the sample format: ``PCM_16``, ``ULAW``, ``VORBIS`` ...;
    empty where it is not known, as of samples in memory.
    """

    sample_rate_hz: int
    n_channels: int
    coding: str
    n_samples: int

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.n_samples / self.sample_rate_hz


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatCheck:
    """What is odd about a recording beside those of its machine.

    ``refusal`` is None where it can be scored; ``flags`` are the oddities it is scored with.
    """

    refusal: DataError | None
    flags: tuple[str, ...]


def majority_format(
    formats: Sequence[ClipFormat], *, wanted_rate_hz: float = math.inf
) -> ClipFormat:
    """The most frequent rate, channels and coding, and the median length in seconds.

    Rates that reach up to ``wanted_rate_hz`` are equal after resampling: it is them together
    against each lower one, and the most frequent one of them. Of as many the wider band is taken,
    else the smaller value, so that the order does not matter.

    Raises
    ------
    ValueError
        If there is no format.
    """
    if not formats:
        raise ValueError("formats: got none, expected at least 1")
    usable = Counter(min(clip.sample_rate_hz, wanted_rate_hz) for clip in formats)
    widest = max(usable, key=lambda rate_hz: (usable[rate_hz], rate_hz))
    rates_hz = [clip.sample_rate_hz for clip in formats]
    rate_hz = _most_frequent([rate for rate in rates_hz if min(rate, wanted_rate_hz) == widest])
    duration_s = float(np.median([clip.duration_s for clip in formats]))
    return ClipFormat(
        sample_rate_hz=rate_hz,
        n_channels=_most_frequent([clip.n_channels for clip in formats]),
        coding=_most_frequent([clip.coding for clip in formats]),
        n_samples=round(duration_s * rate_hz),
    )


def check_format(clip: ClipFormat, usual: ClipFormat, audio: AudioConfig) -> FormatCheck:
    """Whether a recording of any length fits those of its machine.

    A recording of a lower rate lacks the upper bands, and one of a higher rate may have bands that
    training never had: a score would tell of the rate and not of the machine. Rates that reach up
    to the rate of the settings are equal after resampling.

    Parameters
    ----------
    clip, usual : the recording, and the majority of its machine.
    audio : the rate that the settings resample to, and the channel that they take.
    """
    usable_hz = min(clip.sample_rate_hz, audio.sample_rate_hz) // 2
    usual_hz = min(usual.sample_rate_hz, audio.sample_rate_hz) // 2
    refusal = None
    if usable_hz != usual_hz:
        refusal = DataError(
            f"{clip.sample_rate_hz} Hz, so sound up to {usable_hz} Hz, where this machine's "
            f"recordings have {usual_hz} Hz",
            advice=f"record at {usual.sample_rate_hz} Hz",
        )
    flags = []
    if clip.sample_rate_hz != usual.sample_rate_hz:
        flags.append(f"{clip.sample_rate_hz} Hz instead of {usual.sample_rate_hz} Hz, resampled")
    if clip.n_channels != usual.n_channels:
        channels = f"{counted(clip.n_channels, 'channel')} instead of {usual.n_channels}"
        flags.append(f"{channels}, heard is {audio.heard}")
    if clip.coding != usual.coding and clip.coding and usual.coding:
        flags.append(f"coded as {clip.coding} instead of {usual.coding}")
    return FormatCheck(refusal=refusal, flags=tuple(flags))


def odd_length(clip: ClipFormat, usual: ClipFormat) -> tuple[str, ...]:
    """What is said of a recording less than half, or more than twice, as long as most others."""
    if usual.duration_s / 2 <= clip.duration_s <= usual.duration_s * 2:
        return ()
    return (f"{clip.duration_s:.2f} s long instead of {usual.duration_s:.2f} s",)


def _most_frequent(values: Sequence[Value]) -> Value:
    counts = Counter(values)
    return min(counts, key=lambda value: (-counts[value], value))
