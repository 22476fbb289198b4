"""The rate of false alarms that settings ask for, whatever threshold they name."""

from dataclasses import replace

import pytest

from dcase_classic.config import load_preset
from dcase_classic.config.specs import Spec


@pytest.mark.parametrize(
    ("threshold", "expected"),
    [
        (Spec("percentile", (("percentile", 90.0),)), Spec("percentile", (("percentile", 95.0),))),
        (Spec("gamma", (("quantile", 0.9),)), Spec("gamma", (("quantile", 0.95),))),
    ],
)
def test_another_rate_moves_the_threshold_that_the_settings_name(threshold, expected):
    config = replace(load_preset("knn"), threshold=threshold).at_rate(0.05)
    assert config.threshold == expected
    assert config.calibration.false_alarms == 0.05
