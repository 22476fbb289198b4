import numpy as np
import pytest
import soundfile
from conftest import machine_sound, write_wav

from dcase_classic.config import AudioConfig
from dcase_classic.errors import DataError
from dcase_classic.io.audio import read_clip

AUDIO = AudioConfig()


@pytest.fixture
def sound():
    return machine_sound(np.random.default_rng(0), seconds=1.0)


def test_16_bit_samples_are_read_exactly(tmp_path):
    samples = np.arange(-16000, 16000, 7, dtype=np.int16)
    waveform = read_clip(write_wav(tmp_path / "a.wav", samples), AUDIO)
    assert waveform.samples.dtype == np.float32
    np.testing.assert_array_equal(waveform.samples, samples / np.float32(32768))


def test_flac_gives_the_same_samples_as_wav(tmp_path, sound):
    sound = (sound * 32767).astype(np.int16)
    wav = read_clip(write_wav(tmp_path / "a.wav", sound), AUDIO)
    flac = read_clip(write_wav(tmp_path / "a.flac", sound), AUDIO)
    np.testing.assert_array_equal(wav.samples, flac.samples)


def test_another_rate_is_resampled_to_the_wanted_one(tmp_path):
    time_s = np.arange(44100) / 44100
    path = write_wav(tmp_path / "a.wav", 0.5 * np.sin(2 * np.pi * 440 * time_s), 44100)
    waveform = read_clip(path, AUDIO)
    expected = 0.5 * np.sin(2 * np.pi * 440 * np.arange(16000) / 16000)
    assert waveform.sample_rate_hz == 16000
    # the edges differ by the resampler's filter, 16-bit rounding is 3e-5
    np.testing.assert_allclose(waveform.samples[200:-200], expected[200:-200], atol=1e-3)


def test_the_wanted_channel_is_read(tmp_path, sound):
    path = write_wav(tmp_path / "a.wav", np.column_stack((sound, -sound)))
    first = read_clip(path, AUDIO).samples
    second = read_clip(path, AudioConfig(channel=1)).samples
    np.testing.assert_allclose(first, -second, atol=1 / 32768)


def test_a_missing_channel_is_named(tmp_path, sound):
    path = write_wav(tmp_path / "a.wav", sound)
    with pytest.raises(DataError, match=r"a\.wav: has 1 channel\(s\), expected channel 1"):
        read_clip(path, AudioConfig(channel=1))


@pytest.mark.parametrize(
    ("samples", "reason"),
    [
        (np.zeros(16000), "silent"),
        (np.full(16000, 0.25), "constant"),
        (np.array([]), "holds no samples"),
        (np.where(np.arange(16000) == 77, np.nan, 0.1), "NaN or infinite"),
        (np.where(np.arange(16000) == 77, np.inf, 0.1), "NaN or infinite"),
    ],
)
def test_samples_that_say_nothing_are_refused(tmp_path, samples, reason):
    path = tmp_path / "a.wav"
    soundfile.write(path, samples, 16000, subtype="FLOAT")
    with pytest.raises(DataError, match=rf"a\.wav: .*{reason}"):
        read_clip(path, AUDIO)


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT", "ULAW"])
def test_a_truncated_wav_is_refused(tmp_path, sound, subtype):
    path = write_wav(tmp_path / "a.wav", sound, subtype=subtype)
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(DataError, match="truncated"):
        read_clip(path, AUDIO)


def test_a_truncated_flac_is_refused(tmp_path, sound):
    path = write_wav(tmp_path / "a.flac", sound)
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(DataError, match=r"a\.flac: cannot be decoded"):
        read_clip(path, AUDIO)


@pytest.mark.parametrize(
    ("content", "reason"), [(b"", "empty file"), (b"not audio at all", "cannot be decoded")]
)
def test_a_file_that_is_no_audio_is_refused(tmp_path, content, reason):
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(DataError, match=rf"a\.wav: {reason}"):
        read_clip(path, AUDIO)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        read_clip(tmp_path / "a.wav", AUDIO)
