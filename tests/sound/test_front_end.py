import math

import numpy as np
import pytest

from dcase_classic.config.sound import AudioConfig, SpectrumConfig
from dcase_classic.config.specs import Spec
from dcase_classic.config.view import ViewConfig
from dcase_classic.errors import ConfigError
from dcase_classic.records import Waveform
from dcase_classic.sound.features import LogMelStats, MfccEmbedding
from dcase_classic.sound.features_clip import LevelKurtosis
from dcase_classic.sound.front_end import (
    FrontEnd,
    Part,
    ViewFeatures,
    log_mel_of,
    peakiness_features,
)
from dcase_classic.sound.spectra import log_mel

SPECTRUM = SpectrumConfig()
MEANS = Spec("logmel_stats", (("statistics", ("mean",)),))


def noise(seconds=2.6, seed=0, sample_rate_hz=16000):
    samples = 0.1 * np.random.default_rng(seed).normal(size=round(seconds * sample_rate_hz))
    return Waveform(samples=samples.astype(np.float32), sample_rate_hz=sample_rate_hz)


def view(name="a", features=(MEANS,), **settings):
    return ViewConfig(name=name, features=features, detector=Spec("knn"), **settings)


def key(view, spectrum=SPECTRUM):
    return ViewFeatures.from_config(view, spectrum)


def rows_of(view, waveform, spectrum=SPECTRUM):
    features = key(view, spectrum)
    return FrontEnd(audio=AudioConfig(), features=(features,)).rows(waveform)[features]


def frames_of(waveform):
    return log_mel(waveform.samples, SpectrumConfig(), sample_rate_hz=16000)


def test_every_second_and_a_long_rest_has_a_row():
    rows = rows_of(view(), noise(2.6))
    assert rows.shape == (3, 128)
    assert rows.dtype == np.float32


def test_a_row_holds_the_features_of_the_frames_of_its_second():
    rows = rows_of(view(), noise(3.0))
    second = frames_of(noise(3.0))[31:62]  # the first frame with its centre in it is number 31
    np.testing.assert_allclose(rows[1], second.mean(axis=0), rtol=1e-5)  # float32


def test_a_whole_clip_has_one_row_of_all_its_frames():
    rows = rows_of(view(segment_s=math.inf), noise())
    np.testing.assert_allclose(rows, [frames_of(noise()).mean(axis=0)], rtol=1e-5)  # float32


def test_a_clip_shorter_than_a_segment_has_one_row():
    assert rows_of(view(), noise(0.7)).shape == (1, 128)


def test_segments_may_overlap():
    assert len(rows_of(view(segment_hop_s=0.5), noise(3.0))) == 5


def test_segments_are_measured_in_seconds_at_any_sample_rate():
    assert len(rows_of(view(), noise(3.0, sample_rate_hz=8000))) == 3


def test_every_view_has_its_own_rows_of_one_spectrogram():
    whole, seconds = view(segment_s=math.inf), view("b", (MEANS, Spec("mfcc")))
    front_end = FrontEnd(audio=AudioConfig(), features=(key(whole), key(seconds)))
    rows = front_end.rows(noise())
    assert list(rows) == [key(whole), key(seconds)]
    assert np.array_equal(rows[key(whole)], rows_of(whole, noise()))
    assert np.array_equal(rows[key(seconds)], rows_of(seconds, noise()))


def test_a_view_may_have_a_spectrogram_of_its_own():
    fast = SpectrumConfig(n_fft=256, hop_samples=128, n_mels=20)
    rows = rows_of(view(spectrum=fast), noise())
    assert rows.shape[1] == 20
    assert np.array_equal(rows, rows_of(view(), noise(), fast))


def test_the_peakiness_is_the_level_kurtosis_of_the_whole_clip():
    peakiness = peakiness_features(SPECTRUM)
    rows = FrontEnd(audio=AudioConfig(), features=(peakiness,)).rows(noise())[peakiness]
    assert np.array_equal(rows, LevelKurtosis().extract(frames_of(noise())[np.newaxis]))


def test_the_columns_are_those_of_the_extractors_in_the_order_of_the_settings():
    rows = rows_of(view(features=(Spec("mfcc"), MEANS)), noise())
    assert rows.shape[1] == len(MfccEmbedding().names(128) + LogMelStats(("mean",)).names(128))
    assert np.array_equal(rows[:, 60:], rows_of(view(), noise()))


def test_the_settings_of_the_spectrum_are_used():
    settings = SpectrumConfig(n_mels=20)
    assert rows_of(view(), noise(), settings).shape == (3, 20)


def test_views_of_equal_features_have_one_key_whatever_follows_them():
    assert {key(view()), key(view("b", pooling=Spec("max"), n_rows=500))} == {key(view())}


def test_a_spectrogram_of_its_own_that_equals_the_shared_one_is_no_other_feature():
    assert key(view(spectrum=SPECTRUM)) == key(view())


def test_an_unknown_feature_names_the_view_and_the_known_ones():
    with pytest.raises(ConfigError, match="view a: features: got 'mffc', expected .*mfcc"):
        key(view(features=(Spec("mffc"),)))


def test_a_clip_shorter_than_one_frame_is_refused():
    with pytest.raises(ValueError, match="samples: got 800, expected at least one frame of 1024"):
        rows_of(view(), noise(0.05))


def test_a_reference_is_subtracted_in_the_mel_domain():
    near, far = noise(2.0, seed=1), noise(2.0, seed=2)
    both = Waveform(samples=near.samples, sample_rate_hz=16000, reference=far.samples)
    rows = rows_of(view(segment_s=math.inf), both)
    expected = (frames_of(near) - frames_of(far)).mean(axis=0)
    np.testing.assert_allclose(rows[0], expected, atol=1e-4)  # float32 near 100 dB


@pytest.mark.parametrize("seconds", [6.0, 9.3, 16.0])
def test_statistics_are_over_the_real_frames_of_each_length(seconds):
    waveform = noise(seconds)
    rows = rows_of(view(segment_s=math.inf), waveform)
    np.testing.assert_allclose(rows[0], frames_of(waveform).mean(axis=0), atol=1e-4)


@pytest.mark.parametrize("gain", [0.25, 4.0])
def test_a_view_that_ignores_the_level_sees_the_same_at_any_gain(gain):
    louder = Waveform(samples=noise().samples * np.float32(gain), sample_rate_hz=16000)
    ignoring = view(level="ignore")
    np.testing.assert_allclose(rows_of(ignoring, louder), rows_of(ignoring, noise()), atol=1e-4)
    change_db = rows_of(view(), louder) - rows_of(view(), noise())
    np.testing.assert_allclose(change_db, 20 * np.log10(gain), atol=1e-3)  # a view keeps it


def test_a_view_that_ignores_the_level_lacks_the_mean_over_frames_and_bands():
    whole = view(segment_s=math.inf, level="ignore")
    frames = np.float64(frames_of(noise()))
    expected = frames.mean(axis=0) - frames.mean()
    np.testing.assert_allclose(rows_of(whole, noise())[0], expected, atol=1e-4)  # float32


@pytest.mark.parametrize("place", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("center", [False, True])
def test_the_rows_of_a_part_are_those_of_a_clip_of_its_frames(place, center):
    spectrum = SpectrumConfig(engine="librosa", center=True) if center else SPECTRUM
    waveform = noise(3.0)
    features = key(view(segment_s=math.inf), spectrum)
    front_end = FrontEnd(audio=AudioConfig(), features=(features,))
    whole, part = front_end.rows_with_part(waveform, Part(share=2 / 3, place=place))
    assert np.array_equal(whole[features], front_end.rows(waveform)[features])
    frames = log_mel_of(waveform, spectrum)
    n_cut = -(-(48000 - 32000) // 512)
    start = round(place * n_cut)
    expected = frames[start : start + len(frames) - n_cut].mean(axis=0)
    np.testing.assert_allclose(part[features][0], expected, rtol=1e-5)  # float32


def test_a_part_has_the_segments_and_the_level_of_its_own():
    waveform = noise(4.0)
    waveform.samples[32000:] *= 10
    ignoring = key(view(level="ignore"))
    front_end = FrontEnd(audio=AudioConfig(), features=(ignoring,))
    _, part = front_end.rows_with_part(waveform, Part(share=0.5, place=0.0))
    soft = Waveform(samples=waveform.samples[:32000], sample_rate_hz=16000)
    np.testing.assert_allclose(part[ignoring], front_end.rows(soft)[ignoring], atol=1e-3)


def test_a_part_of_a_very_short_clip_has_one_frame_at_least():
    short = Waveform(samples=noise().samples[:1100], sample_rate_hz=16000)
    features = key(view())
    front_end = FrontEnd(audio=AudioConfig(), features=(features,))
    _, part = front_end.rows_with_part(short, Part(share=0.1, place=1.0))
    assert part[features].shape == (1, 128)


def test_a_part_has_no_features_whole_only_clips():
    whole, both = key(view(segment_s=math.inf)), key(view())
    front_end = FrontEnd(audio=AudioConfig(), features=(whole, both), whole_only=(whole,))
    rows, part = front_end.rows_with_part(noise(), Part(share=0.5, place=0.0))
    assert (list(rows), list(part)) == ([whole, both], [both])
