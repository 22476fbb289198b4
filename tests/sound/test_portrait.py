import numpy as np
import pytest
from made_rows import noisy_frames

from dcase_classic.config.sound import SpectrumConfig
from dcase_classic.sound.portrait import (
    CONTRAST_FRAMES,
    MOMENT_FRAMES,
    Portrait,
    PortraitColumns,
    RunningSums,
    coarse_bands,
    grouped_bands,
    n_level_bands,
    portrait_features,
    rate_edges,
    with_grouped_bands,
)


@pytest.fixture(scope="module")
def frames():
    return noisy_frames(n_segments=2, n_frames=200)


@pytest.fixture(scope="module")
def portrait(frames):
    return PortraitColumns.from_row(Portrait().extract(frames)[1])


def test_every_column_has_a_name_of_its_own(frames):
    names = Portrait().names(frames.shape[2])
    assert len(set(names)) == len(names) == Portrait().extract(frames).shape[1]
    assert names[0] == "portrait_mean_0"


def test_levels_are_means_over_time(frames, portrait):
    np.testing.assert_allclose(portrait.mean[:40], frames[1].mean(axis=0), atol=1e-3)
    np.testing.assert_allclose(portrait.mean[-1], frames[1].mean(), atol=1e-3)


def test_moments_are_the_loudest_and_quietest_of_each_length(frames, portrait):
    for length, (loudest, quietest) in zip(MOMENT_FRAMES, portrait.moments, strict=True):
        slow = [frames[1, i : i + length].mean(axis=0) for i in range(200 - length + 1)]
        np.testing.assert_allclose(loudest[:40], np.max(slow, axis=0), atol=1e-3)
        np.testing.assert_allclose(quietest[:40], np.min(slow, axis=0), atol=1e-3)


def test_a_beat_stands_at_its_rate_in_the_band_that_beats():
    frames = noisy_frames(n_segments=1, n_frames=256)
    frames[0, :, :5] += 30 * np.sin(2 * np.pi * 0.1 * np.arange(256))[:, np.newaxis]
    rhythm = PortraitColumns.from_row(Portrait().extract(frames)[0]).rhythm
    band, rate = np.unravel_index(rhythm[:-1].argmax(), rhythm[:-1].shape)
    assert coarse_bands(40)[band][0] < 5
    assert rate_edges()[rate] <= 0.1 < rate_edges()[rate + 1]


def test_a_clip_shorter_than_a_moment_is_one_moment():
    frames = noisy_frames(n_frames=3)
    np.testing.assert_allclose(RunningSums(frames).means(8)[:, 0], frames.mean(axis=1), atol=1e-4)
    assert np.isfinite(Portrait().extract(frames)).all()


def test_few_bands_have_no_coarse_ones_but_pairs_and_all_together():
    assert [len(members) for members in coarse_bands(3)] == [1, 1, 1, 3]
    assert [members.tolist() for members in grouped_bands(3)] == [
        [0], [1], [2], [0, 1], [1, 2], [0, 1, 2],
    ]  # fmt: skip
    assert with_grouped_bands(np.ones((4, 3), np.float32)).shape == (4, 9)


def test_wide_bands_hold_two_four_and_eight_coarse_ones_and_overlap_by_half():
    widths = [len(members) for members in grouped_bands(48)]
    assert widths == [2] * 24 + [4] * 23 + [8] * 11 + [16] * 5 + [48]


@pytest.mark.parametrize("sign", [1, -1])
def test_a_moment_stands_out_of_what_is_before_and_behind_it(sign):
    frames = np.full((1, 100, 3), -50, np.float32)
    frames[0, 60:68, 1] += sign * 10
    stand_out = RunningSums(frames).contrasts(8)[sign < 0][0]
    assert int(np.abs(stand_out[:, 1]).argmax()) == 60
    assert stand_out[60, 1] == pytest.approx(sign * 10, abs=1e-3)
    np.testing.assert_allclose(stand_out[:, [0, 2]], 0, atol=1e-3)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_step_is_no_moment(sign):
    frames = np.full((1, 100, 1), -50, np.float32)
    frames[0, 50:] += 10
    stand_out = RunningSums(frames).contrasts(1)[sign < 0]
    assert (sign * stand_out).max() == pytest.approx(0, abs=1e-3)


def test_moments_at_the_ends_of_a_clip_stand_out_of_what_there_is_and_at_the_very_end_of_nothing():
    frames = np.full((1, 40, 1), -50, np.float32)
    frames[0, [1, 4, 35, 38]] += 10
    stand_out = RunningSums(frames).contrasts(1)[0][0, :, 0]
    assert np.flatnonzero(stand_out > 5).tolist() == [4, 35]


def test_in_clips_too_short_for_something_around_a_moment_nothing_stands_out():
    frames = noisy_frames(n_segments=1, n_frames=8)
    assert not RunningSums(frames).contrasts(1)[0].any()
    assert not RunningSums(frames).contrasts(9)[1].any()


def slow_contrasts(frames, length):
    """Those of one clip, (n_moments, n_bands) above and below, moment by moment."""
    n_moments = len(frames) - length + 1
    above, below = np.zeros((2, n_moments, frames.shape[1]))
    for first in range(4, n_moments - 4):
        moment = frames[first : first + length].mean(axis=0)
        before = frames[max(first - 16, 0) : first].mean(axis=0)
        behind = frames[first + length : first + length + 16].mean(axis=0)
        above[first] = moment - np.maximum(before, behind)
        below[first] = moment - np.minimum(before, behind)
    return above, below


@pytest.mark.parametrize("length", [1, 8])
@pytest.mark.parametrize("n_frames", [9, 16, 17, 24, 40, 100])
def test_contrasts_are_those_of_every_moment_and_the_largest_are_their_extremes(n_frames, length):
    frames = noisy_frames(n_segments=2, n_frames=n_frames)
    both, largest = (
        RunningSums(frames).contrasts(length),
        RunningSums(frames).largest_contrasts(length),
    )
    expected = slow_contrasts(frames[1].astype(np.float64), length)
    for contrasts, most, slow, end in zip(both, largest, expected, (np.max, np.min), strict=True):
        np.testing.assert_allclose(contrasts[1], slow, atol=1e-3)  # float32
        assert np.array_equal(most, end(contrasts, axis=1))


def test_columns_of_contrasts_are_the_moments_that_stand_out_most(frames, portrait):
    for length, columns in zip(CONTRAST_FRAMES, portrait.contrasts, strict=True):
        expected = RunningSums(with_grouped_bands(frames)).largest_contrasts(length)
        np.testing.assert_array_equal(columns, [contrasts[1] for contrasts in expected])


def test_columns_of_no_portrait_are_refused():
    with pytest.raises(ValueError, match="portrait: got 17 columns, which no spectrogram gives"):
        n_level_bands(17)


def test_portraits_are_of_whole_clips_at_their_own_level():
    features = portrait_features(SpectrumConfig())
    assert (features.segment_s, features.level) == (float("inf"), "keep")
