import numpy as np
import pytest
from made_rows import noisy_frames
from scipy import stats

from dcase_classic.sound.features_clip import (
    Dynamics,
    LevelKurtosis,
    ModulationSpectrum,
    RankedMean,
)


def test_ranked_means_go_from_the_mean_to_the_maximum():
    frames = noisy_frames(n_frames=200)
    rows = RankedMean((1.0, 0.0)).extract(frames)
    np.testing.assert_allclose(rows[:, :40], frames.mean(axis=1), rtol=1e-5)  # float32
    np.testing.assert_allclose(rows[:, 40:], frames.max(axis=1), rtol=1e-6)


@pytest.mark.parametrize("n_frames", [1, 50, 313, 600])
def test_a_ranked_mean_weights_the_sorted_frames(n_frames):
    frames = noisy_frames(n_frames=n_frames)
    weights = (0.9 ** (313 / n_frames)) ** np.arange(n_frames)
    expected = np.tensordot(weights / weights.sum(), -np.sort(-frames, axis=1), ([0], [1]))
    np.testing.assert_allclose(RankedMean((0.9,)).extract(frames), expected, rtol=1e-5)  # float32


def test_a_clip_twice_as_long_has_the_same_ranked_mean():
    frames = noisy_frames(n_frames=313)
    once, twice = (RankedMean((0.9,)).extract(np.tile(frames, (1, n, 1))) for n in (1, 2))
    # half as many frames take each step of the sum: a difference of 0.05 weights times 10 dB
    np.testing.assert_allclose(once, twice, atol=0.5)


@pytest.mark.parametrize("r", [(), (0.5, 0.5), (1.1,), (-0.1,)])
def test_ranks_that_are_missing_doubled_or_out_of_range_are_refused(r):
    with pytest.raises(ValueError, match="r: got .*, expected different numbers from 0 to 1"):
        RankedMean(r)


def test_dynamics_are_the_statistics_of_the_movement():
    frames = noisy_frames(n_frames=200)
    expected = [
        frames.std(axis=1),
        np.subtract(*np.percentile(frames, [95, 5], axis=1)),
        np.log(stats.kurtosis(frames, axis=1, fisher=False)),
        np.abs(np.diff(frames, axis=1)).mean(axis=1),
    ]
    actual = Dynamics().extract(frames)
    np.testing.assert_allclose(actual, np.concatenate(expected, axis=1), rtol=1e-3)  # float32


def test_a_gain_and_an_equaliser_do_not_change_the_dynamics():
    frames = noisy_frames()
    equalised = frames + np.linspace(-30, 10, 40, dtype=np.float32)
    # values near -80 are rounded at 4e-6
    np.testing.assert_allclose(Dynamics().extract(equalised), Dynamics().extract(frames), atol=1e-3)


def test_what_does_not_move_has_no_dynamics():
    assert not Dynamics().extract(np.full((2, 9, 4), -73.1, np.float32)).any()


def rhythm(cycles_per_window, n_frames=374, n_mels=48):
    """Frames whose upper half of bands goes up and down, in cycles per 128 frames."""
    frames = np.full((1, n_frames, n_mels), -50, np.float32)
    wave = 5 * np.sin(2 * np.pi * cycles_per_window * np.arange(n_frames) / 128)
    frames[:, :, n_mels // 2 :] += wave[np.newaxis, :, np.newaxis].astype(np.float32)
    return frames


@pytest.mark.parametrize(("cycles", "rate"), [(2.3, 0), (3, 1), (10, 5), (50, 11), (64, 11)])
def test_a_rhythm_appears_at_its_rate_and_in_its_bands_only(cycles, rate):
    spectrum = ModulationSpectrum().extract(rhythm(cycles + 0.1)).reshape(24, 12)
    np.testing.assert_allclose(spectrum[:12], -30, atol=1e-3)  # the floor of nothing
    assert (spectrum[12:].argmax(axis=1) == rate).all()


def test_a_level_has_no_rhythm():
    still = ModulationSpectrum().extract(rhythm(10) * 0 - 20)
    np.testing.assert_allclose(still, -30, atol=1e-3)


@pytest.mark.parametrize("n_frames", [129, 200, 311])
def test_the_last_frames_count(n_frames):
    frames = noisy_frames(n_frames=n_frames)
    changed = frames.copy()
    changed[:, -3:] += 20
    before, after = (ModulationSpectrum().extract(each) for each in (frames, changed))
    assert (before != after).mean() > 0.9


def test_rhythms_of_clips_of_any_length_are_on_one_scale():
    rng = np.random.default_rng(0)
    long, short = (rng.normal(size=(60, n, 24)).astype(np.float32) for n in (374, 60))
    means = [ModulationSpectrum().extract(each).mean() for each in (long, short)]
    # fewer periodograms in a mean lower the mean of their logarithm, by up to 2.5 dB for one
    assert abs(means[0] - means[1]) < 2.5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_bands": 0}, "n_bands: got 0, expected at least 1"),
        ({"n_rates": 0}, "n_rates: got 0, expected at least 1"),
        ({"window_frames": 7}, "window_frames: got 7, expected at least 8"),
    ],
)
def test_a_modulation_spectrum_of_nothing_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        ModulationSpectrum(**options)


def test_the_level_kurtosis_is_that_of_the_mean_over_bands():
    frames = noisy_frames(n_frames=300)
    expected = stats.kurtosis(frames.mean(axis=2), axis=1)
    np.testing.assert_allclose(LevelKurtosis().extract(frames)[:, 0], expected, atol=1e-4)


def test_rare_clicks_are_peaked_and_a_hum_is_not():
    hum = rhythm(5)
    clicks = np.full((1, 300, 8), -60, np.float32)
    clicks[:, ::60] += 20
    assert LevelKurtosis().extract(hum)[0, 0] < -1
    assert LevelKurtosis().extract(clicks)[0, 0] > 10


def test_a_constant_level_is_not_peaked():
    assert LevelKurtosis().extract(np.full((1, 9, 4), -73.1, np.float32)) == 0
