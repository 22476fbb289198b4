from concurrent.futures import ThreadPoolExecutor

import librosa
import numpy as np
import oracles_features
import pytest

from dcase_classic.sound.spectra import log_mel, mel_filters

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


TIME = np.arange(16000) / 16000
HARD_CLIPS = {
    "tone": 0.5 * np.sin(2 * np.pi * 1000 * TIME),
    "tone between bins": 0.9 * np.sin(2 * np.pi * 3007.3 * TIME),
    "chord": sum(0.3 * np.sin(2 * np.pi * hz * TIME) for hz in (110, 997, 7001)),
    "full scale": np.sign(np.sin(2 * np.pi * 440 * TIME)),
    "faint noise": 1e-4 * np.random.default_rng(0).normal(size=16000),
    "silence": np.zeros(16000),
}


@pytest.mark.parametrize("name", HARD_CLIPS)
def test_within_80_db_of_the_loudest_band_the_spectrogram_is_librosas_to_a_thousandth_db(name):
    samples = HARD_CLIPS[name].astype(np.float32)
    expected = oracles_features.slow_log_mel(samples, **DEFAULT)
    is_near = expected > expected.max(axis=1, keepdims=True) - 80
    # further below, a float32 FFT of an undithered tone has a noise floor of its own
    difference = np.abs(log_mel(samples, **DEFAULT) - expected)
    assert difference[is_near].max() <= 1e-3


def test_a_clip_of_many_blocks_has_the_rows_of_its_parts():
    samples = noise(512 * 1300)
    starts = (0, 511, 512, 1000)  # the first frames of parts that lie across the blocks
    whole = log_mel(samples, **DEFAULT)
    for start in starts:
        part = log_mel(samples[512 * start :][: 1024 + 512 * 4], **DEFAULT)
        # products of matrices of another height may round the last of seven digits differently
        np.testing.assert_allclose(whole[start : start + 5], part, atol=1e-4)


def test_threads_do_not_share_their_buffers():
    clips = [noise(seed=seed) for seed in range(16)]
    alone = [log_mel(clip, **DEFAULT) for clip in clips]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda clip: log_mel(clip, **DEFAULT), clips * 10))
    assert np.array_equal(together, alone * 10)


def test_more_bands_than_bins_leave_bands_at_the_floor():
    settings = {"sample_rate_hz": 16000, "n_fft": 64, "hop_samples": 64, "n_mels": 200}
    assert (log_mel(noise(), **settings).min(axis=0) < -99.9).sum() > 50


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
    silence = log_mel(np.zeros(2048, np.float32), **DEFAULT)
    np.testing.assert_allclose(silence, np.full((3, 128), -100), atol=1e-5)  # float32 near 100


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
