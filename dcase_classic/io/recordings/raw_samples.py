"""Samples without a header: what ``--raw 16000:s16le:1`` says about them."""

from collections.abc import Mapping
from types import MappingProxyType

from dcase_classic.errors import DataError
from dcase_classic.io.recordings.limits import RATES_HZ, is_recorded
from dcase_classic.records import RawFormat
from dcase_classic.wording import whole_number

_MANY_BYTES = {"PCM_16": 2, "PCM_24": 3, "PCM_32": 4, "FLOAT": 4, "DOUBLE": 8}
RAW_EXTENSIONS = (".raw", ".pcm")  # of files that are looked for in folders
# ffmpeg's words: libsndfile's subtype and byte order.
_FORMATS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "s8": ("PCM_S8", "FILE"),
        "u8": ("PCM_U8", "FILE"),
        "s16le": ("PCM_16", "LITTLE"),
        "s16be": ("PCM_16", "BIG"),
        "s24le": ("PCM_24", "LITTLE"),
        "s24be": ("PCM_24", "BIG"),
        "s32le": ("PCM_32", "LITTLE"),
        "s32be": ("PCM_32", "BIG"),
        "f32le": ("FLOAT", "LITTLE"),
        "f32be": ("FLOAT", "BIG"),
        "f64le": ("DOUBLE", "LITTLE"),
        "f64be": ("DOUBLE", "BIG"),
        "mulaw": ("ULAW", "FILE"),
        "alaw": ("ALAW", "FILE"),
    }
)


def parse_raw_format(text: str) -> RawFormat:
    """The format that ``RATE:CODING[:CHANNELS]`` names, as in ``16000:s16le:1``.

    Raises
    ------
    DataError
        If a part is missing, unknown or out of range.
    """
    rate, _, rest = text.partition(":")
    coding, _, channels = rest.partition(":")
    sample_rate_hz, n_channels = whole_number(rate) or 0, whole_number(channels or "1") or 0
    if not is_recorded(sample_rate_hz, n_channels) or coding not in _FORMATS:
        raise DataError(
            f"raw: got {text!r}, expected RATE:CODING:CHANNELS as in 16000:s16le:1, with a rate "
            f"from {RATES_HZ.start} to {RATES_HZ.stop - 1} Hz and one of the codings "
            f"{', '.join(_FORMATS)}"
        )
    subtype, endian = _FORMATS[coding]
    return RawFormat(
        sample_rate_hz=sample_rate_hz, subtype=subtype, n_channels=n_channels, endian=endian
    )


def raw_of_wav(sample_rate_hz: int, subtype: str, n_channels: int) -> RawFormat:
    """The format of the samples of a wav file."""
    return RawFormat(
        sample_rate_hz=sample_rate_hz,
        subtype=subtype,
        n_channels=n_channels,
        endian="LITTLE" if subtype in _MANY_BYTES else "FILE",
    )


def frame_bytes(raw: RawFormat) -> int:
    """Bytes of one sample of all channels."""
    return _MANY_BYTES.get(raw.subtype, 1) * raw.n_channels


def soundfile_options(raw: RawFormat) -> dict[str, int | str]:
    """What soundfile has to be told of samples without header."""
    form: dict[str, int | str] = {"format": "RAW", "subtype": raw.subtype, "endian": raw.endian}
    return form | {"samplerate": raw.sample_rate_hz, "channels": raw.n_channels}
