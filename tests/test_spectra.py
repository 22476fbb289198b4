import librosa
import numpy as np
import oracles_features
import pytest

from dcase_classic.spectra import log_mel, mel_filters

DEFAULT = {"sample_rate_hz": 16000, "n_fft": 1024, "hop_samples": 512, "n_mels": 128}
SETTINGS = [
    DEFAULT,
    DEFAULT | {"n_mels": 64},
    DEFAULT | {"hop_samples": 256, "n_mels": 20},
    DEFAULT | {"sample_rate_hz": 48000, "n_fft": 2048},
    {"sample_rate_hz": 1000, "n_fft": 64, "hop_samples": 64, "n_mels": 7},  # below the log part
]


def noise(n_samples=16000, seed=0, gain=0.1):
    rng = np.random.default_rng(seed)
    return (gain * rng.normal(size=n_samples)).astype(np.float32)


@pytest.mark.parametrize("settings", SETTINGS)
def test_the_spectrogram_is_librosas(settings):
    samples = noise() + 0.3 * np.sin(0.4 * np.arange(16000)).astype(np.float32)
    expected = oracles_features.slow_log_mel(samples, **settings)
    # float32 keeps seven digits of the power: 1e-3 dB is 2e-4 of it, where a band nearly cancels
    np.testing.assert_allclose(log_mel(samples, **settings), expected, atol=1e-3)


@pytest.mark.parametrize("settings", SETTINGS)
def test_the_mel_filters_are_librosas(settings):
    expected = librosa.filters.mel(
        sr=settings["sample_rate_hz"], n_fft=settings["n_fft"], n_mels=settings["n_mels"]
    ).T
    actual = mel_filters(settings["sample_rate_hz"], settings["n_fft"], settings["n_mels"])
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-9)


def test_every_band_of_the_default_settings_has_a_filter():
    assert (mel_filters(16000, 1024, 128).sum(axis=0) > 0).all()


def test_shared_filters_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        mel_filters(16000, 1024, 128)[0, 0] = 1


def test_the_spectrogram_is_float32_with_one_row_per_unpadded_frame():
    spectrogram = log_mel(noise(1024 + 3 * 512 + 511), **DEFAULT)
    assert spectrogram.dtype == np.float32
    assert spectrogram.shape == (4, 128)


def test_silence_lies_at_the_floor_of_100_db():
    assert np.array_equal(log_mel(np.zeros(2048, np.float32), **DEFAULT), np.full((3, 128), -100))


def test_twice_the_amplitude_is_6_db_more():
    rise = log_mel(2 * noise(), **DEFAULT) - log_mel(noise(), **DEFAULT)
    # a power of two scales float32 exactly; only the rounding of dB values near 10 remains
    np.testing.assert_allclose(rise, 20 * np.log10(2), atol=1e-4)


@pytest.mark.parametrize(
    "samples",
    [
        np.ones(4096, np.float32),
        np.eye(1, 4096, 2000, dtype=np.float32)[0],
        np.sign(noise(4096)),
    ],
    ids=["DC", "impulse", "full scale"],
)
def test_extreme_clips_have_finite_spectra(samples):
    spectrogram = log_mel(samples, **DEFAULT)
    assert np.isfinite(spectrogram).all()
    assert spectrogram.min() >= -100.00001


def test_the_samples_are_not_changed():
    samples = noise()
    log_mel(samples, **DEFAULT)
    assert np.array_equal(samples, noise())


def test_a_clip_of_exactly_one_frame_has_one_row():
    assert log_mel(noise(1024), **DEFAULT).shape == (1, 128)


def test_a_clip_shorter_than_one_frame_is_refused():
    with pytest.raises(ValueError, match="samples: got 1023, expected at least one frame of 1024"):
        log_mel(noise(1023), **DEFAULT)
