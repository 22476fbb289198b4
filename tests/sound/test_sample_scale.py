import numpy as np
import pytest

from dcase_classic.errors import DataError
from dcase_classic.sound.sample_scale import SampleRange, choose_scale


def scale_of(coding, peak, *, is_whole=False):
    return choose_scale(coding, SampleRange(peak=peak, is_whole=is_whole))


def test_the_range_of_blocks_is_that_of_the_whole():
    values = np.random.default_rng(0).normal(size=1000).astype(np.float32)
    extremes = SampleRange()
    for block in np.split(values, [10, 10, 500]):
        extremes = extremes.including(block)
    assert extremes == SampleRange().including(values)
    assert extremes.peak == np.abs(values).max()
    assert not extremes.is_whole


@pytest.mark.parametrize("coding", ["PCM_16", "PCM_24", "PCM_32", "FLOAT", "VORBIS"])
def test_samples_in_full_scale_stay_as_they_are(coding):
    assert scale_of(coding, 0.9).factor == 1
    assert scale_of(coding, 0.9).note == ""


def test_float_with_headroom_stays_and_is_named():
    scale = scale_of("FLOAT", 8.0)
    assert (scale.factor, scale.note) == (1, "float samples up to 8.00: above full scale")


@pytest.mark.parametrize(("peak", "n_bits"), [(9, 16), (2**15, 16), (2**15 + 1, 24), (2**31, 32)])
def test_whole_numbers_are_divided_by_the_full_scale_that_holds_them(peak, n_bits):
    scale = scale_of("DOUBLE", float(peak), is_whole=True)
    assert scale.factor == 2.0 ** (1 - n_bits)
    assert f"{n_bits}-bit values" in scale.note


@pytest.mark.parametrize(("peak", "is_whole"), [(9.5, False), (2.0**31 + 256, True)])
def test_float_of_no_known_range_is_refused(peak, is_whole):
    with pytest.raises(DataError, match="export it again as 16-bit wav"):
        scale_of("FLOAT", peak, is_whole=is_whole)


def test_samples_that_are_no_numbers_are_left_to_the_checks_of_the_signal():
    extremes = SampleRange().including(np.array([0.1, np.nan], np.float32))
    assert choose_scale("FLOAT", extremes).factor == 1


def test_16_bit_values_in_32_bits_are_scaled_up_and_silence_is_not():
    assert scale_of("PCM_32", 2.0**-16).factor == 2**16
    assert scale_of("PCM_32", 2.0**-16 * 1.01).factor == 1
    assert scale_of("PCM_32", 0.0).factor == 1


def test_a_signalling_nan_is_a_nan_and_no_warning():
    block = np.array([0x7F800001, 0x3F000000], np.uint32).view(np.float32)
    assert np.isnan(SampleRange().including(block).peak)
