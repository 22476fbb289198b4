import numpy as np
import pytest
import soundfile
from conftest import machine_sound, write_wav

from dcase_classic.config.sound import AudioConfig
from dcase_classic.errors import DataError
from dcase_classic.io.recordings.audio import decode, read_recording
from dcase_classic.records import RawFormat

AUDIO = AudioConfig()
RAW = RawFormat(sample_rate_hz=16000, subtype="PCM_16", n_channels=2)


def read_clip(path, audio):
    return read_recording((path,), audio).waveform


@pytest.fixture
def sound():
    return machine_sound(np.random.default_rng(0), seconds=1.0)


def test_16_bit_samples_are_read_exactly(tmp_path):
    samples = np.arange(-16000, 16000, 7, dtype=np.int16)
    waveform = read_clip(write_wav(tmp_path / "a.wav", samples), AUDIO)
    assert waveform.samples.dtype == np.float32
    np.testing.assert_allclose(
        waveform.samples, (samples - samples.mean()) / 32768, rtol=0, atol=1e-7
    )


def test_flac_gives_the_same_samples_as_wav(tmp_path, sound):
    sound = (sound * 32767).astype(np.int16)
    wav = read_clip(write_wav(tmp_path / "a.wav", sound), AUDIO)
    flac = read_clip(write_wav(tmp_path / "a.flac", sound), AUDIO)
    np.testing.assert_array_equal(wav.samples, flac.samples)


@pytest.mark.parametrize("channel", [0, 1, "mean", "difference"])
@pytest.mark.parametrize("kind", ["flac", "aiff", "caf", "raw"])
def test_16_bit_samples_of_any_file_are_the_integers_they_are_and_give_the_same_bits_as_wav(
    tmp_path, sound, kind, channel
):
    samples = (np.column_stack([sound, sound[::-1]]) * 32767).astype(np.int16)
    audio, waveforms = AudioConfig(channel=channel), []
    for name in ("a.wav", f"a.{kind}"):
        soundfile.write(tmp_path / name, samples, 16000, "PCM_16", format=name[2:].upper())
        raw = RAW if name.endswith("raw") else None
        assert decode(tmp_path / name, raw=raw).values.dtype == np.int16
        waveforms.append(read_recording([tmp_path / name], audio, raw=raw))
    wav, other = waveforms
    assert np.array_equal(wav.waveform.samples, other.waveform.samples)
    assert wav.flags == other.flags


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
    with pytest.raises(DataError, match=r"a\.wav: has 1 channel, expected channel 1; .* 0$"):
        read_clip(path, AudioConfig(channel=1))
    path = write_wav(tmp_path / "b.wav", np.stack([sound, sound], axis=1))
    with pytest.raises(DataError, match=r"channel 2; fit with --channel 0 to 1$"):
        read_clip(path, AudioConfig(channel=2))


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
    with pytest.raises(DataError, match=r"a\.flac: truncated.* (of|declares) 16000"):
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


@pytest.mark.parametrize(
    ("name", "subtype", "atol"),
    [
        ("a.wav", "PCM_U8", 1 / 128),
        ("a.wav", "PCM_16", 1 / 32768),
        ("a.wav", "PCM_24", 2e-7),
        ("a.wav", "PCM_32", 1e-7),
        ("a.wav", "FLOAT", 1e-7),
        ("a.wav", "DOUBLE", 1e-7),
        ("a.wav", "ULAW", 0.02),
        ("a.flac", "PCM_16", 1 / 32768),
        ("a.flac", "PCM_24", 2e-7),
        ("a.ogg", "VORBIS", 0.1),
        ("a.mp3", "MPEG_LAYER_III", 0.2),
    ],
)
def test_every_coding_is_read(tmp_path, name, subtype, atol):
    time_s = np.arange(16000) / 16000
    tone = 0.4 * np.sin(2 * np.pi * 440 * time_s)
    recording = read_recording((write_wav(tmp_path / name, tone, subtype=subtype),), AUDIO)
    assert recording.format.coding == subtype
    assert recording.format.sample_rate_hz == 16000
    middle = slice(4000, 12000)  # lossy codings have edges
    np.testing.assert_allclose(recording.waveform.samples[middle], tone[middle], atol=atol)


def test_the_mean_of_channels_is_read(tmp_path, sound):
    path = write_wav(tmp_path / "a.wav", np.column_stack((sound, sound / 2)))
    mean = read_clip(path, AudioConfig(channel="mean")).samples
    expected = (sound - sound.mean()) * 0.75
    np.testing.assert_allclose(mean, expected, rtol=0, atol=1 / 32768)


def test_far_is_the_second_of_two_channels(tmp_path, sound):
    path = write_wav(tmp_path / "a.wav", np.column_stack((sound, sound[::-1])))
    far = read_clip(path, AudioConfig(channel="far")).samples
    np.testing.assert_array_equal(far, read_clip(path, AudioConfig(channel=1)).samples)


@pytest.mark.parametrize("rate_hz", [16000, 48000])
def test_a_difference_keeps_both_channels(tmp_path, sound, rate_hz):
    path = write_wav(tmp_path / "a.wav", np.column_stack((sound, sound[::-1])), rate_hz)
    both = read_clip(path, AudioConfig(channel="difference"))
    for number, samples in enumerate((both.samples, both.reference)):
        alone = read_clip(path, AudioConfig(channel=number))
        np.testing.assert_array_equal(samples, alone.samples)


@pytest.mark.parametrize("channel", ["far", "difference"])
@pytest.mark.parametrize("n_channels", [1, 8])
def test_near_and_far_need_two_channels(tmp_path, sound, channel, n_channels):
    path = write_wav(tmp_path / "a.wav", np.column_stack([sound] * n_channels))
    message = rf"a\.wav: has {n_channels} channels?, expected 2 \(near and far\)"
    with pytest.raises(DataError, match=message):
        read_clip(path, AudioConfig(channel=channel))


def test_equal_channels_have_no_difference(tmp_path, sound):
    path = write_wav(tmp_path / "a.wav", np.column_stack((sound, sound)))
    with pytest.raises(DataError, match="both channels are equal"):
        read_clip(path, AudioConfig(channel="difference"))


def test_a_dead_far_channel_is_refused(tmp_path, sound):
    path = write_wav(tmp_path / "a.wav", np.column_stack((sound, 0 * sound)))
    with pytest.raises(DataError, match="silent"):
        read_clip(path, AudioConfig(channel="difference"))


def test_a_truncated_mp3_whose_table_tells_its_length_is_refused(tmp_path, sound):
    path = write_wav(tmp_path / "a.mp3", np.tile(sound, 5), subtype="MPEG_LAYER_III")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(DataError, match="truncated"):
        read_clip(path, AUDIO)


def test_an_offset_is_taken_off_every_channel(tmp_path, sound):
    both = np.column_stack((sound, sound[::-1]))
    clean = write_wav(tmp_path / "clean.wav", both)
    moved = write_wav(tmp_path / "moved.wav", both + [0.1, -0.01])
    for channel in (0, "mean", "difference"):
        expected = read_clip(clean, AudioConfig(channel=channel))
        waveform = read_clip(moved, AudioConfig(channel=channel))
        # 16 bits round either file by half a step
        np.testing.assert_allclose(waveform.samples, expected.samples, rtol=0, atol=1.1 / 32768)
        assert abs(waveform.samples.mean(dtype=np.float64)) < 1e-8
        if channel == "difference":
            assert abs(waveform.reference.mean(dtype=np.float64)) < 1e-8


def test_a_silent_channel_beside_one_with_sound_says_so(tmp_path, sound):
    path = write_wav(tmp_path / "a.wav", np.column_stack((0 * sound, sound)))
    with pytest.raises(DataError, match=r"channel 0 is silent .*, channel 1 has sound"):
        read_clip(path, AUDIO)


def test_what_is_odd_about_a_file_is_flagged(tmp_path, sound):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.round(sound * 32768), 16000, subtype="FLOAT")
    (flag,) = read_recording((path,), AUDIO).flags
    assert flag == "16-bit values in a float file, divided by 32768"


def test_the_parts_of_a_clip_are_read_as_one(tmp_path, sound):
    sound = (sound * 32767).astype(np.int16)
    whole = write_wav(tmp_path / "whole.wav", sound)
    parts = [
        write_wav(tmp_path / f"{start}.wav", sound[start : start + 4000])
        for start in range(0, len(sound), 4000)
    ]
    joined = read_recording(parts, AUDIO)
    np.testing.assert_array_equal(joined.waveform.samples, read_clip(whole, AUDIO).samples)
    assert joined.format.n_samples == len(sound)


def test_parts_of_different_rates_are_refused(tmp_path, sound):
    parts = [write_wav(tmp_path / f"{rate}.wav", sound, rate) for rate in (8000, 16000)]
    with pytest.raises(DataError, match="its parts differ in rate or channels"):
        read_recording(parts, AUDIO)


@pytest.mark.shared
def test_each_of_eight_channels_can_be_chosen(shared):
    folder = shared / "data" / "mimii_8ch" / "fan" / "id_00"
    for path in folder.rglob("*.flac"):
        channels = [read_clip(path, AudioConfig(channel=number)).samples for number in range(8)]
        assert all(np.any(channels[0] != other) for other in channels[1:])
        mean = read_clip(path, AudioConfig(channel="mean")).samples
        np.testing.assert_allclose(mean, np.mean(channels, axis=0), atol=1e-6)
        with pytest.raises(DataError, match="has 8 channel"):
            read_clip(path, AudioConfig(channel=8))


@pytest.mark.shared
def test_all_real_recordings_are_read_without_a_flag(shared):
    paths = sorted((shared / "data" / "seven_machines").rglob("*.wav"))
    assert len(paths) == 28
    for path in paths:
        recording = read_recording((path,), AUDIO)
        assert (recording.format.sample_rate_hz, recording.format.coding) == (16000, "PCM_16")
        assert recording.flags == ()
