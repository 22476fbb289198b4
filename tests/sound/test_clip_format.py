from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcase_classic.sound.clip_format import ClipFormat, check_format, majority_format
from dcase_classic.sound.signal_checks import check_samples, signal_flags

USUAL = ClipFormat(sample_rate_hz=16000, n_channels=1, coding="PCM_16", n_samples=160000)
LONG = np.random.default_rng(0).normal(size=32000).astype(np.float32) * 0.1


def flags_of(samples):
    return signal_flags(samples, 16000, peak=check_samples(samples))


def check(**changes):
    return check_format(replace(USUAL, **changes), USUAL, wanted_rate_hz=16000)


def test_an_equal_format_has_no_flag():
    assert check() == check_format(USUAL, USUAL, wanted_rate_hz=8000)
    assert check().flags == ()
    assert check().refusal is None


@pytest.mark.parametrize(
    ("changes", "flag"),
    [
        ({"sample_rate_hz": 44100, "n_samples": 441000}, "44100 Hz instead of 16000 Hz, resampled"),
        ({"n_channels": 2}, "2 channel(s) instead of 1"),
        ({"coding": "ULAW"}, "coded as ULAW instead of PCM_16"),
        ({"n_samples": 16000}, "1.00 s long instead of 10.00 s"),
        ({"n_samples": 400000}, "25.00 s long instead of 10.00 s"),
    ],
)
def test_an_odd_format_is_flagged(changes, flag):
    assert check(**changes).flags == (flag,)
    assert check(**changes).refusal is None


def test_a_rate_that_lacks_bands_is_refused():
    refusal = check(sample_rate_hz=8000, n_samples=80000).refusal
    assert refusal == (
        "8000 Hz, so sound up to 4000 Hz, where this machine's recordings have 8000 Hz; "
        "record at 16000 Hz"
    )


def test_a_rate_with_bands_that_training_never_had_is_refused():
    usual = replace(USUAL, sample_rate_hz=8000)
    assert check_format(USUAL, usual, wanted_rate_hz=16000).refusal is not None


def test_the_majority_decides_and_the_smaller_of_two_halves():
    stereo, lossy = replace(USUAL, n_channels=2), replace(USUAL, coding="VORBIS", n_samples=80000)
    assert majority_format([USUAL, stereo, lossy]) == USUAL
    assert majority_format([stereo, USUAL]).n_channels == 1


def test_the_majority_of_nothing_is_refused():
    with pytest.raises(ValueError, match="got none"):
        majority_format([])


@given(st.permutations([USUAL, replace(USUAL, n_channels=2), replace(USUAL, n_samples=3)] * 2))
def test_the_majority_does_not_depend_on_the_order(formats):
    assert majority_format(formats) == majority_format(sorted(formats, key=str))


def test_noise_below_one_step_of_16_bit_is_silent():
    with pytest.raises(ValueError, match=r"silent \(-1\d\d dB of full scale"):
        check_samples(LONG * np.float32(1e-5))
    check_samples(LONG * np.float32(1e-3))


def test_an_offset_does_not_hide_silence():
    with pytest.raises(ValueError, match="silent"):
        check_samples(LONG * np.float32(1e-4) + np.float32(0.5))


def test_clipping_is_flagged():
    assert flags_of(np.clip(LONG * 5, -1, 1))[0].startswith("clipped (4")
    assert flags_of(LONG) == ()
    peak = LONG.copy()
    peak[7] = 1.0
    assert flags_of(peak) == ()


@pytest.mark.parametrize("start", [0, 123, 24000])
def test_lost_samples_are_flagged(start):
    muted = LONG.copy()
    muted[start : start + 8000] = 0.25
    assert flags_of(muted) == ("stands still for 0.50 s (lost samples or a muted microphone)",)


@given(start=st.integers(0, 27999), length=st.integers(2, 4100))
def test_a_standstill_is_found_from_its_bound_on(start, length):
    muted = LONG[:28000].copy()
    muted[start : start + length] = 0.3
    n_still = len(muted[start : start + length])
    assert bool(flags_of(muted)) == (n_still >= 4000)


def verdict(samples):
    try:
        peak = check_samples(samples)
    except ValueError as error:
        return str(error)
    return peak, signal_flags(samples, 1000, peak=peak)


@given(
    values=st.lists(
        st.sampled_from([-32768, -32735, -200, -1, 0, 1, 300, 32735, 32767]), max_size=9
    ),
    n_repeats=st.integers(1, 400),
    kind=st.sampled_from(["<i2", ">i2"]),  # as in the file, whatever the processor's order is
)
def test_integers_and_the_floats_that_they_stand_for_get_one_verdict(values, n_repeats, kind):
    integers = np.repeat(np.array(values, kind), n_repeats)
    assert verdict(integers) == verdict(integers.astype(np.float32) / 2**15)
