import numpy as np
import pytest

from dcase_classic.sound.kept import kept


@kept
def ramp(n_values: int, *, slope: float = 1.0):
    """Straight."""
    return slope * np.arange(n_values)


def test_equal_arguments_give_the_same_array_and_others_another():
    assert ramp(3, slope=2.0) is ramp(3, slope=2.0)
    assert ramp(3, slope=2.0).tolist() == [0, 2, 4]
    assert ramp(3).tolist() == [0, 1, 2]


def test_an_array_that_many_clips_share_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        ramp(3)[0] = 1


def test_a_function_keeps_its_name_and_its_words():
    assert (ramp.__name__, ramp.__doc__) == ("ramp", "Straight.")
