import pytest

from dcase_classic.config.recorder import LevelConfig, WindowConfig


@pytest.mark.parametrize("out_of_range", ["flag", "adjust", "refuse"])
def test_what_happens_out_of_range_is_one_of_three_words(out_of_range):
    assert LevelConfig(out_of_range=out_of_range).out_of_range == out_of_range


@pytest.mark.parametrize(
    ("kind", "key", "value"),
    [
        (LevelConfig, "out_of_range", "ignore"),
        (LevelConfig, "margin_db", -0.1),
        (LevelConfig, "margin_db", 100.1),
        (WindowConfig, "from_factor", 1.0),
        (WindowConfig, "hop_share", 0.009),
        (WindowConfig, "hop_share", 1.01),
    ],
)
def test_what_makes_no_sense_is_refused(kind, key, value):
    with pytest.raises(ValueError, match=f"^{key}: got {value!r}, expected "):
        kind(**{key: value})
