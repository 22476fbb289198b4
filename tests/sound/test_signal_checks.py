import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcase_classic.errors import DataError
from dcase_classic.sound.signal_checks import (
    SilenceError,
    check_samples,
    name_sounding,
    signal_flags,
    sounding_channels,
)

SILENT = SilenceError("silent (all)", advice="check the microphone")
LONG = np.random.default_rng(0).normal(size=32000).astype(np.float32) * 0.1


def flags_of(samples):
    return signal_flags(samples, 16000, peak=check_samples(samples))


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        ([], "holds no samples"),
        ([0.1, np.nan, 0.2], "holds samples that are NaN or infinite"),
        ([0.1, np.inf, 0.2], "holds samples that are NaN or infinite"),
        ([0, 0, 0], r"silent \(all samples are zero\)"),
        ([0.5, 0.5, 0.5], r"constant \(a dead channel\)"),
    ],
)
def test_samples_that_no_score_may_come_from_are_refused(samples, message):
    with pytest.raises(DataError, match=message):
        check_samples(np.array(samples, np.float32))


@pytest.mark.parametrize("samples", [[0.25, -0.5], [0.5, -0.25]])
def test_the_peak_is_the_largest_value_of_either_sign(samples):
    assert check_samples(np.array(samples, np.float32)) == 0.5


def test_noise_below_one_step_of_16_bit_is_silent():
    with pytest.raises(DataError, match=r"silent \(-1\d\d dB of full scale"):
        check_samples(LONG * np.float32(1e-5))
    check_samples(LONG * np.float32(1e-3))


def test_an_offset_does_not_hide_silence():
    with pytest.raises(DataError, match="silent"):
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
    except DataError as error:
        return error.problem, error.advice
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


def test_channels_with_sound_are_those_that_vary():
    values = np.zeros((1000, 4), np.float32)
    values[:, [1, 3]] = np.random.default_rng(0).standard_normal((1000, 2)) * 0.01
    values[:, 2] = 0.5  # an offset is no sound
    assert sounding_channels(values) == (1, 3)


CABLE = "check the cable and the order of channels, or fit with --channel 1"


@pytest.mark.parametrize(
    ("sounding", "said"),
    [
        ((1,), "channel 0 is silent (all), channel 1 has sound; " + CABLE),
        ((1, 3), "channel 0 is silent (all), channels 1, 3 have sound; " + CABLE),
        ((), "silent (all); check the microphone"),
    ],
)
def test_the_error_of_a_silent_channel_names_those_with_sound(sounding, said):
    assert str(name_sounding(SILENT, 0, sounding)) == said
