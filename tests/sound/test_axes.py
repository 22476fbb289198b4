import numpy as np
import pytest
from sounds import RATE_HZ, tone, waveform

from dcase_classic.config.sound import SpectrumConfig
from dcase_classic.sound.axes import Axes
from dcase_classic.sound.front_end import log_mel_of

SPECTRA = [
    SpectrumConfig(),
    SpectrumConfig(n_fft=256, hop_samples=128, n_mels=48, highest_hz=7600.0),
    SpectrumConfig(engine="librosa", center=True, htk=True),
]


@pytest.mark.uncounted
@pytest.mark.parametrize("spectrum", SPECTRA)
@pytest.mark.parametrize("hz", [500, 3000])
def test_a_tone_is_loudest_in_the_band_that_holds_it(spectrum, hz):
    axes = Axes(spectrum=spectrum, sample_rate_hz=RATE_HZ)
    frames = log_mel_of(waveform(tone(hz)), spectrum)
    band = int(frames.mean(axis=0).argmax())
    low_hz, high_hz = axes.band_hz((max(0, band - 1), band + 2))
    assert low_hz < hz < high_hz
    assert len(axes.centres_hz()) == len(axes.widths_hz()) == frames.shape[1]


@pytest.mark.parametrize("spectrum", SPECTRA)
def test_a_click_is_loudest_in_the_frames_around_it(spectrum):
    axes = Axes(spectrum=spectrum, sample_rate_hz=RATE_HZ)
    samples = np.full(2 * RATE_HZ, 1e-4)
    samples[RATE_HZ] = 1.0
    frames = log_mel_of(waveform(samples), spectrum)
    loudest = int(frames.mean(axis=1).argmax())
    from_s, to_s = axes.seconds((loudest, loudest + 1))
    assert from_s <= 1.0 <= to_s
    first, behind = axes.frames_between(from_s, to_s, len(frames))
    assert first <= loudest < behind


def test_frames_are_those_whose_middle_lies_between_and_one_at_least():
    axes = Axes(spectrum=SpectrumConfig(), sample_rate_hz=RATE_HZ)
    assert axes.frames_between(0.0, 0.1, 100) == (0, 3)  # middles at 0.032, 0.064 and 0.096 s
    assert axes.frames_between(0.05, 0.051, 100) == (1, 2)
    assert axes.frames_between(9.0, 9.5, 100) == (99, 100)


def test_neighbouring_bands_share_an_edge_and_cover_their_widths():
    axes = Axes(spectrum=SpectrumConfig(), sample_rate_hz=RATE_HZ)
    assert axes.band_hz((10, 11))[1] == axes.band_hz((11, 12))[0]
    low_hz, high_hz = axes.band_hz((10, 11))
    assert axes.widths_hz()[10] == pytest.approx(high_hz - low_hz)
    assert axes.frame_rate_hz == pytest.approx(31.25)
