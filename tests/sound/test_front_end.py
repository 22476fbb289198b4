import math

import numpy as np
import pytest

from dcase_classic.config import Config, Spec, SpectrumConfig, ViewConfig
from dcase_classic.errors import ConfigError
from dcase_classic.records import Waveform
from dcase_classic.sound.features import LogMelStats, MfccEmbedding
from dcase_classic.sound.features_clip import LevelKurtosis
from dcase_classic.sound.front_end import FrontEnd
from dcase_classic.sound.spectra import log_mel

MEANS = Spec("logmel_stats", (("statistics", ("mean",)),))


def noise(seconds=2.6, seed=0, sample_rate_hz=16000):
    samples = 0.1 * np.random.default_rng(seed).normal(size=round(seconds * sample_rate_hz))
    return Waveform(samples=samples.astype(np.float32), sample_rate_hz=sample_rate_hz)


def view(name="a", features=(MEANS,), **settings):
    return ViewConfig(name=name, features=features, detector=Spec("knn"), **settings)


def front_end(*views, **settings):
    return FrontEnd.from_config(Config(views=views, **settings))


def frames_of(waveform):
    return log_mel(waveform.samples, SpectrumConfig(), sample_rate_hz=16000)


def test_every_second_and_a_long_rest_has_a_row():
    (rows,) = front_end(view()).rows(noise(2.6))
    assert rows.shape == (3, 128)
    assert rows.dtype == np.float32


def test_a_row_holds_the_features_of_the_frames_of_its_second():
    (rows,) = front_end(view()).rows(noise(3.0))
    second = frames_of(noise(3.0))[31:62]  # the first frame with its centre in it is number 31
    np.testing.assert_allclose(rows[1], second.mean(axis=0), rtol=1e-5)  # float32


def test_a_whole_clip_has_one_row_of_all_its_frames():
    (rows,) = front_end(view(segment_s=math.inf)).rows(noise())
    np.testing.assert_allclose(rows, [frames_of(noise()).mean(axis=0)], rtol=1e-5)  # float32


def test_a_clip_shorter_than_a_segment_has_one_row():
    assert front_end(view()).rows(noise(0.7))[0].shape == (1, 128)


def test_segments_may_overlap():
    assert len(front_end(view(segment_hop_s=0.5)).rows(noise(3.0))[0]) == 5


def test_segments_are_measured_in_seconds_at_any_sample_rate():
    assert len(front_end(view()).rows(noise(3.0, sample_rate_hz=8000))[0]) == 3


def test_every_view_has_its_own_rows_of_one_spectrogram():
    whole, seconds = view(segment_s=math.inf), view("b", (MEANS, Spec("mfcc")))
    both = front_end(whole, seconds).rows(noise())
    assert np.array_equal(both[0], front_end(whole).rows(noise())[0])
    assert np.array_equal(both[1], front_end(seconds).rows(noise())[0])


def test_equal_features_are_computed_once():
    both = front_end(view(), view("b", pooling=Spec("max")))
    assert len(both.rows(noise())) == 2
    assert len(both.distinct().rows(noise())) == 1


def test_a_view_may_have_a_spectrogram_of_its_own():
    fast = SpectrumConfig(n_fft=256, hop_samples=128, n_mels=20)
    rows = front_end(view(), view("b", spectrum=fast)).rows(noise())
    assert np.array_equal(rows[0], front_end(view()).rows(noise())[0])
    assert np.array_equal(rows[1], front_end(view(), spectrum=fast).rows(noise())[0])


def test_a_gate_adds_the_peakiness_of_the_whole_clip():
    views = view(group="steady"), view("b", group="impulsive")
    gated = Config(views=views, fusion=Spec("gate"))
    rows = FrontEnd.from_config(gated, with_peakiness=True).rows(noise())
    assert [table.shape for table in rows] == [(3, 128), (3, 128), (1, 1)]
    assert np.array_equal(rows[2], LevelKurtosis().extract(frames_of(noise())[np.newaxis]))


def test_the_columns_are_those_of_the_extractors_in_the_order_of_the_settings():
    (rows,) = front_end(view(features=(Spec("mfcc"), MEANS))).rows(noise())
    assert rows.shape[1] == len(MfccEmbedding().names(128) + LogMelStats(("mean",)).names(128))
    assert np.array_equal(rows[:, 60:], front_end(view()).rows(noise())[0])


def test_the_settings_of_the_spectrum_are_used():
    settings = SpectrumConfig(n_mels=20)
    assert front_end(view(), spectrum=settings).rows(noise())[0].shape == (3, 20)


def test_equal_settings_make_equal_front_ends():
    assert front_end(view()) == front_end(view())
    assert hash(front_end(view())) == hash(front_end(view()))


def test_settings_behind_the_features_do_not_change_the_front_end():
    assert front_end(view(pooling=Spec("max")), seed=3) == front_end(view("b"))


def test_an_unknown_feature_names_the_view_and_the_known_ones():
    with pytest.raises(ConfigError, match="view a: features: got 'mffc', expected .*mfcc"):
        front_end(view(features=(Spec("mffc"),)))


def test_a_clip_shorter_than_one_frame_is_refused():
    with pytest.raises(ValueError, match="samples: got 800, expected at least one frame of 1024"):
        front_end(view()).rows(noise(0.05))


def test_a_reference_is_subtracted_in_the_mel_domain():
    near, far = noise(2.0, seed=1), noise(2.0, seed=2)
    both = Waveform(samples=near.samples, sample_rate_hz=16000, reference=far.samples)
    (rows,) = front_end(view(segment_s=math.inf)).rows(both)
    expected = (frames_of(near) - frames_of(far)).mean(axis=0)
    np.testing.assert_allclose(rows[0], expected, atol=1e-4)  # float32 near 100 dB


@pytest.mark.parametrize("seconds", [6.0, 9.3, 16.0])
def test_statistics_are_over_the_real_frames_of_each_length(seconds):
    waveform = noise(seconds)
    (rows,) = front_end(view(segment_s=math.inf)).rows(waveform)
    np.testing.assert_allclose(rows[0], frames_of(waveform).mean(axis=0), atol=1e-4)
