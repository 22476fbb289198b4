"""Sound for a page: Ogg Opus where libsndfile writes it, else, or as asked, 16-bit WAV."""

import io
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import soundfile
import soxr

from dcase_classic.records import Waveform

_OPUS_RATES_HZ = (8000, 12000, 16000, 24000, 48000)
_PEAK = 0.9  # of full scale, of the louder of two that are heard beside each other


class SoundCoding(StrEnum):
    """How sound stands in a page."""

    OGG = "ogg"
    WAV = "wav"


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedSound:
    """An encoded sound and its media type; it begins at ``start_s`` of its recording."""

    content: bytes
    media_type: str
    start_s: float
    duration_s: float


def common_gain(*waveforms: Waveform) -> float:
    """What makes the loudest of some sounds just not full scale; they compare by ear then."""
    peak = max(float(np.abs(waveform.samples).max(initial=0)) for waveform in waveforms)
    return _PEAK / peak if peak > 0 else 1.0


def encode(
    waveform: Waveform, *, gain: float = 1.0, start_s: float = 0.0, wanted: SoundCoding
) -> EncodedSound:
    """The sound as a file in memory."""
    samples, rate_hz = waveform.samples * np.float32(gain), waveform.sample_rate_hz
    duration_s = len(samples) / rate_hz
    is_opus = wanted is SoundCoding.OGG and "OPUS" in soundfile.available_subtypes("OGG")
    if is_opus and rate_hz not in _OPUS_RATES_HZ:
        usable_hz = next((rate for rate in _OPUS_RATES_HZ if rate > rate_hz), 48000)
        samples, rate_hz = soxr.resample(samples, rate_hz, usable_hz), usable_hz
    content = io.BytesIO()
    kind, subtype = ("OGG", "OPUS") if is_opus else ("WAV", "PCM_16")
    soundfile.write(content, np.clip(samples, -1, 1), rate_hz, format=kind, subtype=subtype)
    return EncodedSound(
        content=content.getvalue(),
        media_type="audio/ogg; codecs=opus" if is_opus else "audio/wav",
        start_s=start_s,
        duration_s=duration_s,
    )
