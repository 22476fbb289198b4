from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcase_classic.config.sound import AudioConfig
from dcase_classic.sound.clip_format import ClipFormat, check_format, majority_format, odd_length

USUAL = ClipFormat(sample_rate_hz=16000, n_channels=1, coding="PCM_16", n_samples=160000)


def check(**changes):
    return check_format(replace(USUAL, **changes), USUAL, AudioConfig())


def test_an_equal_format_has_no_flag():
    assert check() == check_format(USUAL, USUAL, AudioConfig(sample_rate_hz=8000))
    assert check().flags == ()
    assert check().refusal is None


@pytest.mark.parametrize(
    ("changes", "flag"),
    [
        ({"sample_rate_hz": 44100, "n_samples": 441000}, "44100 Hz instead of 16000 Hz, resampled"),
        ({"n_channels": 2}, "2 channels instead of 1, heard is the first"),
        ({"coding": "ULAW"}, "coded as ULAW instead of PCM_16"),
    ],
)
def test_an_odd_format_is_flagged(changes, flag):
    assert check(**changes).flags == (flag,)
    assert check(**changes).refusal is None


@pytest.mark.parametrize(
    ("channel", "heard"),
    [
        (0, "the first"),
        (1, "channel 1, counted from 0"),
        ("mean", "the mean"),
        ("far", "the far one"),
        ("difference", "the difference of near and far"),
    ],
)
def test_it_is_said_which_of_several_channels_is_heard(channel, heard):
    stereo = replace(USUAL, n_channels=2)
    (flag,) = check_format(stereo, USUAL, AudioConfig(channel=channel)).flags
    assert flag == f"2 channels instead of 1, heard is {heard}"


@pytest.mark.parametrize(
    ("n_samples", "flags"),
    [
        (79_999, ("5.00 s long instead of 10.00 s",)),
        (80_000, ()),
        (320_000, ()),
        (320_001, ("20.00 s long instead of 10.00 s",)),
    ],
)
def test_less_than_half_and_more_than_twice_the_usual_length_is_odd(n_samples, flags):
    assert odd_length(replace(USUAL, n_samples=n_samples), USUAL) == flags
    assert check(n_samples=n_samples).flags == ()


def test_a_rate_that_lacks_bands_is_refused():
    refusal = check(sample_rate_hz=8000, n_samples=80000).refusal
    assert refusal.problem == (
        "8000 Hz, so sound up to 4000 Hz, where this machine's recordings have 8000 Hz"
    )
    assert refusal.advice == "record at 16000 Hz"


def test_a_rate_with_bands_that_training_never_had_is_refused():
    usual = replace(USUAL, sample_rate_hz=8000)
    assert check_format(USUAL, usual, AudioConfig()).refusal is not None


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


def test_rates_that_reach_as_far_as_is_wanted_are_counted_together():
    rates = [48000] * 3 + [44100] * 4 + [8000] * 5
    formats = [replace(USUAL, sample_rate_hz=rate) for rate in rates]
    assert majority_format(formats, wanted_rate_hz=16000).sample_rate_hz == 44100
    assert majority_format(formats).sample_rate_hz == 8000
    assert majority_format(formats[3:7] + formats[7:11]).sample_rate_hz == 44100
