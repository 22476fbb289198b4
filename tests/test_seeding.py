import pytest

from dcase_classic.seeding import derive_seed


def test_a_seed_is_the_same_in_every_process_and_version():
    assert derive_seed(0, "ToyCar", "00", "folds") == 1734369751


def test_a_seed_fits_in_32_bits():
    assert all(0 <= derive_seed(root) < 2**32 for root in (-1, 0, 2**80))


@pytest.mark.parametrize(
    "other", [(1, "a", "bc"), (0, "a", "bd"), (0, "bc", "a"), (0, "ab", "c"), (0, "abc"), (0,)]
)
def test_another_root_or_another_purpose_gives_another_seed(other):
    assert derive_seed(*other) != derive_seed(0, "a", "bc")
