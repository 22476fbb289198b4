import math
from itertools import pairwise

import numpy as np
import oracles_features
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcase_classic.sound.segments import segment_bounds, segment_frames, stack_segments

N_SAMPLES = st.integers(1, 500)
LENGTH = st.integers(1, 200)
HOP = st.integers(1, 300)


def bounds_of(n_samples, length, hop):
    return segment_bounds(n_samples, length_samples=length, hop_samples=hop).tolist()


@given(n_samples=N_SAMPLES, length=LENGTH, hop=HOP)
def test_the_segments_are_those_of_the_slow_reference(n_samples, length, hop):
    expected = oracles_features.slow_segments(n_samples, length, hop)
    assert bounds_of(n_samples, length, hop) == [list(segment) for segment in expected]


@given(n_samples=N_SAMPLES, length=LENGTH, hop=HOP)
def test_all_segments_have_one_length_and_lie_within_the_clip(n_samples, length, hop):
    bounds = np.array(bounds_of(n_samples, length, hop))
    assert set(np.diff(bounds)[:, 0]) == {min(length, n_samples)}
    assert bounds.min() == 0
    assert bounds.max() <= n_samples


@given(n_samples=N_SAMPLES, length=LENGTH, hop=HOP)
def test_segments_are_evenly_spread_and_at_most_a_hop_apart(n_samples, length, hop):
    steps = np.diff([start for start, _ in bounds_of(n_samples, length, hop)])
    assert steps.max(initial=0) <= hop
    assert np.ptp(steps) <= 1 if steps.size else True  # whole samples
    assert (steps > 0).all()


@given(n_samples=N_SAMPLES, length=LENGTH, hop=HOP)
def test_the_segments_reach_from_the_first_sample_to_the_last(n_samples, length, hop):
    bounds = bounds_of(n_samples, length, hop)
    assert (bounds[0][0], bounds[-1][1]) == (0, n_samples)


@given(length=LENGTH, hop=HOP, n_segments=st.integers(1, 9))
def test_segments_that_fit_are_exactly_one_hop_apart(length, hop, n_segments):
    starts = [hop * segment for segment in range(n_segments)]
    bounds = bounds_of(length + starts[-1], length, hop)
    assert bounds == [[start, start + length] for start in starts]


@given(n_samples=N_SAMPLES, length=LENGTH)
def test_adjacent_segments_leave_no_gap(n_samples, length):
    bounds = bounds_of(n_samples, length, length)
    assert all(start <= end for (_, end), (start, _) in pairwise(bounds))


@given(n_samples=N_SAMPLES)
def test_a_segment_of_infinite_length_is_the_whole_clip(n_samples):
    assert bounds_of(n_samples, math.inf, 1) == [[0, n_samples]]


@given(n_samples=N_SAMPLES, length=LENGTH)
def test_an_infinite_hop_takes_the_first_and_the_last_segment(n_samples, length):
    bounds = bounds_of(n_samples, length, math.inf)
    assert bounds[0] == [0, min(length, n_samples)]
    assert len(bounds) == 1 + (n_samples > length)


def test_a_length_between_two_samples_goes_to_the_nearest():
    assert bounds_of(32032, 1.001 * 16000, 1.001 * 16000) == [[0, 16016], [16016, 32032]]


@pytest.mark.parametrize("arguments", [(0, 1, 1), (1, 0, 1), (1, 1, 0), (1, 0.5, 1), (1, 1, -2)])
def test_lengths_of_less_than_a_sample_are_refused(arguments):
    with pytest.raises(ValueError, match="expected at least 1 of each"):
        bounds_of(*arguments)


@given(n_samples=st.integers(1024, 10**6))
def test_a_whole_clip_gets_all_its_frames(n_samples):
    n_frames = 1 + (n_samples - 1024) // 512
    first, n_each = segment_frames(
        np.array([[0, n_samples]]), n_frames=n_frames, hop_samples=512, middle_samples=512
    )
    assert (first.tolist(), n_each) == ([0], n_frames)


def test_a_second_at_16_khz_has_31_frames():
    bounds = np.array([[0, 16000], [16000, 32000], [24000, 40000]])
    first, n_each = segment_frames(bounds, n_frames=77, hop_samples=512, middle_samples=512)
    assert (first.tolist(), n_each) == ([0, 31, 46], 31)


def test_frames_of_a_padded_clip_belong_to_the_segment_of_their_middle():
    bounds = np.array([[0, 16000], [16000, 32000]])
    first, n_each = segment_frames(bounds, n_frames=63, hop_samples=512, middle_samples=0)
    assert (first.tolist(), n_each) == ([0, 32], 31)  # 31 * 512 = 15872, 32 * 512 = 16384


@given(
    n_samples=st.integers(64, 4000),
    length=st.integers(1, 3000),
    segment_hop=HOP,
    n_fft=st.sampled_from([16, 32, 64]),
    hop=st.integers(1, 64),
)
def test_frames_exist_and_have_their_centres_in_their_segment(
    n_samples, length, segment_hop, n_fft, hop
):
    hop = min(hop, n_fft)
    n_frames = 1 + (n_samples - n_fft) // hop
    bounds = segment_bounds(n_samples, length_samples=length, hop_samples=segment_hop)
    first, n_each = segment_frames(
        bounds, n_frames=n_frames, hop_samples=hop, middle_samples=n_fft / 2
    )
    assert first.min() >= 0
    assert first.max() + n_each <= n_frames
    is_inner = (first > 0) & (first < n_frames - n_each)  # at the ends of a clip frames run out
    centres = first[:, np.newaxis] * hop + n_fft / 2
    assert (centres >= bounds[:, :1])[is_inner].all()
    is_long = bounds[0, 1] - bounds[0, 0] >= hop  # a shorter segment may hold no centre at all
    assert ((centres + (n_each - 1) * hop < bounds[:, 1:])[is_inner] | (not is_long)).all()


def test_a_segment_shorter_than_a_hop_gets_one_frame():
    bounds = np.array([[0, 100], [100, 200]])
    assert segment_frames(bounds, n_frames=4, hop_samples=512, middle_samples=512)[1] == 1


def test_stacked_segments_are_the_slices_of_the_frames():
    frames = np.random.default_rng(0).normal(size=(9, 2)).astype(np.float32)
    stacked = stack_segments(frames, np.array([0, 3, 6]), 3)
    assert np.array_equal(stacked, [frames[:3], frames[3:6], frames[6:]])


def test_segments_may_share_frames():
    frames = np.arange(5, dtype=np.float32)[:, np.newaxis]
    stacked = stack_segments(frames, np.array([0, 2]), 3)
    assert stacked[..., 0].tolist() == [[0, 1, 2], [2, 3, 4]]
