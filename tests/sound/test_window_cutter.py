import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcase_classic.sound.window_cutter import WindowCutter


def sound(n_samples):
    return np.arange(n_samples, dtype=np.float32)[:, np.newaxis]


def cut(samples, sizes, *, n_window, n_hop):
    """Windows of samples that come in pieces of the given sizes, as (start, samples)."""
    cutter, windows, position = WindowCutter(n_window=n_window, n_hop=n_hop), [], 0
    for size in sizes:
        windows += cutter.feed(samples[position : position + size])
        position += size
    windows += cutter.feed(samples[position:]) + cutter.finish()
    return [(window.start, window.samples[:, 0].tolist()) for window in windows]


def test_windows_stand_a_hop_apart_and_the_last_ends_with_the_sound():
    starts = [start for start, _ in cut(sound(25), [25], n_window=10, n_hop=5)]
    assert starts == [0, 5, 10, 15]
    starts = [start for start, _ in cut(sound(27), [27], n_window=10, n_hop=5)]
    assert starts == [0, 5, 10, 15, 17]
    assert cut(sound(0), [], n_window=10, n_hop=5) == []


def test_other_channels_than_before_are_refused_and_the_sound_goes_on():
    cutter = WindowCutter(n_window=10, n_hop=5)
    cutter.feed(sound(6))
    with pytest.raises(ValueError, match="chunk: got 2 channels, expected 1 as before"):
        cutter.feed(np.zeros((6, 2), np.float32))
    assert [window.start for window in cutter.feed(sound(4))] == [0]


def test_less_than_a_window_is_one_window():
    assert cut(sound(3), [], n_window=10, n_hop=5) == [(0, [0.0, 1.0, 2.0])]


@given(
    st.integers(1, 80),
    st.lists(st.integers(0, 20), max_size=20),
    st.integers(1, 12),
    st.integers(1, 12),
)
def test_the_pieces_that_sound_comes_in_do_not_matter(n_samples, sizes, n_window, n_hop):
    n_hop = min(n_hop, n_window)
    whole = cut(sound(n_samples), [], n_window=n_window, n_hop=n_hop)
    assert cut(sound(n_samples), sizes, n_window=n_window, n_hop=n_hop) == whole
    for start, samples in whole:
        assert samples == list(range(start, start + min(n_window, n_samples)))


def test_single_samples_are_joined_before_there_are_too_many_pieces():
    cutter = WindowCutter(n_window=600, n_hop=600)
    windows = [window for sample in sound(600) for window in cutter.feed(sample[np.newaxis])]
    assert [window.samples[:, 0].tolist() for window in windows] == [list(range(600))]


def test_another_recording_begins_after_the_end_of_one():
    cutter = WindowCutter(n_window=10, n_hop=10)
    cutter.feed(sound(15))
    assert [window.start for window in cutter.finish()] == [5]
    assert cutter.finish() == []
    assert [window.start for window in cutter.feed(sound(10))] == [0]


@pytest.mark.parametrize(("n_window", "n_hop"), [(10, 0), (10, 11), (0, 1)])
def test_a_hop_beyond_the_window_is_refused(n_window, n_hop):
    with pytest.raises(ValueError, match="hop: got"):
        WindowCutter(n_window=n_window, n_hop=n_hop)
