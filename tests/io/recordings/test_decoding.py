"""Every kind of file: all samples, a true word about what is odd, or an error with a cure."""

import resource
import shutil
import struct
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from dcase_classic.errors import DataError
from dcase_classic.io.recordings import audio
from dcase_classic.io.recordings.audio import in_full_scale
from dcase_classic.io.recordings.decoding import decode_values, iter_scaled, open_sound
from dcase_classic.io.recordings.raw_samples import parse_raw_format

RATE_HZ = 16000


@pytest.fixture
def samples():
    values = np.random.default_rng(0).standard_normal(2 * RATE_HZ) * 0.1
    return (np.round(values * 32768) / 32768).astype(np.float32)


@pytest.fixture
def wav(tmp_path, samples):
    path = tmp_path / "clip.wav"
    soundfile.write(path, samples, RATE_HZ)
    return path


def declare(path, n_bytes):
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, 40, n_bytes)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("n_declared", "word"),
    [
        (0xFFFFFFFF, "a stream"),
        (0x80000000, "a stream"),
        (0x7FFFF000, "a stream"),
        (0, "declares no samples"),
        (64000 + 8, "8 bytes too many"),
        (64000 + 44, "44 bytes too many"),
        (32000, "1.00 s of sound behind"),
    ],
)
def test_a_wrong_length_loses_no_sample_and_is_named(wav, samples, n_declared, word):
    declare(wav, n_declared)
    values, _, notes = decode_values(wav)
    np.testing.assert_array_equal(in_full_scale(values)[:, 0], samples)
    assert word in "; ".join(notes)


def test_a_plain_file_has_nothing_odd(wav, samples):
    values, made, notes = decode_values(wav)
    np.testing.assert_array_equal(in_full_scale(values)[:, 0], samples)
    assert (made.sample_rate_hz, made.n_channels, notes) == (RATE_HZ, 1, ())


def test_chunks_behind_the_samples_are_no_samples(wav, samples):
    wav.write_bytes(wav.read_bytes() + b"LIST\4\0\0\0INFO")
    values, _, notes = decode_values(wav)
    assert (len(values), notes) == (len(samples), ())


def test_bytes_behind_the_samples_are_named(wav, samples):
    wav.write_bytes(wav.read_bytes() + b"\1" * 10)
    values, _, notes = decode_values(wav)
    assert len(values) == len(samples)
    assert notes == ("10 bytes behind the samples are left out",)


def test_samples_that_are_missing_are_counted(wav):
    wav.write_bytes(wav.read_bytes()[:-8000])
    with pytest.raises(DataError, match="declares 32000 samples and 28000 are there"):
        decode_values(wav)


@pytest.mark.parametrize("content", [b"", b"hello world" * 20])
def test_what_is_no_sound_is_refused_in_one_line(tmp_path, content):
    path = tmp_path / "clip.wav"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        decode_values(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_a_header_without_samples_is_refused(wav):
    wav.write_bytes(wav.read_bytes()[:44])
    declare(wav, 0)
    with pytest.raises(DataError, match="holds no samples"):
        decode_values(wav)


@pytest.mark.parametrize(
    ("factor", "subtype", "scale", "word"),
    [
        (3.0, "FLOAT", 3.0, "above full scale"),
        (32768.0, "FLOAT", 1.0, "16-bit values in a float file"),
        (32768.0, "DOUBLE", 1.0, "16-bit values in a float file"),
    ],
)
def test_float_beyond_full_scale_is_scaled_by_the_stated_rule(
    tmp_path, samples, factor, subtype, scale, word
):
    path = tmp_path / "clip.wav"
    soundfile.write(path, samples * np.float32(factor), RATE_HZ, subtype=subtype)
    values, _, notes = decode_values(path)
    np.testing.assert_allclose(values[:, 0], samples * scale, rtol=1e-6)
    assert word in notes[0]


def test_float_of_no_known_range_is_refused_with_the_cure(tmp_path, samples):
    path = tmp_path / "clip.wav"
    soundfile.write(path, samples * np.float32(300.3), RATE_HZ, subtype="FLOAT")
    with pytest.raises(DataError, match="export it again as 16-bit wav"):
        decode_values(path)


def test_16_bit_values_in_32_bits_are_recognised(tmp_path, samples):
    path = tmp_path / "clip.wav"
    soundfile.write(path, np.round(samples * 32768).astype(np.int32), RATE_HZ, subtype="PCM_32")
    values, _, notes = decode_values(path)
    np.testing.assert_array_equal(values[:, 0], samples)
    assert "16-bit values" in notes[0]


@pytest.mark.parametrize("coding", ["s16le", "s16be", "f32le", "s24le"])
def test_raw_samples_are_read_as_they_are_said_to_be(tmp_path, samples, coding):
    raw = parse_raw_format(f"16000:{coding}:1")
    path = tmp_path / "clip.raw"
    soundfile.write(path, samples, RATE_HZ, format="RAW", subtype=raw.subtype, endian=raw.endian)
    values, _, _ = decode_values(path, raw=raw)
    np.testing.assert_allclose(in_full_scale(values)[:, 0], samples, atol=1e-7)


@pytest.mark.parametrize("text", ["", "16000", "16000:s17le:1", "0:s16le:1", "16000:s16le:x"])
def test_a_wrong_raw_format_is_refused_with_an_example(text):
    with pytest.raises(DataError, match="16000:s16le:1"):
        parse_raw_format(text)


def piped(command, path):
    program = command.split()[0]
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    content = subprocess.run(command, shell=True, capture_output=True, check=True).stdout  # noqa: S602 - our own pipe
    path.write_bytes(content)
    return path


@pytest.mark.uncounted
@pytest.mark.parametrize(
    ("command", "suffix", "n_least"),
    [
        ("ffmpeg -v error -i {} -f wav - | cat", ".wav", 32000),
        ("ffmpeg -v error -i {} -c:a pcm_s24le -f wav - | cat", ".wav", 32000),
        ("ffmpeg -v error -i {} -c:a pcm_mulaw -f wav - | cat", ".wav", 32000),
        ("ffmpeg -v error -i {} -c:a adpcm_ima_wav -f wav - | cat", ".wav", 32000),
        ("ffmpeg -v error -i {} -f flac - | cat", ".flac", 32000),
        ("ffmpeg -v error -i {} -write_xing 0 -f mp3 - | cat", ".mp3", 32000),
        ("sox {} -t wav - | cat", ".wav", 32000),
        ("sox {} -t au - | cat", ".au", 32000),
        ("sox {} -r 8000 -e gsm-full-rate -t wav - | cat", ".wav", 16000),
        ("sox {} -e ms-adpcm -t wav - | cat", ".wav", 32000),
        ("sox {} -t aiff -", ".aiff", 32000),
    ],
)
def test_what_other_programs_stream_is_read_to_its_end(tmp_path, wav, command, suffix, n_least):
    path = piped(command.format(wav), tmp_path / f"stream{suffix}")
    values, _, _ = decode_values(path)
    assert n_least <= len(values) < 1.06 * n_least


def test_an_ogg_file_that_was_cut_says_so(tmp_path, samples):
    path = tmp_path / "clip.ogg"
    soundfile.write(path, samples, RATE_HZ, format="OGG", subtype="VORBIS")
    assert decode_values(path)[2] == ()
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])
    assert "no end mark" in decode_values(path)[2][0]


def test_a_flac_file_that_was_cut_is_refused(tmp_path, samples):
    path = tmp_path / "clip.flac"
    soundfile.write(path, samples, RATE_HZ)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])
    with pytest.raises(DataError, match="truncated"):
        decode_values(path)


def test_m4a_without_the_extra_tells_the_cure(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    path = tmp_path / "clip.m4a"
    path.write_bytes(b"\0\0\0\x20ftypM4A " + bytes(100))
    with pytest.raises(DataError, match=r"pip install .*ffmpeg -i .*clip.m4a .*clip.flac"):
        decode_values(path)


def test_m4a_is_decoded_with_the_extra(tmp_path, wav):
    pytest.importorskip("av", reason="needs PyAV")
    path = tmp_path / "clip.m4a"
    piped(f"ffmpeg -v error -y -i {wav} {path} && cat {path}", path)
    values, made, _ = decode_values(path)
    assert made.coding == "AAC"
    assert 32000 <= len(values) < 34000


def test_blocks_joined_are_the_whole(wav, samples):
    joined = np.concatenate(list(iter_scaled(wav, n_samples=1000)))
    np.testing.assert_array_equal(joined[:, 0], samples)


@pytest.mark.uncounted
@pytest.mark.parametrize("hours", [3, pytest.param(24, marks=pytest.mark.long)])
def test_a_day_of_sound_is_read_in_little_memory(tmp_path, hours):
    path = tmp_path / "day.wav"
    n_bytes = hours * 3600 * RATE_HZ * 2
    soundfile.write(path, np.zeros(1, np.float32), RATE_HZ)
    declare(path, n_bytes)
    with path.open("r+b") as file:
        file.truncate(44 + n_bytes)  # sparse: zeros that take no disk
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with open_sound(path) as sound:
        n_read = sum(len(block) for block in sound.iter_blocks())
    assert n_read == n_bytes // 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kB


def wav_header(rate_hz=16000, n_channels=1, n_bytes=64000, kind=1, n_bits=16):
    n_frame = n_channels * n_bits // 8
    fmt = struct.pack(
        "<HHIIHH", kind, n_channels, rate_hz, rate_hz * n_frame % 2**32, n_frame % 2**16, n_bits
    )
    head = b"RIFF" + struct.pack("<I", (36 + n_bytes) % 2**32) + b"WAVEfmt \x10\0\0\0" + fmt
    return head + b"data" + struct.pack("<I", n_bytes)


def flac_that_promises(tmp_path, samples, n_samples):
    path = tmp_path / "a.flac"
    soundfile.write(path, samples, RATE_HZ)
    content = bytearray(path.read_bytes())
    content[21] = content[21] & 0xF0 | n_samples >> 32  # of STREAMINFO
    content[22:26] = (n_samples % 2**32).to_bytes(4, "big")
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ({"rate_hz": 1}, "a rate of 1 Hz, expected 1000 to 768000 Hz"),
        ({"rate_hz": 999}, "a rate of 999 Hz"),
        ({"rate_hz": 4_000_000_000}, "a rate of 4000000000 Hz"),
        ({"n_channels": 65535}, "channels"),
        ({"n_channels": 300}, "300 channels, expected at most 256"),
        ({"n_channels": 0}, "cannot be decoded"),
        ({"n_bytes": 2**32 - 40_000}, "truncated, the header declares"),
        ({"n_bytes": 2**31 - 100_000}, "truncated, the header declares"),
    ],
)
def test_a_header_that_promises_what_no_clip_has_is_one_line(tmp_path, samples, header, problem):
    path = tmp_path / "a.wav"
    path.write_bytes(wav_header(**header) + (samples * 32768).astype("<i2").tobytes())
    for read in (decode_values, audio.decode):
        with pytest.raises(DataError, match=problem) as caught:
            read(path)
        assert len(str(caught.value).splitlines()) == 1
        assert caught.value.path == path


def test_a_flac_that_promises_two_to_the_36_samples_is_one_line(tmp_path, samples):
    path = flac_that_promises(tmp_path, samples, 2**36 - 1)
    with pytest.raises(DataError, match="68719476735 samples, expected at most"):
        decode_values(path)


def test_many_channels_are_read_in_shorter_blocks(tmp_path):
    path = tmp_path / "a.wav"
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, (3000, 256)).astype(np.float32)
    soundfile.write(path, samples, RATE_HZ, subtype="FLOAT")
    with open_sound(path) as sound:
        blocks = list(sound.iter_blocks())
    assert {len(block) for block in blocks} == {1024, 3000 - 2 * 1024}
    np.testing.assert_array_equal(np.concatenate(blocks), samples)


def test_floats_as_large_as_1e20_are_one_line(tmp_path, samples):
    path = tmp_path / "a.wav"
    soundfile.write(path, samples * np.float32(1e20), RATE_HZ, subtype="FLOAT")
    with pytest.raises(DataError, match="expected -1 to 1"):
        decode_values(path)
