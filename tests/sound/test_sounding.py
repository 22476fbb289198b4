import numpy as np
import pytest

from dcase_classic.sound.signal_checks import SilenceError
from dcase_classic.sound.sounding import name_sounding, sounding_channels

SILENT = SilenceError("silent (all)", advice="check the microphone")


def test_channels_with_sound_are_those_that_vary():
    values = np.zeros((1000, 4), np.float32)
    values[:, [1, 3]] = np.random.default_rng(0).standard_normal((1000, 2)) * 0.01
    values[:, 2] = 0.5  # an offset is no sound
    assert sounding_channels(values) == (1, 3)


@pytest.mark.parametrize(
    ("sounding", "said"),
    [
        ((1,), "channel 0 is silent (all), channel 1 has sound; fit with --channel 1"),
        ((1, 3), "channel 0 is silent (all), channels 1, 3 have sound; fit with --channel 1"),
        ((), "silent (all); check the microphone"),
    ],
)
def test_the_error_of_a_silent_channel_names_those_with_sound(sounding, said):
    assert str(name_sounding(SILENT, 0, sounding)) == said
