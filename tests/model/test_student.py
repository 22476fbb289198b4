import math

import pytest
from scipy.special import stdtr, stdtrit

from dcase_classic.model.student import student_quantile

DEGREES = (1, 1.3, 2, 4.7, 9, 20, 97.5, 300, 1000, 1e5)
PROBABILITIES = (1e-4, 0.001, 0.01, 0.1, 0.3, 0.499, 0.5, 0.6, 0.8, 0.9, 0.95, 0.999, 0.9999)


@pytest.mark.uncounted
@pytest.mark.parametrize("freedom", DEGREES)
@pytest.mark.parametrize("probability", PROBABILITIES)
def test_as_much_as_was_asked_for_is_below_a_quantile(freedom, probability):
    quantile = student_quantile(freedom, probability)
    assert stdtr(freedom, quantile) == pytest.approx(probability, rel=1e-11)


@pytest.mark.parametrize("freedom", DEGREES)
def test_far_out_they_are_right_to_seven_digits(freedom):
    quantile = student_quantile(freedom, 1e-9)
    assert quantile == pytest.approx(stdtrit(freedom, 1e-9), rel=1e-7)


def test_nothing_is_below_infinity_alone():
    assert student_quantile(9, 1 - 1e-17) == math.inf
