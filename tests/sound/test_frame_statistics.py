import numpy as np
import pytest
from scipy import stats

from dcase_classic.sound import frame_statistics

# Levels in dB as spectrograms have them: far from 0, where float32 keeps few digits.
LEVELS = (-60 + 8 * np.random.default_rng(0).standard_normal((3, 31, 5))).astype(np.float32)
EXACT = LEVELS.astype(np.float64)


def test_centred_values_and_their_mean_are_exact_far_from_zero():
    centred, mean = frame_statistics.centre(LEVELS - 1000)
    np.testing.assert_allclose(mean, (LEVELS - 1000).astype(np.float64).mean(axis=1), rtol=2e-7)
    np.testing.assert_allclose(centred.mean(axis=1, dtype=np.float64), 0, atol=1e-4)


def test_moments_are_the_biased_ones_of_scipy():
    std, skewness, kurtosis = frame_statistics.moments(frame_statistics.centre(LEVELS)[0])
    np.testing.assert_allclose(std, EXACT.std(axis=1), rtol=1e-5)
    np.testing.assert_allclose(skewness, stats.skew(EXACT, axis=1), atol=1e-5)
    np.testing.assert_allclose(kurtosis, stats.kurtosis(EXACT, axis=1, fisher=False), rtol=1e-5)


def test_a_column_that_does_not_move_has_no_skewness_and_the_kurtosis_that_was_asked_for():
    still = np.full((1, 9, 1), -99.7, np.float32)
    centred, _ = frame_statistics.centre(still)
    std, skewness, kurtosis = frame_statistics.moments(centred, constant=0.5)
    assert (std.item(), skewness.item(), kurtosis.item()) == (0.0, 0.0, 0.5)


@pytest.mark.parametrize("n_frames", [1, 2, 7, 31])
def test_percentiles_lie_linear_between_neighbours(n_frames):
    wanted = [0, 5, 50, 95, 100]
    actual = frame_statistics.percentiles(LEVELS[:, :n_frames], wanted)
    expected = np.percentile(EXACT[:, :n_frames], wanted, axis=1)
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_steps_are_differences_of_neighbours():
    np.testing.assert_allclose(frame_statistics.steps(LEVELS), np.diff(EXACT, axis=1), rtol=1e-6)


def test_a_single_frame_has_one_step_of_zero():
    assert np.array_equal(frame_statistics.steps(LEVELS[:, :1]), np.zeros((3, 1, 5)))


@pytest.mark.parametrize(("order", "expected"), [(1, [0.0, 6.0, 12.0]), (2, [6.0, 6.0, 6.0])])
@pytest.mark.parametrize("n_frames", [30, 200])
def test_derivatives_of_a_parabola_are_its_own(order, expected, n_frames):
    time = np.arange(n_frames, dtype=np.float32)
    values = (3 * time**2 - n_frames)[np.newaxis, :, np.newaxis]
    actual = frame_statistics.derivative(values, order=order)[0, :, 0]
    middle = n_frames // 2
    offset = 6 * middle if order == 1 else 0
    np.testing.assert_allclose(actual[middle : middle + 3], np.add(expected, offset), rtol=1e-3)


def test_few_frames_have_no_second_derivative():
    assert not frame_statistics.derivative(LEVELS[:, :2], order=2).any()
