from dataclasses import replace

import pytest

from dcase_classic.config import load_preset
from dcase_classic.report.maintenance import heard_text
from dcase_classic.sound.clip_format import ClipFormat

CONFIG = load_preset("classic")
USUAL = ClipFormat(sample_rate_hz=44100, n_channels=1, coding="PCM_16", n_samples=44100)


@pytest.mark.parametrize(
    ("audio", "spectrum", "usual", "words"),
    [
        ({}, {}, {}, "up to 7600 Hz"),
        ({}, {}, {"n_channels": 2}, "the first of 2 channels, up to 7600 Hz"),
        ({"channel": "mean"}, {}, {"n_channels": 2}, "the mean of 2 channels, up to 7600 Hz"),
        ({}, {}, {"sample_rate_hz": 8000}, "up to 4000 Hz"),
        ({}, {"fmin_hz": 100.0, "fmax_hz": 5000.0}, {}, "from 100 up to 5000 Hz"),
    ],
)
def test_it_is_said_what_a_model_hears(audio, spectrum, usual, words):
    config = replace(
        CONFIG, audio=replace(CONFIG.audio, **audio), spectrum=replace(CONFIG.spectrum, **spectrum)
    )
    assert heard_text(config, replace(USUAL, **usual)) == words
