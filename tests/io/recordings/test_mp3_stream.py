"""Streams of mp3, which tell nothing of their length."""

import inspect
import io
import resource

import numpy as np
import pytest
import soundfile

from dcase_classic.errors import DataError
from dcase_classic.io.recordings.decoding import decode_values
from dcase_classic.io.recordings.mp3_stream import read_mp3_head

LOUD, SOFT = np.random.default_rng(0).normal(size=(2, 160_000)) * [[0.2], [1e-4]]


def encoded(samples, rate_hz=16000, **options):
    if "bitrate_mode" not in inspect.signature(soundfile.write).parameters:
        pytest.skip("soundfile before 0.13 writes no variable bit rate")
    content = io.BytesIO()
    soundfile.write(content, samples, rate_hz, format="MP3", bitrate_mode="VARIABLE", **options)
    return content.getvalue()


def without_table(content):
    """The same frames without the first one, which holds the table."""
    return content[read_mp3_head(io.BytesIO(content)).start :]


@pytest.mark.uncounted
@pytest.mark.parametrize("rate_hz", [8000, 16000, 44100])
@pytest.mark.parametrize("n_channels", [1, 2])
def test_all_of_a_stream_that_begins_loud_is_read(tmp_path, rate_hz, n_channels):
    content = encoded(np.column_stack([np.append(LOUD, SOFT)] * n_channels), rate_hz)
    whole, part = tmp_path / "whole.mp3", tmp_path / "part.mp3"
    whole.write_bytes(content)
    part.write_bytes(without_table(content))
    wanted, (values, _, notes) = decode_values(whole)[0], decode_values(part)
    assert notes == ()
    start = len(values) - len(wanted)  # the table also tells what an encoder put around the sound
    assert 0 < start < 4 * 1152
    best = min(
        np.abs(values[shift : shift + 100_000] - wanted[:100_000]).max() for shift in (576, 1105)
    )
    assert best < 1e-3


@pytest.mark.parametrize("begin", [b"ID3\3\0\0\0\0\1\0" + bytes(128), b"\xff\xfb" + bytes(50)])
def test_what_stands_before_the_first_frame_is_no_frame(tmp_path, begin):
    stream = without_table(encoded(LOUD))
    path = tmp_path / "a.mp3"
    path.write_bytes(begin + stream)
    with path.open("rb") as file:
        assert read_mp3_head(file).start == len(begin)
    assert len(decode_values(path)[0]) > len(LOUD)


def test_a_table_that_tells_no_frames_is_left_out(tmp_path):
    content = bytearray(encoded(LOUD))
    at = max(content.find(b"Xing"), content.find(b"Info"))
    content[at + 7] &= ~1  # the flag of the number of frames
    path = tmp_path / "a.mp3"
    path.write_bytes(content)
    assert len(decode_values(path)[0]) > len(LOUD)


@pytest.mark.parametrize(
    "content", [b"", b"ID3", b"\xff\xfb\x90", b"\xff\xfb\x90\0" * 300, bytes(1000)]
)
def test_what_is_no_mp3_has_no_head(content):
    assert read_mp3_head(io.BytesIO(content)) is None


def test_an_mp3_without_a_frame_is_refused_in_words_that_are_true(tmp_path):
    path = tmp_path / "a.mp3"
    path.write_bytes(b"ID3\3\0\0\0\0\x7f\x7f" + bytes(2000))
    with pytest.raises(DataError, match=r"cannot be decoded as audio \(no frame with sound\)"):
        decode_values(path)


def test_a_picture_of_megabytes_is_not_taken_into_memory(tmp_path):
    content = encoded(LOUD)
    path = tmp_path / "a.mp3"
    path.write_bytes(content)
    wanted, made, _ = decode_values(path)
    n_bytes = 150 * 2**20
    size = bytes(n_bytes >> shift & 0x7F for shift in (21, 14, 7, 0))
    with path.open("wb") as file:
        file.write(b"ID3\3\0\0" + size)
        file.truncate(10 + n_bytes)  # sparse
        file.seek(10 + n_bytes)
        file.write(content)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    values, form, notes = decode_values(path)
    assert (form, notes) == (made, ())
    np.testing.assert_array_equal(values, wanted)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kB
