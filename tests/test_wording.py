import pytest

from dcase_classic.wording import beside, counted


@pytest.mark.parametrize(("number", "text"), [(0, "0 clips"), (1, "1 clip"), (2, "2 clips")])
def test_one_thing_is_singular(number, text):
    assert counted(number, "clip") == text


@pytest.mark.parametrize(("number", "text"), [(1, "1 copy counts"), (3, "3 copies count")])
def test_what_changes_with_the_noun_is_given(number, text):
    assert counted(number, "copy counts", "copies count") == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1.26, "1.3"),
        (1.0, "1.0"),
        (1.04, "1.04"),
        (0.9996, "0.9996"),
        (1 + 2**-52, f"{1 + 2**-52}"),
    ],
)
def test_a_number_is_not_rounded_onto_a_limit_that_it_is_not(number, text):
    assert beside(number, 1.0) == text


def test_a_limit_beyond_the_digits_is_told_apart_too():
    assert (beside(200.3, 200, n_digits=0), beside(1e300, 200)) == ("200.3", f"{1e300:.1f}")
