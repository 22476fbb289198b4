import io

import numpy as np
import pytest
import soundfile

from dcase_classic.errors import DataError
from dcase_classic.io.listening.samples import decode_samples, read_wav_header
from dcase_classic.io.recordings.limits import RATES_HZ
from dcase_classic.io.recordings.raw_samples import frame_bytes, parse_raw_format
from dcase_classic.records import RawFormat


def wav(subtype="PCM_16", n_channels=1, rate_hz=16000, container="WAV"):
    file = io.BytesIO()
    sound = np.random.default_rng(0).uniform(-0.9, 0.9, (50, n_channels))
    soundfile.write(file, sound, rate_hz, format=container, subtype=subtype)
    return file.getvalue()


EXTENDED = wav(container="WAVEX")


@pytest.mark.parametrize("container", ["WAV", "WAVEX"])
@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize(
    "subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"]
)
def test_a_stream_has_the_samples_that_the_file_has(subtype, n_channels, container):
    content = wav(subtype, n_channels, container=container)
    file = io.BytesIO(content)
    header = read_wav_header(lambda n: file.read(min(n, 3)))  # it comes in small pieces
    assert (header.raw.sample_rate_hz, header.raw.n_channels) == (16000, n_channels)
    rest = content[header.n_bytes :][: 50 * frame_bytes(header.raw)]
    expected, _ = soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)
    np.testing.assert_array_equal(decode_samples(rest, header.raw), expected)


@pytest.mark.parametrize("rate_hz", [RATES_HZ.start, RATES_HZ.stop - 1])
def test_a_stream_may_have_every_rate_that_a_file_may_have(rate_hz):
    assert read_wav_header(io.BytesIO(wav(rate_hz=rate_hz)).read).raw.sample_rate_hz == rate_hz
    assert parse_raw_format(f"{rate_hz}:s16le:1").sample_rate_hz == rate_hz


def test_lengths_are_not_believed_since_a_stream_does_not_know_them():
    content = bytearray(wav())
    content[4:8] = content[40:44] = b"\xff" * 4
    assert read_wav_header(io.BytesIO(content).read).n_bytes == 44


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "ends within its header"),
        (b"fLaC" * 10, "no wav stream"),
        (wav()[:30], "ends within its header"),
        (wav()[:12] + wav()[36:], "without format"),
        (wav()[:12] + b"fmt \x02\0\0\0\x01\0", "a wav format of 2 bytes"),
        (wav()[:12] + b"junk\xff\xff\xff\x0f", "more than a MiB"),
        (wav()[:20] + b"\x11\0" + wav()[22:], "a wav stream of format 17"),
        (wav()[:24] + b"\0\0\0\0" + wav()[28:], "0 Hz"),
        (EXTENDED[:46] + bytes(14) + EXTENDED[60:], "a wav stream of format 65534"),
    ],
)
def test_what_is_no_wav_stream_is_said(content, problem):
    with pytest.raises(DataError, match=problem):
        read_wav_header(io.BytesIO(content).read)


def test_samples_without_header_are_decoded_as_they_are_said_to_be():
    raw = RawFormat(sample_rate_hz=8000, subtype="PCM_16", n_channels=2, endian="BIG")
    assert decode_samples(b"\x40\0\xc0\0", raw).tolist() == [[0.5, -0.5]]
