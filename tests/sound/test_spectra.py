from concurrent.futures import ThreadPoolExecutor

import librosa
import numpy as np
import oracles_features
import pytest

from dcase_classic.config.sound import SpectrumConfig
from dcase_classic.sound.spectra import log_mel, mel_filters

DEFAULT = SpectrumConfig()
SETTINGS = [
    (16000, DEFAULT),
    (16000, SpectrumConfig(n_mels=64)),
    (16000, SpectrumConfig(hop_samples=256, n_mels=20)),
    (16000, SpectrumConfig(n_mels=40, fmin_hz=150.0, fmax_hz=6500.0)),
    (16000, SpectrumConfig(n_mels=40, fmin_hz=2000.0)),
    (48000, SpectrumConfig(n_fft=2048)),
    (1000, SpectrumConfig(n_fft=64, hop_samples=64, n_mels=7)),  # below the logarithmic part
]


def noise(n_samples=16000, seed=0, gain=0.1):
    rng = np.random.default_rng(seed)
    return (gain * rng.normal(size=n_samples)).astype(np.float32)


def spectrogram_of(samples, spectrum=DEFAULT, rate_hz=16000):
    return log_mel(samples, spectrum, sample_rate_hz=rate_hz)


@pytest.mark.parametrize(("rate_hz", "spectrum"), SETTINGS)
def test_the_spectrogram_is_librosas(rate_hz, spectrum):
    samples = noise() + 0.3 * np.sin(0.4 * np.arange(16000)).astype(np.float32)
    expected = oracles_features.slow_log_mel(samples, spectrum, rate_hz)
    # float32 keeps seven digits of the power: 1e-3 dB is 2e-4 of it, where a band nearly cancels
    np.testing.assert_allclose(spectrogram_of(samples, spectrum, rate_hz), expected, atol=1e-3)


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
    expected = oracles_features.slow_log_mel(samples, DEFAULT, 16000)
    is_near = expected > expected.max(axis=1, keepdims=True) - 80
    # further below, a float32 FFT of an undithered tone has a noise floor of its own
    difference = np.abs(spectrogram_of(samples) - expected)
    assert difference[is_near].max() <= 1e-3


def test_a_clip_of_many_blocks_has_the_rows_of_its_parts():
    samples = noise(512 * 1300)
    starts = (0, 511, 512, 1000)  # the first frames of parts that lie across the blocks
    whole = spectrogram_of(samples)
    for start in starts:
        part = spectrogram_of(samples[512 * start :][: 1024 + 512 * 4])
        # products of matrices of another height may round the last of seven digits differently
        np.testing.assert_allclose(whole[start : start + 5], part, atol=1e-4)


def test_threads_do_not_share_their_buffers():
    clips = [noise(seed=seed) for seed in range(16)]
    alone = [spectrogram_of(clip) for clip in clips]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(spectrogram_of, clips * 10))
    assert np.array_equal(together, alone * 10)


def test_more_bands_than_bins_leave_bands_at_the_floor():
    spectrum = SpectrumConfig(n_fft=64, hop_samples=64, n_mels=200)
    assert (spectrogram_of(noise(), spectrum).min(axis=0) < -99.9).sum() > 50


@pytest.mark.parametrize(("rate_hz", "spectrum"), SETTINGS)
def test_the_mel_filters_are_librosas(rate_hz, spectrum):
    expected = librosa.filters.mel(
        sr=rate_hz,
        n_fft=spectrum.n_fft,
        n_mels=spectrum.n_mels,
        fmin=spectrum.fmin_hz,
        fmax=spectrum.fmax_hz,
    ).T
    np.testing.assert_allclose(mel_filters(spectrum, rate_hz), expected, rtol=1e-5, atol=1e-9)


def test_all_bands_are_those_up_to_half_the_rate():
    named = SpectrumConfig(fmin_hz=0.0, fmax_hz=8000.0)
    assert np.array_equal(spectrogram_of(noise(), named), spectrogram_of(noise()))


def test_every_band_of_the_default_settings_has_a_filter():
    assert (mel_filters(DEFAULT, 16000).sum(axis=0) > 0).all()


def test_the_spectrogram_is_float32_with_one_row_per_unpadded_frame():
    spectrogram = spectrogram_of(noise(1024 + 3 * 512 + 511))
    assert spectrogram.dtype == np.float32
    assert spectrogram.shape == (4, 128)


@pytest.mark.parametrize(("amin", "floor_db"), [(1e-10, -100), (1e-16, -160)])
def test_silence_lies_at_the_floor(amin, floor_db):
    silence = spectrogram_of(np.zeros(2048, np.float32), SpectrumConfig(amin=amin))
    np.testing.assert_allclose(silence, np.full((3, 128), floor_db), atol=2e-5)  # float32


def test_twice_the_amplitude_is_6_db_more():
    rise = spectrogram_of(2 * noise()) - spectrogram_of(noise())
    # a power of two scales float32 exactly; only the rounding of dB values near 10 remains
    np.testing.assert_allclose(rise, 20 * np.log10(2), atol=1e-4)


@pytest.mark.parametrize(
    "samples",
    [np.ones(4096, np.float32), np.eye(1, 4096, 2000, dtype=np.float32)[0], np.sign(noise(4096))],
    ids=["DC", "impulse", "full scale"],
)
def test_extreme_clips_have_finite_spectra(samples):
    spectrogram = spectrogram_of(samples)
    assert np.isfinite(spectrogram).all()
    assert spectrogram.min() >= -100.00001


def test_the_samples_are_not_changed():
    samples = noise()
    spectrogram_of(samples)
    assert np.array_equal(samples, noise())


def test_a_clip_of_exactly_one_frame_has_one_row():
    assert spectrogram_of(noise(1024)).shape == (1, 128)


@pytest.mark.parametrize(("highest_hz", "n_bands"), [(7600.0, 125), (8000.0, 128), (1.0, 1)])
def test_bands_above_the_highest_frequency_are_left_out_and_the_others_stay(highest_hz, n_bands):
    samples = np.random.default_rng(0).normal(size=16000).astype(np.float32)
    every = log_mel(samples, SpectrumConfig(), sample_rate_hz=16000)
    spectrum = SpectrumConfig(highest_hz=highest_hz)
    kept = log_mel(samples, spectrum, sample_rate_hz=16000)
    np.testing.assert_allclose(kept, every[:, :n_bands], rtol=0, atol=1e-4)  # other blocks, float32
