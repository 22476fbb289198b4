"""Files of sound that fuzzing starts from."""

import io
import struct

import numpy as np
import soundfile

from dcase_classic.io.recordings.mp3_stream import read_mp3_head

RATE_HZ = 16000


def _sound(container, subtype, n_channels=1, n_samples=400):
    stream = io.BytesIO()
    samples = np.random.default_rng(0).uniform(-0.3, 0.3, (n_samples, n_channels))
    soundfile.write(stream, samples, RATE_HZ, format=container, subtype=subtype)
    return stream.getvalue()


def wav_seeds(_):
    plain = _sound("WAV", "PCM_16")
    streamed = bytearray(plain)
    struct.pack_into("<I", streamed, 40, 0xFFFFFFFF)
    others = [("PCM_U8", 1), ("PCM_24", 2), ("FLOAT", 1), ("IMA_ADPCM", 1), ("GSM610", 1)]
    empty = plain[:40] + bytes(4)
    return [plain, bytes(streamed), empty, *(_sound("WAV", kind, n) for kind, n in others)]


def sound_seeds(_):
    kinds = {
        "FLAC": "PCM_16", "AIFF": "PCM_16", "AU": "FLOAT", "W64": "PCM_24", "CAF": "PCM_16",
        "RF64": "PCM_16", "OGG": "VORBIS", "MP3": "MPEG_LAYER_III",
    }  # fmt: skip
    return [_sound(container, subtype) for container, subtype in kinds.items()]


def mp3_seeds(_):
    """With its table, without it, and behind a title."""
    whole = _sound("MP3", "MPEG_LAYER_III", n_samples=8000)
    start = read_mp3_head(io.BytesIO(whole)).start
    return [whole, whole[start:], b"ID3\3\0\0\0\0\1\0" + bytes(128) + whole[start:]]


def caf_seeds(_):
    """With a length, and of unknown length."""
    whole = _sound("CAF", "PCM_16")
    length = whole.index(b"data") + 4
    return [whole, whole[:length] + b"\xff" * 8 + whole[length + 8 :]]


def ogg_seeds(_):
    """One stream, two that are chained, and another coding."""
    whole = _sound("OGG", "VORBIS")
    return [whole, whole * 2, _sound("OGG", "OPUS")]


def raw_seeds(_):
    return [_sound("RAW", "PCM_16"), _sound("WAV", "PCM_16")]
