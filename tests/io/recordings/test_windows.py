import numpy as np
import pytest
import soundfile

from dcase_classic.config.sound import AudioConfig
from dcase_classic.errors import DataError
from dcase_classic.io.recordings.audio import read_recording
from dcase_classic.io.recordings.windows import iter_window_recordings, read_span
from dcase_classic.records import Clip, Span, Split


def noise(seconds, rate_hz=16000, n_channels=1, seed=0):
    size = (round(seconds * rate_hz), n_channels)
    return 0.1 * np.random.default_rng(seed).normal(size=size)


def clip_of(path, *parts):
    return Clip(path=path, machine_type="fan", section="00", split=Split.TEST, parts=parts)


def written(path, samples):
    soundfile.write(path, samples, 16000)
    return path


def windows_of(clip, **audio):
    return list(iter_window_recordings(clip, AudioConfig(**audio), window_s=1.0, hop_s=0.5))


@pytest.mark.parametrize(("rate_hz", "n_channels", "channel"), [(16000, 1, 0), (44100, 2, "mean")])
def test_a_window_is_read_like_a_recording_of_its_length(tmp_path, rate_hz, n_channels, channel):
    samples = noise(3.2, rate_hz, n_channels)
    soundfile.write(tmp_path / "long.wav", samples, rate_hz)
    windows = windows_of(clip_of(tmp_path / "long.wav"), channel=channel)
    starts_s = [span.start_s for span, _ in windows]
    assert starts_s == pytest.approx([0, 0.5, 1, 1.5, 2, 2.2])
    start = round(starts_s[3] * rate_hz)
    soundfile.write(tmp_path / "short.wav", samples[start : start + rate_hz], rate_hz)
    expected = read_recording((tmp_path / "short.wav",), AudioConfig(channel=channel))
    span, actual = windows[3]
    assert span.end_s == pytest.approx(2.5)
    assert actual.format == expected.format
    np.testing.assert_allclose(actual.waveform.samples, expected.waveform.samples, atol=1e-6)


@pytest.mark.parametrize(("seconds", "starts_s"), [(2.9, [0, 1]), (2.0, [0, 1]), (0.9, [0])])
def test_windows_without_the_rest_end_with_the_last_whole_one(tmp_path, seconds, starts_s):
    clip = clip_of(written(tmp_path / "a.wav", noise(seconds)))
    windows = iter_window_recordings(clip, AudioConfig(), window_s=1.0, hop_s=1.0, with_rest=False)
    assert [span.start_s for span, _ in windows] == starts_s


def test_the_files_of_a_clip_follow_each_other(tmp_path):
    samples = noise(3.0)
    soundfile.write(tmp_path / "whole.wav", samples, 16000)
    for name, part in {"a.wav": samples[:20000], "b.wav": samples[20000:]}.items():
        soundfile.write(tmp_path / name, part, 16000)
    whole = windows_of(clip_of(tmp_path / "whole.wav"))
    parts = windows_of(clip_of(tmp_path / "a.wav", tmp_path / "a.wav", tmp_path / "b.wav"))
    for (span, actual), (expected_span, expected) in zip(parts, whole, strict=True):
        assert span == expected_span
        assert np.array_equal(actual.waveform.samples, expected.waveform.samples)


def test_parts_of_different_rates_are_refused(tmp_path):
    for name, rate_hz in {"a.wav": 16000, "b.wav": 8000}.items():
        soundfile.write(tmp_path / name, noise(2.0, rate_hz), rate_hz)
    with pytest.raises(DataError, match="its parts differ in rate or channels"):
        windows_of(clip_of(tmp_path / "a.wav", tmp_path / "a.wav", tmp_path / "b.wav"))


def test_a_silent_window_is_an_error_of_its_own(tmp_path):
    samples = noise(4.0)
    samples[16000:32000] = 0
    soundfile.write(tmp_path / "a.wav", samples, 16000)
    problems = {
        span.start_s: recording.problem
        for span, recording in windows_of(clip_of(tmp_path / "a.wav"))
        if isinstance(recording, DataError)
    }
    assert list(problems) == [1.0]
    assert "silent" in problems[1.0]


def test_a_stretch_of_a_recording_is_read_and_what_there_is_of_it_is_told(tmp_path):
    samples = np.arange(32000) / 64000
    clip = clip_of(written(tmp_path / "a.wav", samples))
    recording, there = read_span(clip, Span(start_s=0.5, end_s=1.5), AudioConfig())
    expected = samples[8000:24000] - samples[8000:24000].mean()
    np.testing.assert_allclose(recording.waveform.samples, expected, atol=1e-4)
    assert there == Span(start_s=0.5, end_s=1.5)
    _, there = read_span(clip, Span(start_s=1.5, end_s=9.0), AudioConfig())
    assert there == Span(start_s=1.5, end_s=2.0)


def test_a_stretch_behind_the_end_is_an_error(tmp_path):
    clip = clip_of(written(tmp_path / "a.wav", np.arange(16000) / 64000))
    with pytest.raises(DataError, match="has nothing from 2.0 to 3.0 s, it is 1.0 s long"):
        read_span(clip, Span(start_s=2.0, end_s=3.0), AudioConfig())
