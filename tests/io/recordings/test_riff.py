import struct

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from dcase_classic.config.sound import AudioConfig
from dcase_classic.errors import DataError
from dcase_classic.io.recordings import audio
from dcase_classic.io.recordings.riff import read_pcm16

SAMPLES = np.random.default_rng(0).integers(-32768, 32768, 800, dtype=np.int16)


def chunk(name, content):
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def fmt(kind=1, channels=1, rate_hz=16000, frame=2, bits=16):
    return struct.pack("<HHIIHH", kind, channels, rate_hz, rate_hz * frame, frame, bits)


def wav(*chunks, size=None):
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body) if size is None else size) + body


DATA = chunk(b"data", SAMPLES.tobytes())
PLAIN = wav(chunk(b"fmt ", fmt()), DATA)
WHOLE = {
    "plain": PLAIN,
    "chunks before the samples": wav(
        chunk(b"fmt ", fmt()), chunk(b"LIST", b"INFO!"), chunk(b"junk", b""), DATA
    ),
    "an extended header": wav(chunk(b"fmt ", fmt() + b"\0\0"), DATA),
    "two channels": wav(chunk(b"fmt ", fmt(channels=2, frame=4)), DATA),
    "another rate": wav(chunk(b"fmt ", fmt(rate_hz=44100)), DATA),
}
NOT_PLAIN = {
    "empty": b"",
    "text": b"not audio at all, but long enough to hold a header of 44 bytes",
    "a header only": PLAIN[:40],
    "truncated": PLAIN[:-100],
    "grown": PLAIN + b"\0\0",
    "a wrong RIFF size": wav(chunk(b"fmt ", fmt()), DATA, size=17),
    "chunks behind the samples": wav(chunk(b"fmt ", fmt()), DATA, chunk(b"LIST", b"INFO")),
    "no samples chunk": wav(chunk(b"fmt ", fmt()), chunk(b"LIST", b"INFO" * 9)),
    "a chunk that ends nowhere": wav(chunk(b"fmt ", fmt()), b"LIST\xff\xff\xff\x7f" + DATA),
    "half a frame": wav(chunk(b"fmt ", fmt(channels=3, frame=6)), DATA),
    "float": wav(chunk(b"fmt ", fmt(kind=3, frame=4, bits=32)), DATA),
    "8 bits": wav(chunk(b"fmt ", fmt(frame=1, bits=8)), DATA),
    "24 bits": wav(chunk(b"fmt ", fmt(frame=3, bits=24)), DATA),
    "no channel": wav(chunk(b"fmt ", fmt(channels=0, frame=0)), DATA),
    "no rate": wav(chunk(b"fmt ", fmt(rate_hz=0)), DATA),
    "an absurd rate": wav(chunk(b"fmt ", fmt(rate_hz=800_000)), DATA),
    "a wrong frame size": wav(chunk(b"fmt ", fmt(channels=2)), DATA),
}


@pytest.mark.parametrize("name", WHOLE)
def test_whole_plain_files_give_the_samples_that_libsndfile_gives(tmp_path, name):
    path = tmp_path / "a.wav"
    path.write_bytes(WHOLE[name])
    samples, rate_hz = read_pcm16(path)
    expected, expected_rate_hz = soundfile.read(path, dtype="int16", always_2d=True)
    np.testing.assert_array_equal(samples, expected)
    assert rate_hz == expected_rate_hz


@pytest.mark.parametrize("name", NOT_PLAIN)
def test_everything_else_is_left_to_libsndfile(tmp_path, name):
    path = tmp_path / "a.wav"
    path.write_bytes(NOT_PLAIN[name])
    assert read_pcm16(path) is None


def test_a_file_without_any_sample_is_left_to_the_reader_that_refuses_it(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(wav(chunk(b"fmt ", fmt()), chunk(b"data", b"")))
    assert read_pcm16(path) is None
    with pytest.raises(DataError, match="holds no samples"):
        audio.decode(path)


def outcome(path, *, is_fast):
    """The samples of a file, or what is said about it, with or without the fast path."""
    with pytest.MonkeyPatch.context() as patch:
        if not is_fast:
            patch.setattr(audio, "read_pcm16", lambda _: None)
        try:
            waveform = audio.read_recording((path,), AudioConfig()).waveform
        except DataError as error:
            return str(error)
    return waveform.samples.tobytes()


@pytest.mark.uncounted
@settings(max_examples=300)
@given(st.integers(0, 60), st.binary(min_size=1, max_size=4))
def test_a_damaged_header_never_gives_other_samples_or_errors(tmp_path_factory, position, damage):
    path = tmp_path_factory.mktemp("riff") / "a.wav"
    path.write_bytes(PLAIN[:position] + damage + PLAIN[position + len(damage) :])
    assert outcome(path, is_fast=True) == outcome(path, is_fast=False)
