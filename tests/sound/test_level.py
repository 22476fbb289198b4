import numpy as np
import pytest

from dcase_classic.sound.level import level_db


def test_a_square_wave_of_full_scale_has_0_db_and_a_sine_3_db_less():
    square = np.tile(np.float32([1, -1]), 500)
    sine = np.sin(2 * np.pi * np.arange(1000) / 10).astype(np.float32)
    assert level_db(square) == 0
    assert level_db(sine) == pytest.approx(-3.0103, abs=1e-4)


def test_half_the_amplitude_is_6_db_softer():
    noise = np.random.default_rng(0).normal(size=4000).astype(np.float32)
    assert level_db(noise / 2) == pytest.approx(level_db(noise) - 6.0206, abs=1e-3)


def test_silence_has_a_level_that_is_a_number():
    assert level_db(np.zeros(100, np.float32)) == -200
